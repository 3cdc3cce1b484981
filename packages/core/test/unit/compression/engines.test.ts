import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { algorithmNamed } from '@liberzmq/core/compression';
import { MalformedFrame } from '../../../src/compression/engine.js';
import { lz4 } from '../../../src/compression/lz4.js';
import { zstdOfNode } from '../../../src/compression/node-zlib.js';
import { checkZstdFrame } from '../../../src/compression/zstd-frame.js';
import { zstdOfPackage } from '../../../src/compression/zstd-wasm.js';

const hello = Buffer.from('hello '.repeat(200));
/** The same, as zstd 1.5 writes it: with its size and a checksum, and streamed, without its size. */
const checksummed = Buffer.from('28b52ffd64b0036d00003068656c6c6f200100a7e42f451fd2fe4e', 'hex');
const streamed = Buffer.from('28b52ffd00586d000030' + '68656c6c6f200100a7e42f45', 'hex');

describe('a package that is missing', () => {
  const missing = Object.assign(
    () => {
      throw new Error('Cannot find module');
    },
    {
      resolve: (): string => {
        throw new Error('Cannot find module');
      },
    },
  );

  test.each([
    ['lz4-napi', () => lz4(missing), 'lz4 needs the package lz4-napi'],
    [
      '@bokuweb/zstd-wasm',
      () => zstdOfPackage(missing),
      'zstd in Node before 22.15 needs the package @bokuweb/zstd-wasm',
    ],
  ])('%s is named, with the command that installs it', (name, load, what) => {
    expect(load).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        code: 'BAD_OPTION',
        message: `${what}, which could not be loaded: npm install ${name}`,
        cause: new Error('Cannot find module'),
      }),
    );
  });
});

describe('zstd of the package', () => {
  const zstd = zstdOfPackage();

  test('gives back what it compressed', async () => {
    const compressed = zstd.compress(hello, 3);
    expect(Buffer.from(zstd.decompress(compressed, 1200))).toEqual(hello);
    expect(Buffer.from(await zstd.decompressAsync(await zstd.compressAsync(hello, 3), 1200))).toEqual(hello);
  });

  test('is decompressed by whatever zstd this Node uses, and decompresses that', () => {
    const other = algorithmNamed('zstd');
    expect(Buffer.from(other.decompress(zstd.compress(hello, 3), 1200))).toEqual(hello);
    expect(Buffer.from(zstd.decompress(other.compress(hello), 1200))).toEqual(hello);
  });

  test('is shared with an application that uses the package as well', async () => {
    const application = createRequire(import.meta.url)('@bokuweb/zstd-wasm') as typeof import('@bokuweb/zstd-wasm');
    await application.init();
    expect(Buffer.from(application.decompress(zstd.compress(hello, 3)))).toEqual(hello);
    expect(Buffer.from(zstd.decompress(application.compress(hello), 1200))).toEqual(hello);
  });

  test('refuses more than a WebAssembly memory takes', () => {
    const frame = Buffer.from('28b52ffde0' + '0000000001000000' + '010000', 'hex');
    expect(() => zstd.decompress(frame, Infinity)).toThrow('@bokuweb/zstd-wasm takes 268435456 bytes, not 4294967296');
    expect(() => zstd.compress(new Uint8Array(268_435_457), 3)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });

  test('refuses a frame that does not say how large its content is', () => {
    expect(() => zstd.decompress(streamed, 10_000)).toThrow('the frame does not say how large its content is');
  });
});

test('lz4 is a block behind its size, as others read and write it', () => {
  const others = createRequire(import.meta.url)('lz4-napi') as typeof import('lz4-napi');
  const engine = lz4();
  expect(Buffer.from(engine.compress(hello, 0)).readUInt32LE(0)).toBe(1200);
  expect(others.uncompressSync(engine.compress(hello, 0))).toEqual(hello);
  expect(Buffer.from(engine.decompress(others.compressSync(hello), 1200))).toEqual(hello);
});

test('zstd checks a checksum if there is one', () => {
  const zstd = algorithmNamed('zstd');
  expect(Buffer.from(zstd.decompress(checksummed, 1200))).toEqual(hello);
  const altered = Buffer.from(checksummed);
  altered.writeUInt8(altered.readUInt8(altered.length - 1) ^ 1, altered.length - 1);
  expect(() => zstd.decompress(altered, 1200)).toThrow(/^zstd: the bytes cannot be decompressed/);
});

test('zstd of Node is there from 22.15 on', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const expected = major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15);
  expect(zstdOfNode() !== undefined).toBe(expected);
});

describe('the walk through a zstd frame', () => {
  test('finds the size of the content', () => {
    expect(checkZstdFrame(checksummed)).toBe(1200);
    expect(checkZstdFrame(streamed)).toBeUndefined();
  });

  test.each([
    ['of one byte', 100],
    ['of two bytes', 300],
    ['of four bytes', 70_000],
  ])('reads a size %s', (_, size) => {
    expect(checkZstdFrame(zstdOfPackage().compress(Buffer.alloc(size), 3))).toBe(size);
  });

  test('reads a size of eight bytes', () => {
    const frame = Buffer.from('28b52ffde0' + '0000000001000000' + '010000', 'hex');
    expect(checkZstdFrame(frame)).toBe(2 ** 32);
  });

  test('passes over the id of a dictionary and blocks of one repeated byte', () => {
    expect(checkZstdFrame(Buffer.from('28b52ffd21' + '07' + '05' + '2b0000' + '61', 'hex'))).toBe(5);
  });

  test.each([
    ['another magic number', '28b52ffc2000010000'],
    ['a reserved type of block', '28b52ffd2000070000'],
    ['a second frame', '28b52ffd200001000028b52ffd2000010000'],
    ['nothing', ''],
  ])('refuses %s', (_, hex) => {
    expect(() => checkZstdFrame(Buffer.from(hex, 'hex'))).toThrow(MalformedFrame);
  });
});
