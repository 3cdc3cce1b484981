/** How long requests took. */
export class Latencies {
  readonly #values: number[] = [];
  #isSorted = true;

  get count(): number {
    return this.#values.length;
  }

  /** The average, in ms. */
  get meanMs(): number {
    return this.#values.reduce((sum, ms) => sum + ms, 0) / this.#values.length;
  }

  record(ms: number): void {
    this.#values.push(ms);
    this.#isSorted = false;
  }

  /** The time within which this part of the requests was answered, in ms: the nearest rank. */
  quantile(part: number): number {
    if (!this.#isSorted) this.#values.sort((a, b) => a - b);
    this.#isSorted = true;
    return this.#values[Math.max(0, Math.ceil(part * this.#values.length) - 1)] ?? NaN;
  }
}
