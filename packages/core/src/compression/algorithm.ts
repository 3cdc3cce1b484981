import { SerializationError } from '../errors/error-classes.js';
import { badOption, describe, option } from '../options/check-options.js';
import { LimitExceeded, type Engine } from './engine.js';
import { lz4 } from './lz4.js';
import { brotli, deflate, gzip, zstdOfNode } from './node-zlib.js';
import { zstdOfPackage } from './zstd-wasm.js';

/** The compressions that there are. */
export type AlgorithmName = 'gzip' | 'deflate' | 'brotli' | 'zstd' | 'lz4';

/**
 * One way of making bytes smaller, and of getting them back within a limit.
 *
 * What is passed in is not to be changed before an async call has settled. What comes out belongs to the caller.
 */
export interface CompressionAlgorithm {
  readonly name: AlgorithmName;
  /** One byte that stands for the algorithm on the wire; it never changes. */
  readonly id: number;

  /**
   * Compresses on this thread, which for a few kilobytes is sooner done than asking another one.
   *
   * @param level how hard to try; the defaults favour speed, because a message, unlike a file, is read about once:
   *   - `gzip`, `deflate`: 0 to 9. Default 1: level 6, zlib's own default, takes twice as long for a few per cent
   *   - `brotli`: 0 to 11. Default 4: level 5 takes twice as long; Node's own default, 11, a hundred times, and is for files
   *   - `zstd`: 1 to 22. Default 3, which is that of zstd
   *   - `lz4`: has none
   * @throws ConfigurationError BAD_OPTION for a level that there is not, and if the optional package that this takes is missing.
   * @throws SerializationError TOO_LARGE for more than 256 MiB with zstd in Node before 22.15.
   */
  compress(bytes: Uint8Array, level?: number): Uint8Array;

  /** {@link compress} in libuv's thread pool; `zstd` in Node before 22.15 runs on this thread all the same. */
  compressAsync(bytes: Uint8Array, level?: number): Promise<Uint8Array>;

  /**
   * Decompresses on this thread, and gives up as soon as there is more than `maxBytes`: a kilobyte from a peer may hold a
   * gigabyte.
   *
   * @param maxBytes how many bytes the content may have, from 1 on. Choose it by what you expect; `Infinity` trusts the sender.
   * @throws SerializationError DECODE for more than that, for bytes that are not this algorithm's, that are cut off, or behind
   *   which more follows. Altered bytes are told by their checksum in `gzip` and `deflate`, and in `zstd` from a sender that
   *   adds one; `brotli` and `lz4` have none.
   * @throws ConfigurationError BAD_OPTION for a limit that is none, and if the optional package that this takes is missing.
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;

  /** {@link decompress} in libuv's thread pool; `zstd` in Node before 22.15 runs on this thread all the same. */
  decompressAsync(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}

interface Levels {
  readonly least: number;
  readonly most: number;
  readonly default: number;
}

class Algorithm implements CompressionAlgorithm {
  readonly name: AlgorithmName;
  readonly id: number;
  readonly #levels: Levels | undefined;
  readonly #load: () => Engine;
  #loaded: Engine | undefined;

  constructor(name: AlgorithmName, id: number, levels: Levels | undefined, load: () => Engine) {
    this.name = name;
    this.id = id;
    this.#levels = levels;
    this.#load = load;
  }

  compress(bytes: Uint8Array, level?: number): Uint8Array {
    const checked = this.#level(level);
    return this.#engine().compress(bytes, checked);
  }

  async compressAsync(bytes: Uint8Array, level?: number): Promise<Uint8Array> {
    const checked = this.#level(level);
    return this.#engine().compressAsync(bytes, checked);
  }

  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
    this.#checkLimit(maxBytes);
    const engine = this.#engine();
    try {
      return engine.decompress(bytes, maxBytes);
    } catch (error) {
      throw this.#refusal(error, maxBytes);
    }
  }

  async decompressAsync(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
    this.#checkLimit(maxBytes);
    const engine = this.#engine();
    try {
      return await engine.decompressAsync(bytes, maxBytes);
    } catch (error) {
      throw this.#refusal(error, maxBytes);
    }
  }

  #engine(): Engine {
    return (this.#loaded ??= this.#load());
  }

  #level(level: number | undefined): number {
    const levels = this.#levels;
    if (level === undefined) return levels?.default ?? 0;
    if (levels === undefined) throw badOption(`${this.name}: there are no levels, so leave out ${describe(level)}`);
    if (Number.isInteger(level) && level >= levels.least && level <= levels.most) return level;
    throw badOption(
      `${this.name}: level must be a whole number from ${levels.least} to ${levels.most}, not ${describe(level)}`,
    );
  }

  #checkLimit(maxBytes: number): void {
    const wanted = option.limit(maxBytes);
    if (wanted !== undefined) throw badOption(`${this.name}: maxBytes must be ${wanted}, not ${describe(maxBytes)}`);
  }

  #refusal(cause: unknown, maxBytes: number): SerializationError {
    const message =
      cause instanceof LimitExceeded
        ? `${this.name}: the content is larger than the limit, ${maxBytes} bytes: raise that if the sender can be trusted`
        : `${this.name}: the bytes cannot be decompressed: ${(cause as Error).message}`;
    return new SerializationError('DECODE', message, { cause });
  }
}

const ALGORITHMS: readonly CompressionAlgorithm[] = [
  new Algorithm('gzip', 1, { least: 0, most: 9, default: 1 }, gzip),
  new Algorithm('deflate', 2, { least: 0, most: 9, default: 1 }, deflate),
  new Algorithm('brotli', 3, { least: 0, most: 11, default: 4 }, brotli),
  new Algorithm('zstd', 4, { least: 1, most: 22, default: 3 }, () => zstdOfNode() ?? zstdOfPackage()),
  new Algorithm('lz4', 5, undefined, () => lz4()),
];

/**
 * A compression by its name. There is one of each in a process.
 *
 * `gzip`, `deflate` (with zlib's header) and `brotli` come with Node, and so does `zstd` from 22.15 on. Before that it takes the
 * package `@bokuweb/zstd-wasm`, and `lz4` always takes `lz4-napi`: they are loaded at the first use.
 *
 * @example
 * ```ts
 * const gzip = algorithmNamed('gzip');
 * const bytes = gzip.decompress(gzip.compress(Buffer.from('hello')), 1_000_000);
 * ```
 * @throws ConfigurationError BAD_OPTION for a name that there is not.
 */
export function algorithmNamed(name: AlgorithmName): CompressionAlgorithm {
  const found = ALGORITHMS.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = ALGORITHMS.map((each) => each.name).join(', ');
  throw badOption(`there is no compression ${describe(name)}; known are ${names}`);
}

/** The compression that an id stands for, if there is one. */
export function algorithmOf(id: number): CompressionAlgorithm | undefined {
  return ALGORITHMS.find((each) => each.id === id);
}
