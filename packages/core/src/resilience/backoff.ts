/** How pauses grow. */
export interface BackoffOptions {
  /** The longest pause after the first failure, in ms; it doubles with each further one. Must be above 0. */
  readonly baseMs: number;
  /** The longest pause at all, in ms. */
  readonly maxMs: number;
  /**
   * Which part of a pause is left to chance, so that those who failed together do not come back together: `full` is between nothing and the whole, `equal` between the
   * half and the whole.
   * @defaultValue 'equal': never at once
   * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
   */
  readonly jitter?: 'full' | 'equal' | undefined;
}

/** The pauses between attempts: exponential, with an upper limit and jitter. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;

  /** @param random from 0 to below 1. */
  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** One more attempt has failed. @returns how long to wait before the next one, in ms */
  failed(): number {
    const { baseMs, maxMs, jitter = 'equal' } = this.#options;
    const longest = Math.min(maxMs, baseMs * 2 ** this.#failures);
    this.#failures += 1;
    return jitter === 'full' ? longest * this.#random() : longest * (0.5 + this.#random() / 2);
  }

  /** An attempt has succeeded: the next failure is the first one again. */
  succeeded(): void {
    this.#failures = 0;
  }
}
