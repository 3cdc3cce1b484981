/** The durations of one series, sorted into buckets. */
export class DurationTally {
  readonly #bounds: readonly number[];
  /** How many fell into each bucket and no lower one; the last are those above all bounds. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds the upper bounds of the buckets, in seconds, rising. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** What they took together, in seconds. */
  get sum(): number {
    return this.#sum;
  }

  observe(seconds: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && seconds > (bounds[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** How many took no longer than each bound, as Prometheus counts them; the last is all of them. */
  cumulated(): number[] {
    let upToHere = 0;
    return this.#counts.map((count) => (upToHere += count));
  }
}
