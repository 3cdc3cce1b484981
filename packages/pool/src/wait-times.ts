/** How long those waited who got something. Times are in ms. */
export interface WaitTimes {
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
  /** How many waited no longer than that, those of the buckets before it included, as Prometheus has it. The last one is `Infinity`. */
  readonly buckets: readonly { readonly upToMs: number; readonly count: number }[];
}

const BOUNDS_MS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, Infinity];

/** Counts times of waiting in buckets. */
export class WaitHistogram {
  readonly #counts = new Array<number>(BOUNDS_MS.length).fill(0);
  #sumMs = 0;
  #maxMs = 0;

  /** Somebody had to wait. */
  record(waitedMs: number): void {
    let bucket = 0;
    while (waitedMs > (BOUNDS_MS[bucket] as number)) bucket += 1;
    (this.#counts[bucket] as number) += 1;
    this.#sumMs += waitedMs;
    if (waitedMs > this.#maxMs) this.#maxMs = waitedMs;
  }

  /** @param atOnce how many had not to wait at all. */
  snapshot(atOnce: number): WaitTimes {
    let count = atOnce;
    const buckets = BOUNDS_MS.map((upToMs, n) => ({ upToMs, count: (count += this.#counts[n] as number) }));
    return { count, sumMs: this.#sumMs, maxMs: this.#maxMs, buckets };
  }
}
