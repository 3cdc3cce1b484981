const SECOND_MS = 1_000;
/** What is rounded on the way: what was to be there in 100 ms is there then. */
const HAIR = 1e-9;

/** How a bucket fills. */
export interface BucketRate {
  readonly perSecond: number;
  /** How much it holds. */
  readonly burst: number;
}

/**
 * A token bucket (ITU-T I.371; RFC 2697 has it as well): it fills evenly, and each message takes one token out. Full at first. It has no clock: it is told what time it is.
 */
export class TokenBucket {
  readonly #rate: BucketRate;
  #tokens: number;
  #at: number;

  constructor(rate: BucketRate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes a token. @returns 0, or, if there is none, in how many ms there will be one */
  take(now: number): number {
    const { perSecond, burst } = this.#rate;
    const passedMs = Math.max(0, now - this.#at);
    this.#tokens = Math.min(burst, this.#tokens + (passedMs * perSecond) / SECOND_MS);
    this.#at = now;
    if (this.#tokens > 1 - HAIR) {
      this.#tokens = Math.max(0, this.#tokens - 1);
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - HAIR - this.#tokens) * SECOND_MS) / perSecond));
  }

  /** Whether it is full by now: then it is like a new one. */
  isFull(now: number): boolean {
    const { perSecond, burst } = this.#rate;
    return this.#tokens + ((now - this.#at) * perSecond) / SECOND_MS >= burst;
  }
}
