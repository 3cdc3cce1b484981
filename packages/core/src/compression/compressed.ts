import type { MessageInfo, Serializer } from '../contract/serializer.js';
import { badOption, checkOptions, option } from '../options/check-options.js';
import { SerializerFactory } from '../serializers/serializer-factory.js';
import { algorithmNamed, algorithmOf, type AlgorithmName, type CompressionAlgorithm } from './algorithm.js';

/** How values are compressed. */
export interface CompressedOptions {
  /**
   * What compresses what is sent. What is received says by itself how it was compressed, so the two sides may differ, and either may change.
   * @defaultValue `gzip`, which every Node has, and which is quick at its level 1
   */
  algorithm?: AlgorithmName | undefined;
  /**
   * From how many encoded bytes on a value is compressed; 0: always tried; `Infinity`: never, but what is received is decompressed.
   * @defaultValue 1,024: below that there is little to gain
   */
  thresholdBytes?: number | undefined;
  /**
   * How hard to try; each algorithm has its own levels, which stand with `algorithmNamed` of `@liberzmq/core/compression`.
   * @defaultValue a level that favours speed
   */
  level?: number | undefined;
  /**
   * How many bytes a value may have before it is compressed, and after it is decompressed: decompressing ends there, whatever the sender has put in. From
   * 1 on; `Infinity` trusts the sender.
   * @defaultValue 64 MiB, as much as a message may have by default
   */
  maxDecompressedBytes?: number | undefined;
}

/** The checks of {@link CompressedOptions}; algorithm and level are checked by trying them. */
const COMPRESSED_OPTIONS = {
  algorithm: option.any,
  thresholdBytes: option.limitOrZero,
  level: option.any,
  maxDecompressedBytes: option.limit,
};

const DEFAULT_THRESHOLD_BYTES = 1_024;
const DEFAULT_MOST_BYTES = 64 * 1_024 * 1_024;

/** From here on another thread compresses: asking it takes longer than to compress a little, and it is asked so as not to hold up the event loop. */
const ASIDE_BYTES = 65_536;

/** While so many are being compressed elsewhere, this thread does its share: whoever sends more than that is held up by it. */
const MOST_ASIDE = 32;

/**
 * What a value may have decompressed, for each byte that it has compressed, beyond a first MiB: twice as much as gzip can reach. So a few bytes do not
 * cost their receiver much, and what gets even smaller is sent as it is.
 */
const MOST_TIMES_SMALLER = 2_048;
const FREE_BYTES = 1_048_576;

/** The first byte: the id of the algorithm, 0 if the bytes behind it are as they were, and whether they are the value itself. */
const HEAD_BYTES = 1;
const AS_IT_WAS = 0;
const IS_BYTES = 0x80;

const NO_BYTES = new Uint8Array(0);

/**
 * A serializer around another one: what that makes is compressed if it is large enough and gets smaller by it. Each message says what was done to it. Large
 * values are compressed on another thread, where the endpoint allows it.
 * @param inner a serializer, or the name of a registered one. Around `json` bytes stay bytes.
 * @throws ConfigurationError BAD_OPTION if an option is wrong, or the package that the algorithm needs is missing
 * @example
 * ```ts
 * SerializerFactory.register('compressed_pickle', () => compressed('structured_clone', { algorithm: 'gzip' }));
 * const publisher = new Publisher({ address, serializer: 'compressed_pickle' });
 * ```
 */
export function compressed(inner: Serializer | string, options: CompressedOptions = {}): Serializer {
  checkOptions('compressed', options, COMPRESSED_OPTIONS);
  const {
    algorithm: name = 'gzip',
    thresholdBytes = DEFAULT_THRESHOLD_BYTES,
    level,
    maxDecompressedBytes = DEFAULT_MOST_BYTES,
  } = options;
  const algorithm = algorithmNamed(name);
  // So that a level that there is not, and a package that is missing, show now.
  algorithm.compress(NO_BYTES, level);
  return new Compressed(resolve(inner), { algorithm, thresholdBytes, level, maxDecompressedBytes });
}

interface Settings {
  readonly algorithm: CompressionAlgorithm;
  readonly thresholdBytes: number;
  readonly level: number | undefined;
  readonly maxDecompressedBytes: number;
}

class Compressed implements Serializer {
  readonly name: string;
  readonly contentType = 'application/octet-stream';
  readonly bytes: NonNullable<Serializer['bytes']>;
  readonly #inner: Serializer;
  readonly #settings: Settings;
  /** How many values are being compressed on other threads. */
  #aside = 0;

