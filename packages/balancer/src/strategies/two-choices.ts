import type { Candidate, MakeStrategy, Strategy } from './strategy.js';
import { WeightedDraw } from './weighted-draw.js';

/**
 * Of two different ones, drawn by chance, the one with fewer requests under way for its weight; if they are equal, the one drawn first. Two are enough: the longest queue is
 * shorter by an order than with one, and a third makes little difference (Mitzenmacher 2001, The Power of Two Choices in Randomized Load Balancing). And since those whom chance
 * leaves out are not asked, clients that know nothing of each other do not all run to the one that is idle.
 *
 * Weights count in both places. In the draw, because where little is under way all are equal, and the draw alone decides. In the comparison, because where much is under way it alone
 * decides: a heavy member has to have more. One without the other does not give the shares that the weights say. Together they do, within a few per cent; with few
 * candidates of which only some are busy, a light one gets up to a fifth more than its share.
 */
export const twoChoices: MakeStrategy = (random) => new TwoChoices(random);

class TwoChoices implements Strategy {
  readonly #draw: WeightedDraw;

  constructor(random: () => number) {
    this.#draw = new WeightedDraw(random);
  }

  pick<C extends Candidate>(candidates: readonly C[]): C {
    const first = this.#draw.one(candidates);
    const one = candidates[first] as C;
    if (candidates.length === 1) return one;
    const other = candidates[this.#draw.other(candidates, first)] as C;
    return other.pending * one.weight < one.pending * other.weight ? other : one;
  }
}
