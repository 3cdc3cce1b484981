import { TokenBucket, type BucketRate } from './token-bucket.js';

/** So many are looked at with each message. More than come with it, so that the others get fewer. */
const LOOKED_AT = 2;

/**
 * A bucket for each key. One that is full is forgotten, being like a new one. Beyond so many keys the new ones share one bucket, so that who comes under ever
 * new names gains nothing by it, and takes no more memory.
 */
export class TokenBuckets {
  readonly #rate: BucketRate;
  readonly #maxKeys: number;
  /** Used longest ago to used last, and so full first to full last, about. */
  readonly #buckets = new Map<string, TokenBucket>();
  #shared: TokenBucket | undefined;

  constructor(rate: BucketRate, maxKeys: number) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token out of a key's bucket. @returns 0, or, if there is none, in how many ms there will be one */
  take(key: string, now: number): number {
    this.#forgetFull(now);
    const known = this.#buckets.get(key);
    if (known === undefined && this.#buckets.size >= this.#maxKeys) {
      this.#shared ??= new TokenBucket(this.#rate, now);
      return this.#shared.take(now);
    }
    const bucket = known ?? new TokenBucket(this.#rate, now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    return bucket.take(now);
  }

  #forgetFull(now: number): void {
    let left = LOOKED_AT;
    for (const [key, bucket] of this.#buckets) {
      if (left === 0 || !bucket.isFull(now)) return;
      this.#buckets.delete(key);
      left -= 1;
    }
  }
}
