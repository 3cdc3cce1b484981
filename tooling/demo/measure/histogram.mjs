const FIRST_MS = 0.01;
const GROWTH = 1.05;

/** Durations in buckets that grow by 5 % each: small enough to send to another process, and possible to add up there. */
export class Histogram {
  /** @type {number[]} How many durations fell into each bucket. */
  #counts = [];

  /**
   * Makes one of what {@link toJSON} gave.
   *
   * @param {readonly number[]} counts
   */
  static from(counts) {
    const histogram = new Histogram();
    histogram.#counts = counts.map(Number);
    return histogram;
  }

  /** @param {number} ms */
  record(ms) {
    const bucket = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) / Math.log(GROWTH));
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /**
   * The duration in ms that this share of all stayed below, at most 5 % too high.
   *
   * @param {number} share 0.5 for the median
   */
  percentile(share) {
    const wanted = share * this.#counts.reduce((sum, count) => sum + count, 0);
    let counted = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      counted += count;
      if (count > 0 && counted >= wanted) return FIRST_MS * GROWTH ** bucket;
    }
    return NaN;
  }

  toJSON() {
    return this.#counts;
  }
}
