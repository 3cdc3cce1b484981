import { refusedType } from '../objects.js';
import { protoKey, tooDeep } from '../refusals.js';
import { writeForeign } from './foreign.js';
import { Slab } from './slab.js';
import { writeTimestamp } from './timestamp.js';

/** Up to here writing each character is faster than a call of the platform. */
const SHORT_TEXT = 20;
const PROTO = '__proto__';
const NIL = 0xc0;
const NO_KEYS = {};

/**
 * Writes MessagePack, each value in its shortest form, and refuses what the other side would refuse: too deep, half a surrogate pair, `__proto__` as a
 * key.
 */
export class MsgpackWriter extends Slab {
  /** @param depth how many levels may begin here. */
  value(value: unknown, depth: number): void {
    if (this.at > this.safeEnd) this.reserve(0);
    switch (typeof value) {
      case 'string':
        this.#text(value);
        return;
      case 'number':
        this.#number(value);
        return;
      case 'boolean':
        this.slab[this.at++] = value ? 0xc3 : 0xc2;
        return;
      case 'object':
        if (value === null) this.slab[this.at++] = NIL;
        else this.#object(value, depth);
        return;
      case 'undefined':
        this.#undefined();
        return;
      case 'bigint':
        this.#bigint(value);
        return;
      default:
        throw refusedType(typeof value, 'leave it out');
    }
  }

  /** The head of an array. */
  arrayHead(length: number): void {
    if (this.at > this.safeEnd) this.reserve(0);
    if (length < 16) this.slab[this.at++] = 0x90 | length;
    else this.#longHead(length, 0xdc, 0xdd);
  }

  /** The head of a map, for which there is room. */
  mapHead(length: number): void {
    if (length < 16) this.slab[this.at++] = 0x80 | length;
    else this.#longHead(length, 0xde, 0xdf);
  }

  /** A key of a map. */
  key(key: string): void {
    if (this.at > this.safeEnd) this.reserve(0);
    if (key.length === PROTO.length && key === PROTO) throw protoKey();
    this.#text(key);
  }

  binary(bytes: Uint8Array): void {
    const { byteLength } = bytes;
    if (byteLength < 0x100) this.#byteHead(byteLength, 0xc4);
    else this.#longHead(byteLength, 0xc5, 0xc6);
    this.reserve(byteLength);
    this.slab.set(bytes, this.at);
    this.at += byteLength;
  }

  timestamp(date: Date): void {
    this.at = writeTimestamp(this.view, this.at, date);
  }

  /**
   * Writes the values of an object that has just these keys, in this order.
   * @returns false if it has others: then some may have been written.
   */
  values(object: Readonly<Record<string, unknown>>, keys: readonly string[], depth: number): boolean {
    let count = 0;
    for (const key in object) {
      if (key !== keys[count]) return false;
      count += 1;
      this.value(object[key], depth);
    }
    return count === keys.length;
  }

