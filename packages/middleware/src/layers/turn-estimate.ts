/** Weight of the newest duration in the running average. */
const NEWEST = 0.1;
const LEAST_MS = 10;
const MOST_MS = 10_000;

/** Guesses when another try may be worth it, from how long requests have taken lately: from 10 ms to 10 s, as a server does. */
export class TurnEstimate {
  #averageMs = 0;

  /** A request has taken so long. */
  add(durationMs: number): void {
    this.#averageMs += (durationMs - this.#averageMs) * NEWEST;
  }

  /** How long it may be until so many who wait have had their turn, and one more, in ms. */
  retryAfterMs(waiting: number, maxConcurrent: number): number {
    const expected = (this.#averageMs * (waiting + 1)) / maxConcurrent;
    return Math.round(Math.min(Math.max(expected, LEAST_MS), MOST_MS));
  }
}
