import { describe, expect, test } from '@jest/globals';
import { json, SerializerFactory, type Serializer } from '@liberzmq/core';
import { algorithmNamed, type AlgorithmName } from '@liberzmq/core/compression';
import { compressed, msgpack, structuredCloneSerializer } from '../src/index.js';

const ALGORITHMS: readonly AlgorithmName[] = ['gzip', 'deflate', 'brotli', 'zstd', 'lz4'];
const MIB = 1_048_576;
const text = 'a message about messages, '.repeat(100);

describe.each(ALGORITHMS)('%s', (algorithm) => {
  test('makes large values smaller, and gives them back', () => {
    const serializer = compressed('json', { algorithm });
    const bytes = serializer.serialize({ text });
    expect(bytes.byteLength).toBeLessThan(300);
    expect(bytes[0]).toBe(algorithmNamed(algorithm).id);
    expect(serializer.deserialize(bytes)).toEqual({ text });
  });

  test('is understood by who sends with another', () => {
    const bytes = compressed('json', { algorithm }).serialize({ text });
    expect(SerializerFactory.get('compressed_json').deserialize(bytes)).toEqual({ text });
  });

  test('refuses a bomb, and takes as much as the limit says', () => {
    const bomb = Buffer.concat([
      Buffer.of(algorithmNamed(algorithm).id),
      algorithmNamed(algorithm).compress(Buffer.alloc(16 * MIB)),
    ]);
    expect(bomb.byteLength).toBeLessThan(MIB / 8);
    const careful = compressed('raw', { maxDecompressedBytes: MIB });
    const before = process.memoryUsage().arrayBuffers;
    expect(() => careful.deserialize(bomb)).toThrow('larger than the limit, 1048576 bytes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB);
    const fits = compressed('raw', { algorithm }).serialize(Buffer.alloc(MIB));
    expect(careful.deserialize(fits)).toHaveLength(MIB);
  });

  test('what is cut off, or altered at its head, is refused', () => {
    const bytes = compressed('json', { algorithm }).serialize({ text });
    const serializer = compressed('json');
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(() => serializer.deserialize(bytes.subarray(0, length))).toThrow();
    }
    for (const head of [6, 0x7f, 0x80 | 9]) {
      const altered = Buffer.from(bytes);
      altered[0] = head;
      expect(() => serializer.deserialize(altered)).toThrow(`there is no compression of number ${String(head & 0x7f)}`);
    }
  });
});

test('what is smaller than the threshold, or does not get smaller, stays as it was behind one byte', () => {
  const serializer = compressed('json');
  expect(Buffer.from(serializer.serialize({ a: 1 })).toString()).toBe('\u0000{"a":1}');
  expect(serializer.serialize('x'.repeat(1_021)).byteLength).toBe(1 + 1_023);
  expect(serializer.serialize('x'.repeat(1_022)).byteLength).toBeLessThan(100);
  const always = compressed('json', { thresholdBytes: 0 });
  expect(Buffer.from(always.serialize('ab')).toString()).toBe('\u0000"ab"');
  const never = compressed('json', { thresholdBytes: Infinity });
  expect(never.serialize({ text })[0]).toBe(0);
  expect(never.deserialize(serializer.serialize({ text }))).toEqual({ text });
});

test('a few bytes are no more than a MiB, whatever the limit; what gets smaller than that is sent as it is', () => {
  const brotli = algorithmNamed('brotli');
  const tiny = Buffer.concat([Buffer.of(brotli.id), brotli.compress(Buffer.alloc(2 * MIB))]);
  expect(tiny.byteLength).toBeLessThan(100);
  expect(() => compressed('raw').deserialize(tiny)).toThrow('larger than the limit, 1048576 bytes');
  const serializer = compressed('raw', { algorithm: 'brotli' });
  for (const size of [MIB, 2 * MIB]) {
    const bytes = serializer.serialize(Buffer.alloc(size));
    expect(bytes.byteLength).toBe(size === MIB ? bytes.byteLength : size + 1);
    expect(serializer.deserialize(bytes)).toHaveLength(size);
  }
});

test('a higher level tries harder', () => {
  const rows = Array.from({ length: 2_000 }, (_, n) => ({ n, square: n * n, name: `row ${String(n % 37)}` }));
  const sizes = [1, 9].map((level) => compressed('json', { level }).serialize(rows).byteLength);
  expect(sizes[1]).toBeLessThan(sizes[0]! * 0.95);
});

test('around json bytes stay bytes', async () => {
  const serializer = compressed('json');
  for (const bytes of [Buffer.from('few'), Buffer.alloc(5_000, 'many'), Uint8Array.of(1, 2), Buffer.alloc(100_000)]) {
    for (const made of [serializer.serialize(bytes), await serializer.serializeAsync!(bytes)]) {
      const back = serializer.deserialize(made);
      expect(back).toBeInstanceOf(Buffer);
      expect(Buffer.compare(back as Buffer, bytes)).toBe(0);
    }
  }
});

