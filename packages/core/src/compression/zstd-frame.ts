import { MalformedFrame } from './engine.js';

const MAGIC = 0xfd2fb528;
const FRAME_HEADER_AT = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const BLOCK_HEADER_BYTES = 3;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
const CHECKSUM_BYTES = 4;

/**
 * Walks through a zstd frame (RFC 8878, 3.1.1) from block to block, without decompressing any.
 *
 * @returns how many bytes it says that it holds, or `undefined` if it does not say.
 * @throws MalformedFrame if the bytes are not exactly one frame: it is cut off, or something follows it.
 */
export function checkZstdFrame(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const { contentSize, blocksAt, checksumBytes } = readHeader(view);
    const end = endOfBlocks(view, blocksAt) + checksumBytes;
    if (end === bytes.length) return contentSize;
    throw new MalformedFrame(`the frame takes ${end} bytes, and there are ${bytes.length}`);
  } catch (error) {
    // What a DataView throws for a place behind its end.
    if (error instanceof RangeError) throw new MalformedFrame('the frame is cut off', { cause: error });
    throw error;
  }
}

function readHeader(view: DataView) {
  if (view.getUint32(0, true) !== MAGIC) throw new MalformedFrame('this is no zstd frame');
  const descriptor = view.getUint8(FRAME_HEADER_AT);
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(singleSegment) : 1 << sizeFlag;
  const sizeAt = FRAME_HEADER_AT + 1 + (singleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0);
  return {
    contentSize: readContentSize(view, sizeAt, sizeBytes),
    blocksAt: sizeAt + sizeBytes,
    checksumBytes: (descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES,
  };
}

function readContentSize(view: DataView, at: number, sizeBytes: number): number | undefined {
  if (sizeBytes === 0) return undefined;
  if (sizeBytes === 1) return view.getUint8(at);
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  if (sizeBytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

function endOfBlocks(view: DataView, blocksAt: number): number {
  let at = blocksAt;
  for (;;) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) throw new MalformedFrame('a block of the frame is of no known type');
    at += BLOCK_HEADER_BYTES + (type === RLE_BLOCK ? 1 : header >> 3);
    if ((header & 1) === 1) return at;
  }
}
