const SAMPLES = 128;
/** After so many new ones it is worked out anew. */
const STALE_AFTER = 32;
/** Fewer than that say nothing. */
const FEWEST = 20;

/** How long answers take that take longer than most: a quantile of the last ones. */
export class LatencyQuantile {
  readonly #quantile: number;
  readonly #samples: number[] = [];
  #next = 0;
  #fresh = 0;
  #value: number | undefined;

  /** @param quantile 0.95: so large a part of the answers takes no longer. */
  constructor(quantile: number) {
    this.#quantile = quantile;
  }

  observe(ms: number): void {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#fresh += 1;
    if (this.#fresh < STALE_AFTER && this.#value !== undefined) return;
    if (this.#samples.length < FEWEST) return;
    this.#fresh = 0;
    const sorted = [...this.#samples].sort((a, b) => a - b);
    this.#value = sorted[Math.min(sorted.length - 1, Math.ceil(this.#quantile * sorted.length) - 1)];
  }

  /** In ms; `undefined` while too little is known. */
  get value(): number | undefined {
    return this.#value;
  }
}
