import type { Candidate, MakeStrategy, Strategy } from './strategy.js';

/**
 * The one with the fewest requests under way for its weight, and of equal ones any. It looks at all candidates; with many of them `two_choices` is nearly as
 * good, and quicker.
 *
 * With equal weights that is the one with the fewest, and any of several. With others there is no exact answer, as requests are whole: pending / weight prefers the light ones (idle,
 * they come before a heavy one with a single request), (pending + 1) / weight the heavy ones (the light are not asked at all before those are busy). They are the rules of Adams and of
 * Jefferson for seats in a parliament (Balinski and Young 1982, Fair Representation). What is compared here lies in between: (pending + chance) / weight, with a chance from 0 to below 1
 * for each. Where there are about as many requests under way as candidates, light ones still get more than their share; see `two_choices`, which is better at that.
 */
export const leastPending: MakeStrategy = (random) => new LeastPending(random);

class LeastPending implements Strategy {
  readonly #random: () => number;
  #known: readonly Candidate[] | undefined;
  #areEqual = true;

  constructor(random: () => number) {
    this.#random = random;
  }

  pick<C extends Candidate>(candidates: readonly C[]): C {
    if (candidates !== this.#known) {
      this.#known = candidates;
      this.#areEqual = candidates.every(({ weight }) => weight === candidates[0]?.weight);
    }
    return this.#areEqual ? this.#pickEqual(candidates) : this.#pickByWeight(candidates);
  }

  /** One look for how many have the fewest, and another one for the one of them that chance says: that is quicker than chance for each. */
  #pickEqual<C extends Candidate>(candidates: readonly C[]): C {
    let fewest = Infinity;
    let count = 0;
    for (const { pending } of candidates) {
      if (pending > fewest) continue;
      count = pending === fewest ? count + 1 : 1;
      fewest = pending;
    }
    let skipped = Math.floor(this.#random() * count);
    for (const candidate of candidates) {
      if (candidate.pending !== fewest) continue;
      if (skipped === 0) return candidate;
      skipped -= 1;
    }
    return candidates[0] as C;
  }

  #pickByWeight<C extends Candidate>(candidates: readonly C[]): C {
    let picked = candidates[0] as C;
    let least = Infinity;
    for (const candidate of candidates) {
      const { pending, weight } = candidate;
      // No chance makes it less than that.
      if (pending / weight >= least) continue;
      const load = (pending + this.#random()) / weight;
      if (load >= least) continue;
      least = load;
      picked = candidate;
    }
    return picked;
  }
}
