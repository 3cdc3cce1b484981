import type { Candidate, MakeStrategy, Strategy } from './strategy.js';
import { WeightedDraw } from './weighted-draw.js';

/** Anyone, each as often as its weight says. */
export const random: MakeStrategy = (chance) => new Random(chance);

class Random implements Strategy {
  readonly #draw: WeightedDraw;

  constructor(chance: () => number) {
    this.#draw = new WeightedDraw(chance);
  }

  pick<C extends Candidate>(candidates: readonly C[]): C {
    return candidates[this.#draw.one(candidates)] as C;
  }
}
