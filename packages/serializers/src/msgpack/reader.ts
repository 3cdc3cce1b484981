import { isUtf8 } from 'node:buffer';
import { leftOver, notUtf8, protoKey, tooDeep, truncated } from '../refusals.js';
import { newArray } from './new-array.js';
import { ShortTexts } from './short-texts.js';
import { readTimestamp } from './timestamp.js';

const NIL = 0xc0;
const PROTO = '__proto__';
const NO_BYTES = Buffer.alloc(0);
const REPLACEMENT = '\ufffd';

/** V8 copies a text that is so short out of a longer one. A slice that is longer keeps all of the chunk in memory that it is from. */
const LONGEST_VALUE = 12;
const LONGEST_SLICE = 96;
const CHUNK_BYTES = 512;
/** Making a view takes as long as reading some numbers without one. */
const WORTH_A_VIEW = 1024;
const LONGEST_KEY = 32;

const keys = new ShortTexts();
const values = new ShortTexts();
/**
 * Reads MessagePack of which nothing is to be believed: never beyond the end, never deeper than it may, no array larger than the bytes there are, no
 * text that is not UTF-8, no `__proto__` as a key, no extension but timestamps and `undefined`. It runs no foreign code, so that one serves all.
 */
export class MsgpackReader {
  at = 0;
  #bytes: Buffer = NO_BYTES;
  #end = 0;
  #view: DataView | undefined;
  /** Bytes as text, and where they begin. */
  #chunk = '';
  #chunkStart = 0;
  /** Places that arrays may still have: each takes a byte at least, however the arrays are inside each other. */
  #places = 0;

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = undefined;
    this.#chunk = '';
    this.#end = bytes.length;
    this.#places = bytes.length;
    this.at = 0;
  }

  /** Keeps nothing of what was read in memory. */
  end(): void {
    this.#bytes = NO_BYTES;
    this.#view = undefined;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#end;
  }

  /** Whether what comes next is nil. */
  get isNil(): boolean {
    return this.#bytes[this.at] === NIL;
  }

  /** The one value that there is. @throws Error */
  only(bytes: Buffer, maxDepth: number): unknown {
    this.begin(bytes);
    try {
      const value = this.value(maxDepth);
      const left = this.#end - this.at;
      if (left > 0) throw leftOver(left);
      return value;
    } finally {
      this.end();
    }
  }

  /** @param depth how many levels may begin here. @throws Error */
  value(depth: number): unknown {
    const token = this.#byte();
    if (token < 0x80) return token;
    if (token < 0x90) return this.#map(token & 0x0f, depth);
    if (token < 0xa0) return this.#array(token & 0x0f, depth);
    if (token < 0xc0) return this.#text(token & 0x1f);
    if (token >= 0xe0) return token - 0x100;
    return this.#tagged(token, depth);
  }

  /** The head of an array. @returns its length; -1 if what comes next is none */
  arrayHead(): number {
    const token = this.#byte();
    if ((token & 0xf0) === 0x90) return this.#fitting(token & 0x0f);
    if (token === 0xdc || token === 0xdd) return this.#fitting(this.#uint(token === 0xdc ? 2 : 4));
    return -1;
  }

  /** A key of an object: text, or a number as text. @throws Error */
  key(): string {
    const token = this.#byte();
    if (token >= 0xa0 && token < 0xc0) return this.#keyText(token & 0x1f);
    if (token < 0x80) return String(token);
    if (token >= 0xe0) return String(token - 0x100);
    if (token >= 0xd9 && token <= 0xdb) return this.#keyText(this.#uint(1 << (token - 0xd9)));
    if (token >= 0xca && token <= 0xd3) return String(this.#tagged(token, 0));
    throw new Error('a key is neither text nor a number');
  }

  #tagged(token: number, depth: number): unknown {
    switch (token) {
      case NIL:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#bytes.readFloatBE(this.#skip(4) - 4);
      case 0xcb:
        return this.#double();
      case 0xcc:
        return this.#byte();
      case 0xcd:
        return this.#uint(2);
      case 0xce:
        return this.#uint(4);
      case 0xcf:
        return this.#bytes.readBigUInt64BE(this.#skip(8) - 8);
      case 0xd0:
        return (this.#byte() << 24) >> 24;
      case 0xd1:
        return (this.#uint(2) << 16) >> 16;
      case 0xd2:
        return this.#uint(4) | 0;
      case 0xd3:
        return this.#bytes.readBigInt64BE(this.#skip(8) - 8);
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(1 << (token - 0xc4)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (token - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(token === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(token === 0xde ? 2 : 4), depth);
      case 0xc1:
        throw new Error('the byte 0xc1 begins no value');
      default:
        return this.#extension(token < 0xd4 ? this.#uint(1 << (token - 0xc7)) : 1 << (token - 0xd4));
    }
  }

  #array(length: number, depth: number): unknown[] {
    if (depth < 1) throw tooDeep();
    const array = newArray(this.#fitting(length));
    for (let i = 0; i < length; i++) array[i] = this.value(depth - 1);
    return array;
  }

  #map(count: number, depth: number): Record<string, unknown> {
    if (depth < 1) throw tooDeep();
    if (2 * count > this.#end - this.at) throw truncated();
    const object: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.key();
      object[key] = this.value(depth - 1);
    }
    return object;
  }

  #text(length: number): string {
    const bytes = this.#bytes;
    const start = this.at;
    const stop = this.#skip(length);
    if (length <= LONGEST_VALUE) {
      if (length === 0) return '';
      const known = values.find(bytes, start, length);
      if (known !== undefined) return known;
    }
    if (length <= LONGEST_SLICE && isAscii(bytes, start, stop)) {
      const text = this.#slice(start, stop);
      if (length <= LONGEST_VALUE) values.add(text, bytes, start, length);
      return text;
    }
    const text = bytes.toString('utf8', start, stop);
    // What is not UTF-8 becomes a character that may also be meant.
    if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, stop))) throw notUtf8();
    return text;
  }

  #keyText(length: number): string {
    const start = this.at;
    if (length > 0 && length <= LONGEST_KEY) {
      const known = this.#end - start < length ? undefined : keys.find(this.#bytes, start, length);
      if (known !== undefined) {
        this.at += length;
        return known;
      }
    }
    const key = this.#text(length);
    if (key.length === PROTO.length && key === PROTO) throw protoKey();
    if (length > 0 && length <= LONGEST_KEY && key.length === length) {
      const [own = key] = Object.keys({ [key]: 0 });
      keys.add(own, this.#bytes, start, length);
    }
    return key;
  }

  /** ASCII bytes as text, out of that of more bytes at once: asking the platform for each takes several times as long. */
  #slice(start: number, stop: number): string {
    if (start < this.#chunkStart || stop > this.#chunkStart + this.#chunk.length) {
      this.#chunk = this.#bytes.toString('latin1', start, Math.min(start + CHUNK_BYTES, this.#end));
      this.#chunkStart = start;
    }
    return this.#chunk.slice(start - this.#chunkStart, stop - this.#chunkStart);
  }

  #binary(length: number): Buffer {
    const start = this.at;
    return this.#bytes.subarray(start, this.#skip(length));
  }

  #extension(length: number): Date | undefined {
    const type = this.#byte();
    const start = this.at;
    this.#skip(length);
    if (type === 0 && length === 1) return undefined;
    if (type === 0xff && (length === 4 || length === 8 || length === 12))
      return readTimestamp(this.#bytes, start, length);
    throw new Error(`extension ${String((type << 24) >> 24)} of ${String(length)} bytes is not accepted`);
  }

  #fitting(length: number): number {
    this.#places -= length;
    if (this.#places < 0) throw truncated();
    return length;
  }

  #double(): number {
    const at = this.#skip(8) - 8;
    const bytes = this.#bytes;
    if (bytes.length < WORTH_A_VIEW) return bytes.readDoubleBE(at);
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#view.getFloat64(at);
  }

  #byte(): number {
    if (this.at >= this.#end) throw truncated();
    return this.#bytes[this.at++] as number;
  }

  #uint(length: number): number {
    const bytes = this.#bytes;
    const start = this.at;
    const stop = this.#skip(length);
    let number = 0;
    for (let i = start; i < stop; i++) number = number * 256 + (bytes[i] as number);
    return number;
  }

  /** @returns where the bytes end that are next. */
  #skip(length: number): number {
    const stop = this.at + length;
    if (stop > this.#end) throw truncated();
    this.at = stop;
    return stop;
  }
}

function isAscii(bytes: Uint8Array, start: number, stop: number): boolean {
  let bits = 0;
  for (let i = start; i < stop; i++) bits |= bytes[i] as number;
  return bits < 0x80;
}
