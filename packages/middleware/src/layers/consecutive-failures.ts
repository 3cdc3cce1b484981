import type { FailureTally } from './failure-tally.js';

/** Too many are so many in a row. */
export class ConsecutiveFailures implements FailureTally {
  readonly #most: number;
  #inARow = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(failed: boolean): boolean {
    this.#inARow = failed ? this.#inARow + 1 : 0;
    return this.#inARow >= this.#most;
  }

  clear(): void {
    this.#inARow = 0;
  }
}
