import { describe, expect, test } from '@jest/globals';
import { algorithmNamed, type AlgorithmName } from '@liberzmq/core/compression';
import fc from 'fast-check';
import { NAMES, VARIANTS } from './algorithms.js';

const text = Buffer.from('a message about messages, '.repeat(20));
/** Half noise, half repetition. */
const large = Buffer.alloc(10_000_000);
for (let at = 0, state = 1; at < large.length; at += 2) {
  state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
  large[at] = state >> 16;
}

describe.each(VARIANTS)('$name, $variant', ({ compress, decompress }) => {
  test('gives back what was compressed', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(3000))
        .map(([piece, length]) => new Uint8Array(Buffer.alloc(length, piece))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (given) => {
        const content = await decompress(await compress(given), Math.max(given.length, 1));
        expect(Buffer.compare(content, given)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('takes no bytes, and gives back none', async () => {
    expect(await decompress(await compress(new Uint8Array(0)), 1)).toHaveLength(0);
  });

  test('takes 10 MB', async () => {
    const compressed = await compress(large);
    expect(compressed.length).toBeLessThan(large.length);
    expect(Buffer.compare(await decompress(compressed, large.length), large)).toBe(0);
  });

  test('takes bytes from the middle of a larger array', async () => {
    const framed = Buffer.concat([Buffer.from('xx'), await compress(text.subarray(5, 105)), Buffer.from('yy')]);
    expect(Buffer.from(await decompress(framed.subarray(2, -2), 100))).toEqual(text.subarray(5, 105));
  });

  test('keeps results apart', async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`);
    const compressed = await Promise.all(texts.map((each) => compress(Buffer.from(each))));
    const contents = await Promise.all(compressed.map((each) => decompress(each, 100)));
    expect(contents.map((each) => Buffer.from(each).toString())).toEqual(texts);
  });

  test('takes as many bytes as the limit says, and not one more', async () => {
    const compressed = await compress(text);
    expect(await decompress(compressed, text.length)).toHaveLength(text.length);
    await expect(decompress(compressed, text.length - 1)).rejects.toMatchObject({
      name: 'SerializationError',
      code: 'DECODE',
      message: expect.stringContaining(`larger than the limit, ${text.length - 1} bytes: raise that`) as unknown,
    });
  });

  test('refuses whatever is cut off', async () => {
    const compressed = await compress(text);
    for (let length = 0; length < compressed.length; length += 1) {
      await expect(decompress(compressed.subarray(0, length), 10_000)).rejects.toMatchObject({ code: 'DECODE' });
    }
  });

  test.each(['00', 'ff', '1f8b', '28b52ffd', '00'.repeat(20)])('refuses %s behind the end', async (hex) => {
    const followed = Buffer.concat([await compress(text), Buffer.from(hex, 'hex')]);
    await expect(decompress(followed, 10_000)).rejects.toMatchObject({ code: 'DECODE' });
  });

  test('refuses, or takes for something small, whatever is not its own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (noise) => {
        const outcome = await decompress(noise, 1000).catch((error: unknown) => error);
        if (outcome instanceof Uint8Array) expect(outcome.length).toBeLessThanOrEqual(1000);
        else expect(outcome).toMatchObject({ code: 'DECODE' });
      }),
    );
  });

  test('stays within the limit whichever byte is altered, and works on', async () => {
    const compressed = await compress(text);
    for (let at = 0; at < compressed.length; at += 1) {
      const altered = Buffer.from(compressed);
      altered.writeUInt8(altered.readUInt8(at) ^ (1 << (at % 8)), at);
      const outcome = await decompress(altered, 1000).catch((error: unknown) => error);
      if (outcome instanceof Uint8Array) expect(outcome.length).toBeLessThanOrEqual(1000);
      else expect(outcome).toMatchObject({ code: 'DECODE' });
    }
    expect(Buffer.from(await decompress(compressed, 1000))).toEqual(text);
  });

  test.each([0, -1, 1.5, Number.NaN, '5' as unknown as number])('refuses the limit %p', async (maxBytes) => {
    await expect(decompress(text, maxBytes)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  test('knows a limit of Infinity', async () => {
    expect(await decompress(await compress(text), Infinity)).toHaveLength(text.length);
  });
});

describe.each([
  ['gzip', 0, 9],
  ['deflate', 0, 9],
  ['brotli', 0, 11],
  ['zstd', 1, 22],
] as const)('the levels of %s', (name, least, most) => {
  const algorithm = algorithmNamed(name);

  test.each([least, most])('%i is one', async (level) => {
    expect(Buffer.from(algorithm.decompress(algorithm.compress(text, level), 1000))).toEqual(text);
    expect(Buffer.from(algorithm.decompress(await algorithm.compressAsync(text, level), 1000))).toEqual(text);
  });

  test.each([least - 1, most + 1, 1.5, Number.NaN])('%p is none', async (level) => {
    const refusal = {
      name: 'ConfigurationError',
      code: 'BAD_OPTION',
      message: `${name}: level must be a whole number from ${least} to ${most}, not ${level}`,
    };
    expect(() => algorithm.compress(text, level)).toThrow(expect.objectContaining(refusal));
    await expect(algorithm.compressAsync(text, level)).rejects.toMatchObject(refusal);
  });
});

test('lz4 has no levels', () => {
  expect(() => algorithmNamed('lz4').compress(text, 1)).toThrow('lz4: there are no levels, so leave out 1');
});

test.each(['gzip', 'deflate'] as const)('%s notices altered bytes by their checksum', (name) => {
  const algorithm = algorithmNamed(name);
  const compressed = Buffer.from(algorithm.compress(text));
  // Adler-32 ends what deflate gives; behind the CRC-32 of gzip there is the length.
  const checksumAt = name === 'gzip' ? -8 : -4;
  const at = compressed.length + checksumAt;
  compressed.writeUInt8(compressed.readUInt8(at) ^ 1, at);
  expect(() => algorithm.decompress(compressed, 1000)).toThrow(/cannot be decompressed: incorrect data check/);
});

test('each has an id of its own, which stays', () => {
  expect(NAMES.map((name) => [name, algorithmNamed(name).id])).toEqual([
    ['gzip', 1],
    ['deflate', 2],
    ['brotli', 3],
    ['zstd', 4],
    ['lz4', 5],
  ]);
});

test('an unknown name is refused with the known ones', () => {
  expect(() => algorithmNamed('zip' as AlgorithmName)).toThrow(
    "there is no compression 'zip'; known are gzip, deflate, brotli, zstd, lz4",
  );
});