  #object(value: object, depth: number): void {
    const { constructor } = value;
    if (constructor === Object && !hasInheritedKeys()) this.#map(value as Record<string, unknown>, depth);
    else if (Array.isArray(value)) this.#array(value as unknown[], depth);
    else if (constructor === Buffer && value instanceof Uint8Array) this.binary(value);
    else if (constructor === Date && value instanceof Date) this.timestamp(value);
    else writeForeign(this, value, depth);
  }

  #array(array: readonly unknown[], depth: number): void {
    if (depth < 1) throw tooDeep();
    const { length } = array;
    this.arrayHead(length);
    for (let i = 0; i < length; i++) this.value(array[i], depth - 1);
  }

  #map(object: Readonly<Record<string, unknown>>, depth: number): void {
    if (depth < 1) throw tooDeep();
    const head = this.at - this.start;
    this.at += 1;
    let count = 0;
    for (const key in object) {
      this.key(key);
      this.value(object[key], depth - 1);
      count += 1;
    }
    if (count < 16) this.slab[this.start + head] = 0x80 | count;
    else this.#widenMapHead(head, count);
  }

  /** How many keys there are is known when they have been written, and only few fit into one byte. */
  #widenMapHead(head: number, count: number): void {
    const more = count < 0x1_0000 ? 2 : 4;
    this.reserve(more);
    const { at } = this;
    const from = this.start + head;
    this.slab.copyWithin(from + 1 + more, from + 1, at);
    this.at = from;
    this.#longHead(count, 0xde, 0xdf);
    this.at = at + more;
  }

  #number(value: number): void {
    const { slab, at } = this;
    if (value >>> 0 === value) {
      if (value < 0x80) {
        slab[at] = value;
        this.at = at + 1;
      } else if (value < 0x100) {
        slab[at] = 0xcc;
        slab[at + 1] = value;
        this.at = at + 2;
      } else if (value < 0x1_0000) {
        slab[at] = 0xcd;
        slab[at + 1] = value >>> 8;
        slab[at + 2] = value;
        this.at = at + 3;
      } else {
        slab[at] = 0xce;
        this.view.setUint32(at + 1, value);
        this.at = at + 5;
      }
    } else if (value >> 0 === value) {
      this.#negative(value);
    } else {
      slab[at] = 0xcb;
      this.view.setFloat64(at + 1, value);
      this.at = at + 9;
    }
  }

  #negative(value: number): void {
    const { slab, at } = this;
    if (value >= -0x20) {
      slab[at] = value;
      this.at = at + 1;
    } else if (value >= -0x80) {
      slab[at] = 0xd0;
      slab[at + 1] = value;
      this.at = at + 2;
    } else if (value >= -0x8000) {
      slab[at] = 0xd1;
      this.view.setInt16(at + 1, value);
      this.at = at + 3;
    } else {
      slab[at] = 0xd2;
      this.view.setInt32(at + 1, value);
      this.at = at + 5;
    }
  }

  #bigint(value: bigint): void {
    const isSigned = BigInt.asIntN(64, value) === value;
    if (!isSigned && BigInt.asUintN(64, value) !== value)
      throw new RangeError('a BigInt is larger than the 64 bits that MessagePack has');
    this.slab[this.at] = isSigned ? 0xd3 : 0xcf;
    this.view.setBigInt64(this.at + 1, value);
    this.at += 9;
  }

  #undefined(): void {
    const { slab, at } = this;
    slab[at] = 0xd4;
    slab[at + 1] = 0;
    slab[at + 2] = 0;
    this.at = at + 3;
  }

  #text(text: string): void {
    const { length } = text;
    if (length <= SHORT_TEXT) {
      const { slab, at } = this;
      let bits = 0;
      for (let i = 0; i < length; i++) {
        const unit = text.charCodeAt(i);
        bits |= unit;
        slab[at + 1 + i] = unit;
      }
      if (bits < 0x80) {
        slab[at] = 0xa0 | length;
        this.at = at + 1 + length;
        return;
      }
    }
    this.#longText(text);
  }

  #longText(text: string): void {
    const { length } = text;
    this.reserve(3 * length + 5);
    const { at } = this;
    const guess = textHeadBytes(length);
    const bytes = this.slab.write(text, at + guess);
    if (bytes !== length) {
      if (!isWellFormed(text)) throw new Error('a string is not valid UTF-8: it has half a surrogate pair');
      const head = textHeadBytes(bytes);
      if (head !== guess) this.slab.copyWithin(at + head, at + guess, at + guess + bytes);
    }
    if (bytes < 32) this.slab[this.at++] = 0xa0 | bytes;
    else if (bytes < 0x100) this.#byteHead(bytes, 0xd9);
    else this.#longHead(bytes, 0xda, 0xdb);
    this.at += bytes;
  }

  #byteHead(length: number, token: number): void {
    this.slab[this.at] = token;
    this.slab[this.at + 1] = length;
    this.at += 2;
  }

  #longHead(length: number, token16: number, token32: number): void {
    if (length < 0x1_0000) {
      this.slab[this.at] = token16;
      this.view.setUint16(this.at + 1, length);
      this.at += 3;
    } else {
      this.slab[this.at] = token32;
      this.view.setUint32(this.at + 1, length);
      this.at += 5;
    }
  }
}

/** Whether a value is an object that is written key by key. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && value.constructor === Object && !hasInheritedKeys();
}

/** Whether somebody has given all objects a key, which is not theirs. The loop over the keys of an object would come upon it. */
function hasInheritedKeys(): boolean {
  for (const _ in NO_KEYS) return true;
  return false;
}

function textHeadBytes(bytes: number): number {
  if (bytes < 32) return 1;
  if (bytes < 0x100) return 2;
  return bytes < 0x1_0000 ? 3 : 5;
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