test('a value larger than the other side takes is refused where it is sent', () => {
  const serializer = compressed('json', { maxDecompressedBytes: 1_000 });
  expect(() => serializer.serialize({ text })).toThrow('more than maxDecompressedBytes, 1000');
  expect(() => serializer.serializeAsync!({ text })).toThrow('more than maxDecompressedBytes, 1000');
  const stored = compressed('json', { thresholdBytes: Infinity }).serialize({ text });
  expect(() => serializer.deserialize(stored)).toThrow('more than maxDecompressedBytes, 1000');
});

test('large values are compressed while the event loop goes on; small ones are there at once', async () => {
  const serializer = compressed('raw', { algorithm: 'brotli', level: 9 });
  expect(serializer.serializeAsync!(Buffer.alloc(5_000))).toBeInstanceOf(Buffer);
  const large = Buffer.alloc(4 * MIB, text);
  let turns = 0;
  const made = Promise.all([1, 2, 3].map(async () => serializer.serializeAsync!(large)));
  const done = made.then(() => true);
  // Had it been done in this thread, all of it would be there before the event loop turns.
  while ((await Promise.race([done, new Promise((resolve) => setImmediate(resolve))])) !== true) turns += 1;
  const all = await made;
  for (const bytes of all) expect(Buffer.compare(serializer.deserialize(bytes) as Buffer, large)).toBe(0);
  expect(turns).toBeGreaterThan(0);
});

test('more than other threads are busy with are compressed at once, so that what waits does not pile up', async () => {
  const serializer = compressed('raw');
  const large = Buffer.alloc(100_000, text);
  const made = Array.from({ length: 50 }, () => serializer.serializeAsync!(large));
  expect(made.filter((each) => each instanceof Uint8Array)).toHaveLength(50 - 32);
  for (const each of made) expect(Buffer.compare(serializer.deserialize(await each) as Buffer, large)).toBe(0);
  expect(serializer.serializeAsync!(large)).not.toBeInstanceOf(Uint8Array);
});

test('a value is as it was when it was given, whatever becomes of it', async () => {
  const serializer = compressed(msgpack());
  const value = { list: Array.from({ length: 50_000 }, (_, n) => n) };
  const made = serializer.serializeAsync!(value);
  value.list.length = 0;
  for (let n = 0; n < 100; n++) msgpack().serialize({ n, text });
  expect(serializer.deserialize(await made)).toEqual({ list: Array.from({ length: 50_000 }, (_, n) => n) });
});

test('the name says what is inside, and a registered one is its own', () => {
  expect(compressed(msgpack({ maxDepth: 9 })).name).toBe('compressed_msgpack');
  expect(SerializerFactory.names()).toEqual(
    expect.arrayContaining(['compressed_cbor', 'compressed_json', 'compressed_msgpack', 'compressed_structured_clone']),
  );
  SerializerFactory.register('compressed_pickle', () => compressed(structuredCloneSerializer(), { algorithm: 'gzip' }));
  expect(SerializerFactory.get('compressed_pickle').name).toBe('compressed_pickle');
});

test('one that is registered as what is inside of it is refused', () => {
  SerializerFactory.register('turns_round', () => compressed('turns_round'));
  expect(() => SerializerFactory.get('turns_round')).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining("asks for 'turns_round' itself") }),
  );
});

test.each<[unknown, unknown, string]>([
  ['json', { algorithm: 'rar' }, "there is no compression 'rar'"],
  ['json', { level: 10 }, 'level must be a whole number from 0 to 9'],
  ['json', { algorithm: 'lz4', level: 1 }, 'there are no levels'],
  ['json', { thresholdBytes: -1 }, "option 'thresholdBytes' must be a whole number, 0 or more"],
  ['json', { maxDecompressedBytes: 0 }, "option 'maxDecompressedBytes' must be a whole number from 1 on"],
  ['json', { treshold: 5 }, "unknown option 'treshold'"],
  ['unheard_of', {}, "unknown serializer 'unheard_of'"],
  ['json', null, 'options must be an object'],
  ['json', [], 'options must be an object'],
  [{ name: 'half' }, {}, 'give it a serializer'],
  [undefined, {}, 'give it a serializer'],
])('refuses %j with %j', (inner, options, message) => {
  expect(() => compressed(inner as Serializer, options as object)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(message) }),
  );
});

test('options that are undefined have their defaults', () => {
  const serializer = compressed(json, { algorithm: undefined, thresholdBytes: undefined, level: undefined });
  expect(serializer.serialize({ text })[0]).toBe(algorithmNamed('gzip').id);
});
