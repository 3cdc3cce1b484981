import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 1024;
const RANDOM_BYTES = 10;

const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** A UUID of version 7 (RFC 9562): unique, and later ones sort behind earlier ones to the millisecond. */
export function uuidv7(now: number = Date.now()): string {
  if (used + RANDOM_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  const time = now.toString(16).padStart(12, '0');
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70;
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80;
  const hex = random.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8)}`;
}
