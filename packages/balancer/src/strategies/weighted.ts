import { MemberMemory } from './member-memory.js';
import type { Candidate, MakeStrategy, Strategy } from './strategy.js';

/**
 * In turn, and each as often as its weight says, spread evenly: with the weights 5, 1 and 1 it is a a b a c a a. Weights may be fractions and may change.
 *
 * This is nginx's smooth weighted round robin ({@link https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1 | its commit message} describes it). What is due
 * to each grows by its weight with each turn; who is due most is picked, and all that was added is taken off it. So nobody is ever a whole request ahead of its share. It takes
 * time in proportion to the number of candidates.
 *
 * When candidates or weights change, what is due stays due, in requests. A newcomer is due as much as the others on average, and up to half a request more or less by chance: so a thousand
 * clients that start together, or learn of a newcomer together, do not all ask the same one first.
 */
export const weighted: MakeStrategy = (random) => new Weighted(random);

class Weighted implements Strategy {
  readonly #random: () => number;
  /** What was due when candidates changed, in requests. */
  readonly #memory = new MemberMemory<number>();
  #known: readonly Candidate[] = [];
  #weights = new Float64Array(0);
  #total = 1;
  /** In the unit of the weights: `#total` is one request. */
  #due = new Float64Array(0);

  constructor(random: () => number) {
    this.#random = random;
  }

  pick<C extends Candidate>(candidates: readonly C[]): C {
    if (candidates !== this.#known) this.#change(candidates);
    return candidates[this.#turn()] as C;
  }

  #turn(): number {
    const due = this.#due;
    const weights = this.#weights;
    let picked = 0;
    let most = -Infinity;
    for (let n = 0; n < due.length; n += 1) {
      const grown = (due[n] as number) + (weights[n] as number);
      due[n] = grown;
      if (grown > most) {
        most = grown;
        picked = n;
      }
    }
    due[picked] = most - this.#total;
    return picked;
  }

  #change(candidates: readonly Candidate[]): void {
    for (const [n, { key }] of this.#known.entries()) this.#memory.set(key, (this.#due[n] as number) / this.#total);
    const remembered = candidates.map(({ key }) => this.#memory.get(key));
    const average = averageOf(remembered.filter((due) => due !== undefined));
    this.#known = candidates;
    this.#weights = Float64Array.from(candidates, ({ weight }) => weight);
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0);
    this.#due = Float64Array.from(remembered, (due = average + this.#random() - 0.5) => due * this.#total);
    this.#memory.trim(candidates.length);
  }
}

function averageOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
