import { describe, expect, test } from '@jest/globals';
import { algorithmNamed } from '@liberzmq/core/compression';
import { NAMES, VARIANTS } from './algorithms.js';

const MIB = 1_048_576;
const CONTENT_BYTES = 100 * MIB;
const bombs = new Map(NAMES.map((name) => [name, algorithmNamed(name).compress(Buffer.alloc(CONTENT_BYTES))]));

describe.each(VARIANTS)('100 MiB of zeros against a limit of 1 MiB: $name, $variant', ({ name, decompress }) => {
  test('are refused, and take no memory', async () => {
    const bomb = bombs.get(name) ?? new Uint8Array(0);
    const before = process.memoryUsage.rss();
    let peak = 0;
    for (let round = 0; round < 10; round += 1) {
      await expect(decompress(bomb, MIB)).rejects.toMatchObject({
        code: 'DECODE',
        message: expect.stringContaining('larger than the limit, 1048576 bytes') as unknown,
      });
      peak = Math.max(peak, process.memoryUsage.rss() - before);
    }
    expect(peak).toBeLessThan(CONTENT_BYTES / 2);
  });
});

test('an lz4 block that says less than it holds is refused', async () => {
  const lying = Buffer.from(bombs.get('lz4') ?? []);
  lying.writeUInt32LE(1000, 0);
  const lz4 = algorithmNamed('lz4');
  expect(() => lz4.decompress(lying, MIB)).toThrow(/cannot be decompressed/);
  await expect(lz4.decompressAsync(lying, MIB)).rejects.toMatchObject({ code: 'DECODE' });
});

test('a zstd frame that says less than it holds is refused', async () => {
  const lying = Buffer.from(bombs.get('zstd') ?? []);
  // A size of four bytes, of a window or of a single segment.
  expect(lying.readUInt8(4) >> 6).toBe(2);
  const sizeAt = (lying.readUInt8(4) & 0x20) === 0 ? 6 : 5;
  expect(lying.readUInt32LE(sizeAt)).toBe(CONTENT_BYTES);
  lying.writeUInt32LE(1000, sizeAt);
  const zstd = algorithmNamed('zstd');
  expect(() => zstd.decompress(lying, MIB)).toThrow(/^zstd: /);
  await expect(zstd.decompressAsync(lying, MIB)).rejects.toMatchObject({ code: 'DECODE' });
});
