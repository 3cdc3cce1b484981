const LARGE_SLAB_BYTES = 1_048_576;
const SMALL_BYTES = 65_536;

/** A library writes into a slab that grows with what is written: a little must not keep a lot in memory. */
export function detached(bytes: Buffer): Buffer {
  const isWaste = bytes.buffer.byteLength > LARGE_SLAB_BYTES && bytes.byteLength < SMALL_BYTES;
  return isWaste ? Buffer.from(bytes) : bytes;
}

/** Bytes as the Buffer that the libraries read fastest; the memory is the same. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An error of an encoder, in words that say what to do about the value. */
export function explained(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  if (error.message.startsWith('Maximum call stack'))
    return new Error('it is nested too deeply, or refers to itself', { cause: error });
  return error;
}
