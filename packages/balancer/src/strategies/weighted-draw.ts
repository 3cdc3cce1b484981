import type { Candidate } from './strategy.js';

/** Draws candidates by chance, each as often as its weight says. What is computed of the weights is kept for as long as the candidates are the same array. */
export class WeightedDraw {
  readonly #random: () => number;
  #known: readonly Candidate[] | undefined;
  #areEqual = true;
  #total = 0;
  /** If the weights differ: put side by side, where that of each begins, and in the end where the last one ends. */
  #starts = new Float64Array(0);

  /** @param random from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The position of one of the candidates. */
  one(candidates: readonly Candidate[]): number {
    if (candidates !== this.#known) this.#weigh(candidates);
    return this.#areEqual ? Math.floor(this.#random() * candidates.length) : this.#at(this.#random() * this.#total);
  }

  /**
   * The position of another one than that, as if that one were not there.
   * @param candidates at least two.
   */
  other(candidates: readonly Candidate[], first: number): number {
    if (candidates !== this.#known) this.#weigh(candidates);
    if (this.#areEqual) {
      const second = Math.floor(this.#random() * (candidates.length - 1));
      return second < first ? second : second + 1;
    }
    const start = this.#starts[first] as number;
    const width = (this.#starts[first + 1] as number) - start;
    const point = this.#random() * (this.#total - width);
    const second = this.#at(point < start ? point : point + width);
    if (second !== first) return second;
    // At the very edge, by rounding.
    return first === 0 ? 1 : first - 1;
  }

  /** How much a candidate weighs beside the others: 1 is the average. */
  relativeWeight(candidates: readonly Candidate[], { weight }: Candidate): number {
    if (candidates !== this.#known) this.#weigh(candidates);
    return this.#areEqual ? 1 : (weight * candidates.length) / this.#total;
  }

  #weigh(candidates: readonly Candidate[]): void {
    const weight = candidates[0]?.weight;
    this.#known = candidates;
    this.#areEqual = candidates.every((candidate) => candidate.weight === weight);
    if (this.#areEqual) return;
    this.#starts = new Float64Array(candidates.length + 1);
    this.#total = 0;
    for (const [n, candidate] of candidates.entries()) {
      this.#total += candidate.weight;
      this.#starts[n + 1] = this.#total;
    }
  }

  /** Whose weight lies there: the last one that begins at the point or before it. */
  #at(point: number): number {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= point) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
