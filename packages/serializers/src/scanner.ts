import { isUtf8 } from 'node:buffer';

/** Up to here looking at each byte is faster than a call of the platform. */
const SHORT_TEXT = 96;
const UNDERSCORE = 0x5f;
const PROTO = Buffer.from('__proto__');

/**
 * Walks over an encoding without making values of it, and refuses what must not reach the library that does: it is what holds hostile bytes off.
 * It runs no foreign code, so that one instance serves all calls.
 */
export abstract class Scanner {
  protected bytes: Uint8Array = PROTO;
  protected at = 0;
  protected end = 0;

  /**
   * Walks over one value.
   * @param depth how many levels may begin here.
   */
  protected abstract value(depth: number): void;

  /** @throws Error if the bytes are not exactly one value, or one that is not accepted. */
  check(bytes: Uint8Array, maxDepth: number): void {
    this.begin(bytes);
    this.value(maxDepth);
    if (this.at < this.end) throw new Error(`${String(this.end - this.at)} bytes are left over after the value`);
  }

  protected begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.byteLength;
  }

  protected byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw truncated();
    this.at++;
    return byte;
  }

  /** An unsigned number of so many bytes, exact up to 2 ** 53. */
  protected uint(bytes: number): number {
    let number = 0;
    for (let i = 0; i < bytes; i++) number = number * 256 + this.byte();
    return number;
  }

  protected skip(bytes: number): void {
    if (bytes > this.end - this.at) throw truncated();
    this.at += bytes;
  }

  protected text(length: number): void {
    const { bytes, at: start } = this;
    const stop = start + length;
    this.skip(length);
    if (length <= SHORT_TEXT) {
      let bits = 0;
      for (let i = start; i < stop; i++) bits |= bytes[i] as number;
      if (bits < 0x80) return;
    }
    if (!isUtf8(bytes.subarray(start, stop))) throw new Error('a string is not valid UTF-8');
  }

  protected keyText(length: number): void {
    const start = this.at;
    this.text(length);
    if (length !== PROTO.length || this.bytes[start] !== UNDERSCORE) return;
    if (PROTO.equals(this.bytes.subarray(start, this.at))) throw protoKey();
  }

  /** Walks over so many values that are inside another. Each takes a byte at least, so that a false number ends early. */
  protected values(count: number, depth: number): void {
    if (depth < 1) throw new Error('it is nested deeper than maxDepth');
    if (count > this.end - this.at) throw truncated();
    for (let i = 0; i < count; i++) this.value(depth - 1);
  }
}

export function truncated(): Error {
  return new Error('the bytes end before the value does');
}

export function protoKey(): Error {
  return new Error('__proto__ is not accepted as a key');
}
