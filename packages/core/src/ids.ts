import { randomFillSync } from 'node:crypto';

/** Ids for which randomness is fetched at a time. */
const IDS = 512;
const RANDOM_BYTES = 10;
const RANDOM_DIGITS = 2 * RANDOM_BYTES;

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

/** Random digits for many ids, with the bits of version and variant in their places. */
function refill(): void {
  randomFillSync(pool);
  for (let at = 0; at < pool.length; at += RANDOM_BYTES) {
    pool[at] = ((pool[at] ?? 0) & 0x0f) | 0x70;
    pool[at + 2] = ((pool[at + 2] ?? 0) & 0x3f) | 0x80;
  }
  digits = pool.toString('hex');
  used = 0;
}
