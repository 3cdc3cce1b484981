import { isUtf8 } from 'node:buffer';
import { leftOver, notUtf8, protoKey, tooDeep, truncated } from '../refusals.js';
import { checkDateText } from './dates.js';

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;

const DATE_TEXT = 0;
const DATE = 1;
const BIGNUM = 2;
const NEGATIVE_BIGNUM = 3;
const MAP_OF_ANY_KEYS = 259;
const NO_TAG = -1;

const MOST_BIGNUM_BYTES = 1024;
/** Up to here looking at each byte is faster than a call of the platform. */
const SHORT_TEXT = 96;
const PROTO = Buffer.from('__proto__');

/**
 * Walks over the bytes of a value without making it, and refuses what must not reach the library that does: definite lengths only; no tags but those
 * of dates, large integers, typed arrays, sets and maps, each on what it is for. All that it knows is in variables, and it calls nothing for most
 * values: that is what makes it cheap beside the library.
 * @returns where dates begin that are integers of 64 bits, without their tags, if there are any
 * @throws Error if the bytes are not exactly one value, or one that is not accepted
 */
export function scanCbor(bytes: Uint8Array, maxDepth: number): number[] | undefined {
  const end = bytes.length;
  let at = 0;
  /** Values that are still to come in what we are in. */
  let left = 1;
  /** We are in a map whose keys are checked: one is due when what is left is even. */
  let hasKeys = false;
  /** What is left in what is around us, as -1 - left where keys are checked. */
  const around: number[] = [];
  let tag = NO_TAG;
  let dates64: number[] | undefined;

  for (;;) {
    while (left === 0) {
      const outer = around.pop();
      if (outer === undefined) {
        if (at < end) throw leftOver(end - at);
        return dates64;
      }
      hasKeys = outer < 0;
      left = hasKeys ? -1 - outer : outer;
    }
    const isKey = hasKeys && left % 2 === 0;
    left -= 1;
    if (at >= end) throw truncated();
    const head = bytes[at++] as number;
    const info = head & 0x1f;
    // Most of what there is: a short text, and a small whole number.
    if (head >= 0x60 && head < 0x78 && tag === NO_TAG) {
      const start = at;
      at += info;
      if (at > end) throw truncated();
      let bits = 0;
      for (let i = start; i < at; i++) bits |= bytes[i] as number;
      if (bits >= 0x80) checkText(bytes, start, at);
      if (info === PROTO.length && isKey && PROTO.equals(bytes.subarray(start, at))) throw protoKey();
      continue;
    }
    if (head < 0x18 && tag === NO_TAG) continue;
    const major = head >> 5;
    if (isKey && major !== TEXT && major !== UNSIGNED && major !== NEGATIVE)
      throw new Error('a key is neither text nor a whole number');
    if (tag !== NO_TAG && !isTagOf(tag, major, info))
      throw new Error(`tag ${String(tag)} is not accepted on such a value`);
    if (major > TAG) {
      if (info >= 25 && info <= 27) at += 1 << (info - 24);
      else if (info < 20 || info > 23) throw new Error(`the simple value ${String(info)} is not accepted`);
      if (at > end) throw truncated();
      tag = NO_TAG;
      continue;
    }

    let argument = info;
    if (info > 23) {
      if (info > 27) throw new Error(info === 31 ? 'indefinite lengths are not accepted' : 'a head is not well-formed');
      const start = at;
      at += 1 << (info - 24);
      if (at > end) throw truncated();
      if (major > NEGATIVE) argument = argumentOf(bytes, start, at);
      else if (tag === DATE && info === 27) (dates64 ??= []).push(start - 1);
    }
    if (major === TAG) {
      tag = argument;
      left += 1;
      continue;
    }
    if (major === TEXT || major === BYTES) {
      const start = at;
      at += argument;
      if (at > end) throw truncated();
      if (major === TEXT) checkText(bytes, start, at);
      else if (argument > MOST_BIGNUM_BYTES && (tag === BIGNUM || tag === NEGATIVE_BIGNUM))
        throw new RangeError(`a BigInt has more than ${String(MOST_BIGNUM_BYTES)} bytes`);
      if (tag === DATE_TEXT) checkDateText(Buffer.from(bytes.subarray(start, at)).toString('latin1'));
      if (isKey && argument === PROTO.length && PROTO.equals(bytes.subarray(start, at))) throw protoKey();
    } else if (major === ARRAY || major === MAP) {
      if (around.length >= maxDepth) throw tooDeep();
      around.push(hasKeys ? -1 - left : left);
      left = major === MAP ? 2 * argument : argument;
      hasKeys = major === MAP && tag !== MAP_OF_ANY_KEYS;
      // Each takes a byte at least, so that a false number ends here.
      if (left > end - at) throw truncated();
    }
    tag = NO_TAG;
  }
}

/** The number of a tag, or a length: exact up to 2 ** 53. */
function argumentOf(bytes: Uint8Array, start: number, stop: number): number {
  let number = 0;
  for (let i = start; i < stop; i++) number = number * 256 + (bytes[i] as number);
  return number;
}

/** Whether a tag is accepted on a value with such a head. */
function isTagOf(tag: number, major: number, info: number): boolean {
  if (tag === DATE_TEXT) return major === TEXT;
  if (tag === DATE) return major === UNSIGNED || major === NEGATIVE || (major > TAG && info >= 25 && info <= 27);
  if (tag === BIGNUM || tag === NEGATIVE_BIGNUM || (tag >= 64 && tag <= 87)) return major === BYTES;
  return (tag === 258 && major === ARRAY) || (tag === MAP_OF_ANY_KEYS && major === MAP);
}

function checkText(bytes: Uint8Array, start: number, stop: number): void {
  if (stop - start <= SHORT_TEXT) {
    let bits = 0;
    for (let i = start; i < stop; i++) bits |= bytes[i] as number;
    if (bits < 0x80) return;
  }
  if (!isUtf8(bytes.subarray(start, stop))) throw notUtf8();
}
