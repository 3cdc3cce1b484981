import { crypto } from './crypto.js';

/** Ids for which randomness is fetched at a time. */
const IDS = 512;
const RANDOM_BYTES = 10;
const RANDOM_DIGITS = 2 * RANDOM_BYTES;

/** Ids that differ in the last four of their hexadecimal digits. */
const SERIES = 0x1_0000;
const TWO_DIGITS = Array.from({ length: 0x100 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const pool = Buffer.alloc(IDS * RANDOM_BYTES);
let digits = '';
let used = 0;
let lastTime = -1;
let timeDigits = '';

/** A UUID of version 7 (RFC 9562): unique, and later ones sort behind earlier ones to the millisecond. */
export function uuidv7(now: number = Date.now()): string {
  if (used >= digits.length) refill();
  if (now !== lastTime) {
    const time = now.toString(16).padStart(12, '0');
    lastTime = now;
    timeDigits = `${time.slice(0, 8)}-${time.slice(8)}-`;
  }
  const from = used;
  used += RANDOM_DIGITS;
  return `${timeDigits}${digits.slice(from, from + 4)}-${digits.slice(from + 4, from + 8)}-${digits.slice(from + 8, used)}`;
}

/**
 * UUIDs of version 7 in a row: those of one millisecond differ in their last four digits alone, which count.
 * That much is cheap to make, and a row of them to send.
 */
export class IdSeries {
  /** The id that was made last, without its last four digits. */
  prefix = '';
  /** What its last four digits say. */
  number = SERIES;
  #time = -1;
  readonly #row = new IdRow();

  /** @param now in ms since 1970. */
  next(now: number): string {
    this.number += 1;
    if (now !== this.#time || this.number >= SERIES) {
      this.#time = now;
      this.prefix = uuidv7(now).slice(0, -4);
      this.number = 0;
    }
    return this.#row.id(this.prefix, this.number);
  }
}

/** Makes ids of a series that follow one another: what 256 of them have in common is put together once. */
export class IdRow {
  #prefix = '';
  #high = -1;
  #common = '';

  /** @param number below 65,536. */
  id(prefix: string, number: number): string {
    const high = number >>> 8;
    if (high !== this.#high || prefix !== this.#prefix) {
      this.#prefix = prefix;
      this.#high = high;
      this.#common = prefix + (TWO_DIGITS[high] ?? '');
    }
    return this.#common + (TWO_DIGITS[number & 0xff] ?? '');
  }
}

/** Random digits for many ids, with the bits of version and variant in their places. */
function refill(): void {
  crypto().randomFillSync(pool);
  for (let at = 0; at < pool.length; at += RANDOM_BYTES) {
    pool[at] = ((pool[at] ?? 0) & 0x0f) | 0x70;
    pool[at + 2] = ((pool[at + 2] ?? 0) & 0x3f) | 0x80;
  }
  digits = pool.toString('hex');
  used = 0;
}
