import type { FailureTally } from './failure-tally.js';

/** What is too many among the last results. */
export interface CountRule {
  /** How many of the last results are looked at, from 1 on. */
  size: number;
  /** Which share of them is too many when it has failed: above 0, up to 1. */
  threshold: number;
  /**
   * With fewer results than this, nothing is too many. From 1 to `size`.
   * @defaultValue `size`: a share of less says little
   */
  minimum?: number | undefined;
}

/** Too many are so many of the last results, however long ago they came. */
export class CountedFailures implements FailureTally {
  readonly #threshold: number;
  readonly #minimum: number;
  /** A ring: 1 where one has failed. */
  readonly #ring: Uint8Array;
  #next = 0;
  #results = 0;
  #failures = 0;

  constructor({ size, threshold, minimum = size }: CountRule) {
    this.#threshold = threshold;
    this.#minimum = minimum;
    this.#ring = new Uint8Array(size);
  }

  add(failed: boolean): boolean {
    const result = failed ? 1 : 0;
    this.#failures += result - (this.#ring[this.#next] as number);
    this.#ring[this.#next] = result;
    this.#next = (this.#next + 1) % this.#ring.length;
    this.#results = Math.min(this.#results + 1, this.#ring.length);
    return failed && this.#results >= this.#minimum && this.#failures >= this.#threshold * this.#results;
  }

  clear(): void {
    this.#ring.fill(0);
    this.#next = this.#results = this.#failures = 0;
  }
}
