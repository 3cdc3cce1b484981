import { constants as bufferConstants } from 'node:buffer';
import * as zlib from 'node:zlib';
import { LimitExceeded, MalformedFrame, type Engine } from './engine.js';
import { checkZstdFrame } from './zstd-frame.js';

type Settings = Record<string, unknown>;
type Compressing = 'gzip' | 'deflate' | 'brotliCompress' | 'zstdCompress';
type Decompressing = 'gunzip' | 'inflate' | 'brotliDecompress' | 'zstdDecompress';
/** With the option `info` the functions of node:zlib say how much of their input they have used. */
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}
type Synchronous<T> = (bytes: Uint8Array, settings: Settings) => T;
type Asynchronous<T> = (bytes: Uint8Array, settings: Settings, done: (error: Error | null, result: T) => void) => void;

/** node:zlib as this file calls it: Node's declarations know neither what `info` returns nor, in Node 20, zstd. */
const functions = zlib as unknown as Record<Compressing, Asynchronous<Uint8Array>> &
  Record<`${Compressing}Sync`, Synchronous<Uint8Array>> &
  Record<Decompressing, Asynchronous<Inflated>> &
  Record<`${Decompressing}Sync`, Synchronous<Inflated>>;

interface Format {
  readonly compress: Compressing;
  readonly decompress: Decompressing;
  /** What compressing takes, beside the size of a chunk. */
  settings(level: number, size: number): Settings;
  /** What decompressing takes, beside limits. */
  readonly bounds?: (maxBytes: number) => Settings;
  /** Refuses what is not one whole frame, where decompressing does not. */
  readonly check?: (bytes: Uint8Array) => void;
}

const LARGEST_CHUNK = 65_536;
const SMALLEST_CHUNK = 1024;

/** Memory is taken a chunk at a time: little for a small message, and few pieces for a large one. */
function chunkFor(size: number): number {
  return Math.min(Math.max(size, SMALLEST_CHUNK), LARGEST_CHUNK);
}

function engineOf(format: Format): Engine {
  const compress = functions[format.compress];
  const compressSync = functions[`${format.compress}Sync`];
  const decompress = functions[format.decompress];
  const decompressSync = functions[`${format.decompress}Sync`];
  const deflating = (bytes: Uint8Array, level: number): Settings => ({
    ...format.settings(level, bytes.length),
    chunkSize: chunkFor(bytes.length),
  });
  const inflating = (bytes: Uint8Array, maxBytes: number): Settings => {
    format.check?.(bytes);
    return {
      ...format.bounds?.(maxBytes),
      chunkSize: chunkFor(Math.min(maxBytes, bytes.length * 4)),
      maxOutputLength: Math.min(maxBytes, bufferConstants.MAX_LENGTH),
      info: true,
    };
  };
  return {
    compress: (bytes, level) => compressSync(bytes, deflating(bytes, level)),
    compressAsync: (bytes, level) => called(compress, bytes, deflating(bytes, level)),
    decompress(bytes, maxBytes) {
      try {
        return whole(decompressSync(bytes, inflating(bytes, maxBytes)), bytes);
      } catch (error) {
        throw named(error);
      }
    },
    async decompressAsync(bytes, maxBytes) {
      try {
        return whole(await called(decompress, bytes, inflating(bytes, maxBytes)), bytes);
      } catch (error) {
        throw named(error);
      }
    },
  };
}

function called<T>(call: Asynchronous<T>, bytes: Uint8Array, settings: Settings): Promise<T> {
  return new Promise((resolve, reject) => {
    call(bytes, settings, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

/** node:zlib passes over what follows the end of the data. */
function whole({ buffer, engine }: Inflated, bytes: Uint8Array): Uint8Array {
  if (engine.bytesWritten === bytes.length) return buffer;
  throw new MalformedFrame(`the data ends after ${engine.bytesWritten} of ${bytes.length} bytes`);
}

function named(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  return code === 'ERR_BUFFER_TOO_LARGE' ? new LimitExceeded('node:zlib gave up', { cause: error }) : error;
}

export const gzip = (): Engine =>
  engineOf({
    compress: 'gzip',
    decompress: 'gunzip',
    settings: (level) => ({ level }),
  });

export const deflate = (): Engine =>
  engineOf({
    compress: 'deflate',
    decompress: 'inflate',
    settings: (level) => ({ level }),
  });

export const brotli = (): Engine =>
  engineOf({
    compress: 'brotliCompress',
    decompress: 'brotliDecompress',
    settings: (level, size) => ({
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: size },
    }),
  });

// Of zstd.h; Node's declarations have them from Node 22.15 on.
const ZSTD_C_COMPRESSION_LEVEL = 100;
const ZSTD_D_WINDOW_LOG_MAX = 100;
/** What a window may take: 8 MiB, which every decoder has to support (RFC 8878, 3.1.1.1.2), or what the content may take. */
const ZSTD_WINDOW_LOG = { least: 23, most: 27 };

/** The zstd of Node itself, or `undefined` where it has none. */
export function zstdOfNode(): Engine | undefined {
  if (!('zstdCompressSync' in functions)) return undefined;
  return engineOf({
    compress: 'zstdCompress',
    decompress: 'zstdDecompress',
    // The size goes into the frame: those who have no zstd in Node cannot do without.
    settings: (level, size) => ({ params: { [ZSTD_C_COMPRESSION_LEVEL]: level }, pledgedSrcSize: size }),
    bounds: (maxBytes) => ({ params: { [ZSTD_D_WINDOW_LOG_MAX]: windowLog(maxBytes) } }),
    // Node takes half a frame for a whole one.
    check: checkZstdFrame,
  });
}

function windowLog(maxBytes: number): number {
  const { least, most } = ZSTD_WINDOW_LOG;
  return Math.min(Math.max(Math.ceil(Math.log2(maxBytes)), least), most);
}