  constructor(inner: Serializer, settings: Settings) {
    this.name = `compressed_${inner.name}`;
    this.bytes = inner.bytes === 'nowhere' ? 'alone' : (inner.bytes ?? 'anywhere');
    this.#inner = inner;
    this.#settings = settings;
  }

  serialize(value: unknown, message?: MessageInfo): Uint8Array {
    const { bytes, isValue } = this.#encoded(value, message);
    return this.#compressed(bytes, isValue);
  }

  serializeAsync(value: unknown, message?: MessageInfo): Uint8Array | Promise<Uint8Array> {
    const { bytes, isValue } = this.#encoded(value, message);
    const isLarge = bytes.byteLength >= Math.max(ASIDE_BYTES, this.#settings.thresholdBytes);
    return isLarge && this.#aside < MOST_ASIDE
      ? this.#compressedAside(bytes, isValue)
      : this.#compressed(bytes, isValue);
  }

  deserialize(bytes: Uint8Array, message?: MessageInfo): unknown {
    const [head] = bytes;
    if (head === undefined) throw new Error('there is not even the byte that says how it was compressed');
    const content = this.#decompressed(bytes.subarray(HEAD_BYTES), head & ~IS_BYTES);
    return (head & IS_BYTES) === 0 ? this.#inner.deserialize(content, message) : asBuffer(content);
  }

  /** @throws RangeError if the other side would not take so much. */
  #encoded(value: unknown, message: MessageInfo | undefined): { bytes: Uint8Array; isValue: boolean } {
    const isValue = this.#inner.bytes === 'nowhere' && value instanceof Uint8Array;
    const bytes = isValue ? value : this.#inner.serialize(value, message);
    checkSize(bytes.byteLength, this.#settings.maxDecompressedBytes);
    return { bytes, isValue };
  }

  #compressed(bytes: Uint8Array, isValue: boolean): Uint8Array {
    const { algorithm, level, thresholdBytes } = this.#settings;
    if (bytes.byteLength < thresholdBytes) return withHead(AS_IT_WAS, bytes, isValue);
    return this.#smaller(bytes, algorithm.compress(bytes, level), isValue);
  }

  async #compressedAside(bytes: Uint8Array, isValue: boolean): Promise<Uint8Array> {
    const { algorithm, level } = this.#settings;
    this.#aside += 1;
    try {
      return this.#smaller(bytes, await algorithm.compressAsync(bytes, level), isValue);
    } finally {
      this.#aside -= 1;
    }
  }

  #smaller(bytes: Uint8Array, compressedBytes: Uint8Array, isValue: boolean): Uint8Array {
    const { byteLength } = bytes;
    if (compressedBytes.byteLength >= byteLength || byteLength > mostFrom(compressedBytes))
      return withHead(AS_IT_WAS, bytes, isValue);
    return withHead(this.#settings.algorithm.id, compressedBytes, isValue);
  }

  /** @throws SerializationError DECODE */
  #decompressed(bytes: Uint8Array, id: number): Uint8Array {
    const { maxDecompressedBytes } = this.#settings;
    if (id === AS_IT_WAS) {
      checkSize(bytes.byteLength, maxDecompressedBytes);
      return bytes;
    }
    const algorithm = algorithmOf(id);
    if (algorithm === undefined) throw new Error(`there is no compression of number ${String(id)}`);
    return algorithm.decompress(bytes, Math.min(maxDecompressedBytes, mostFrom(bytes)));
  }
}

/** How many bytes are accepted from so many. */
function mostFrom(compressedBytes: Uint8Array): number {
  return Math.max(FREE_BYTES, MOST_TIMES_SMALLER * compressedBytes.byteLength);
}

/** @throws RangeError */
function checkSize(byteLength: number, maxDecompressedBytes: number): void {
  if (byteLength > maxDecompressedBytes)
    throw new RangeError(
      `it takes ${String(byteLength)} bytes, more than maxDecompressedBytes, ${String(maxDecompressedBytes)}`,
    );
}

/** The same memory as a Buffer. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function withHead(id: number, bytes: Uint8Array, isValue: boolean): Buffer {
  const whole = Buffer.allocUnsafe(HEAD_BYTES + bytes.byteLength);
  whole[0] = isValue ? id | IS_BYTES : id;
  whole.set(bytes, HEAD_BYTES);
  return whole;
}

function resolve(inner: unknown): Serializer {
  if (typeof inner === 'string') return SerializerFactory.get(inner);
  if (isSerializer(inner)) return inner;
  throw badOption('compressed: give it a serializer, or the name of a registered one');
}

function isSerializer(given: unknown): given is Serializer {
  const { name, serialize, deserialize } = (given ?? {}) as Partial<Serializer>;
  return typeof name === 'string' && typeof serialize === 'function' && typeof deserialize === 'function';
}
