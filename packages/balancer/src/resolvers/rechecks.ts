/** Questions because of doubt are at least so far apart, in ms, whatever is lost meanwhile. Chance adds up to as much again, so that all who have lost the same server do not ask together. */
const LEAST_APART_MS = 1_000;

/** Chance makes later pauses longer by up to this part. */
const JITTER = 0.5;

/**
 * When to ask once more because a list may be out of date: soon, and then after pauses that double, since caches on the way give out what they have until its time is up. It ends when the pauses
 * would reach the usual interval, or the list has turned out to be another one.
 */
export class Rechecks {
  readonly #longestMs: number;
  #askedAt = -Infinity;
  #nextMs = Infinity;
  #hasBegunSince = false;

  /** @param longestMs pauses of this length or more are left to others. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** A question is asked, for whatever reason. */
  asked(now: number): void {
    this.#askedAt = now;
    this.#hasBegunSince = false;
  }

  /** The list is in doubt. @returns after how many ms to ask */
  begin(now: number): number {
    this.#nextMs = LEAST_APART_MS;
    this.#hasBegunSince = true;
    return Math.max(0, this.#askedAt + LEAST_APART_MS - now) + LEAST_APART_MS * Math.random();
  }

  /** @returns after how many ms to ask again; nothing if there is no doubt any more */
  next(): number | undefined {
    const pauseMs = this.#nextMs;
    if (pauseMs >= this.#longestMs) return undefined;
    this.#nextMs *= 2;
    return pauseMs * (1 + JITTER * Math.random());
  }

  /** The answer is another list: there is no doubt any more, unless it has come up since the question. */
  end(): void {
    if (!this.#hasBegunSince) this.#nextMs = Infinity;
  }
}
