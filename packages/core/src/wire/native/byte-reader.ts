import { isUtf8 } from 'node:buffer';
import { MessageError } from '../../errors/error-classes.js';
import { LIMITS } from './format.js';

/** What the largest number takes. */
const NUMBER_BYTES = 8;

/** Reads numbers and strings out of bytes of which nothing is to be believed: never beyond the end, and nothing over its limit. */
export class ByteReader {
  protected readonly bytes: Buffer;
  protected at: number;
  /** Where what is being read ends: the packet, its extensions, or a record. */
  protected end: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = bytes.length;
  }

  /** A string of so many bytes. */
  protected text(length: number, limit: number): string {
    if (length > limit) throw refused(`a string has ${String(length)} bytes; the limit is ${String(limit)}`);
    const end = this.claim(length);
    const bytes = this.bytes.subarray(end - length, end);
    if (!isUtf8(bytes)) throw refused('a string is not valid UTF-8');
    return bytes.toString('utf8');
  }

  /** A whole number in groups of seven bits, the lowest first. */
  protected number(): number {
    const bytes = this.bytes;
    const end = Math.min(this.end, this.at + NUMBER_BYTES);
    let at = this.at;
    let value = 0;
    for (let factor = 1; at < end; factor *= 0x80) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * factor;
      if (value > LIMITS.number) throw refused('a number is too large');
      if (byte < 0x80) {
        this.at = at;
        return value;
      }
    }
    throw refused('a number has no end');
  }

  /** Takes the next bytes. @returns where they end */
  protected claim(length: number): number {
    const end = this.at + length;
    if (end > this.end)
      throw refused(`${String(length)} bytes were to come, and there are ${String(this.end - this.at)}`);
    this.at = end;
    return end;
  }
}

/** Says that a packet cannot be read. */
export function refused(why: string): MessageError {
  return new MessageError('PROTOCOL', `a packet cannot be read: ${why}`);
}
