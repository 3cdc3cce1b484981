import { LimitExceeded, MalformedFrame, type Engine } from './engine.js';
import type { Require } from '../require-here.js';
import { loadOptional } from '../optional-package.js';

const PACKAGE = 'lz4-napi';
const SIZE_BYTES = 4;
/** A byte of a block stands for so many at most: those that say how long a repetition is. */
const MOST_FROM_A_BYTE = 255;

interface Lz4 {
  compressSync(bytes: Uint8Array): Uint8Array;
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  uncompressSync(bytes: Uint8Array): Uint8Array;
  uncompress(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * LZ4 as one block behind the size of its content, four bytes, little-endian: what Python's `lz4.block` reads and writes.
 * Not the LZ4 frame format, which the package decompresses without any bound. It takes as much memory as the size says, and
 * a block that holds more is refused.
 */
export function lz4(require?: Require): Engine {
  const napi = loadOptional(PACKAGE, 'lz4', (load) => load(PACKAGE) as Lz4, require);
  return {
    compress: (bytes) => napi.compressSync(bytes),
    compressAsync: (bytes) => napi.compress(bytes),
    decompress(bytes, maxBytes) {
      const size = readSize(bytes, maxBytes);
      return complete(napi.uncompressSync(bytes), size);
    },
    async decompressAsync(bytes, maxBytes) {
      const size = readSize(bytes, maxBytes);
      return complete(await napi.uncompress(bytes), size);
    },
  };
}

function readSize(bytes: Uint8Array, maxBytes: number): number {
  if (bytes.length <= SIZE_BYTES) throw new MalformedFrame('the block is cut off');
  const size = new DataView(bytes.buffer, bytes.byteOffset, SIZE_BYTES).getUint32(0, true);
  if (size > maxBytes) throw new LimitExceeded(`the block says ${size} bytes`);
  if (size > MOST_FROM_A_BYTE * bytes.length)
    throw new MalformedFrame(`the block says ${size} bytes, and cannot hold as many`);
  return size;
}

/** A block that is cut off between two of its sequences is decompressed as far as it goes. */
function complete(content: Uint8Array, size: number): Uint8Array {
  if (content.length === size) return content;
  throw new MalformedFrame(`the block says ${size} bytes and holds ${content.length}`);
}
