import { Scanner, truncated } from '../scanner.js';

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;

const MOST_BIGNUM_BYTES = 1024;

/** CBOR: definite lengths only; no tags but those of dates, large integers, typed arrays, sets and maps, each on what it is for. */
export class CborScanner extends Scanner {
  protected value(depth: number): void {
    const head = this.byte();
    const major = head >> 5;
    const info = head & 0x1f;
    if (major === UNSIGNED || major === NEGATIVE) this.#argument(info);
    else if (major === BYTES) this.skip(this.#argument(info));
    else if (major === TEXT) this.text(this.#argument(info));
    else if (major === ARRAY) this.values(this.#argument(info), depth);
    else if (major === MAP) this.#map(this.#argument(info), depth);
    else if (major === TAG) this.#tagged(this.#argument(info), depth);
    else this.#simple(info);
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info < 28) return this.uint(1 << (info - 24));
    throw new Error(info === 31 ? 'indefinite lengths are not accepted' : 'a head is not well-formed');
  }

  #simple(info: number): void {
    if (info >= 25 && info <= 27) this.skip(1 << (info - 24));
    else if (info < 20 || info > 23) throw new Error(`the simple value ${String(info)} is not accepted`);
  }

  #map(count: number, depth: number, hasAnyKeys = false): void {
    if (depth < 1) throw new Error('it is nested deeper than maxDepth');
    if (2 * count > this.end - this.at) throw truncated();
    for (let i = 0; i < count; i++) {
      if (hasAnyKeys) this.value(depth - 1);
      else this.#key();
      this.value(depth - 1);
    }
  }

  #key(): void {
    const head = this.byte();
    const major = head >> 5;
    if (major === TEXT) this.keyText(this.#argument(head & 0x1f));
    else if (major === UNSIGNED || major === NEGATIVE) this.#argument(head & 0x1f);
    else throw new Error('a key is neither text nor a whole number');
  }

  #tagged(tag: number, depth: number): void {
    const head = this.byte();
    const major = head >> 5;
    const info = head & 0x1f;
    if (tag === 1 && (major === UNSIGNED || major === NEGATIVE)) this.#argument(info);
    else if (tag === 1 && major === 7 && info >= 25 && info <= 27) this.#simple(info);
    else if ((tag === 2 || tag === 3) && major === BYTES) this.#bignum(this.#argument(info));
    else if (tag >= 64 && tag <= 87 && major === BYTES) this.skip(this.#argument(info));
    else if (tag === 258 && major === ARRAY) this.values(this.#argument(info), depth);
    else if (tag === 259 && major === MAP) this.#map(this.#argument(info), depth, true);
    else throw new Error(`tag ${String(tag)} is not accepted, or not on such a value`);
  }

  /** Decoding one takes time that grows with the square of its length. */
  #bignum(length: number): void {
    if (length > MOST_BIGNUM_BYTES) throw new RangeError(`a BigInt has more than ${String(MOST_BIGNUM_BYTES)} bytes`);
    this.skip(length);
  }
}
