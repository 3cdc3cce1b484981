import { badOption, describe } from '@liberzmq/core/options';
import type { Candidate, MakeStrategy, RequestFacts, Strategy } from './strategy.js';

/** A strategy of somebody else, which may choose what is not to be had. */
export function checked(make: MakeStrategy): MakeStrategy {
  return (random) => new Checked(make(random));
}

class Checked implements Strategy {
  readonly #strategy: Strategy;

  constructor(strategy: Strategy) {
    this.#strategy = strategy;
  }

  /** @throws ConfigurationError BAD_OPTION, and what the strategy throws */
  pick<C extends Candidate>(candidates: readonly C[], request: RequestFacts): C {
    const chosen = this.#strategy.pick(candidates, request);
    if (candidates.includes(chosen)) return chosen;
    const what = (chosen as unknown) instanceof Object && 'key' in chosen ? `'${chosen.key}'` : describe(chosen);
    throw badOption(`LoadBalancedClient: the strategy's pick() must return one of the candidates, not ${what}`);
  }
}
