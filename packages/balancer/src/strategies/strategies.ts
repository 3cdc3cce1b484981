import { consistentHash } from './consistent-hash.js';
import { first } from './first.js';
import { leastPending } from './least-pending.js';
import { peakEwma } from './peak-ewma.js';
import { random } from './random.js';
import { roundRobin } from './round-robin.js';
import type { MakeStrategy } from './strategy.js';
import { twoChoices } from './two-choices.js';
import { weighted } from './weighted.js';

/** The strategies by their names. */
export const STRATEGIES = {
  round_robin: roundRobin,
  random,
  first,
  weighted,
  least_pending: leastPending,
  two_choices: twoChoices,
  peak_ewma: peakEwma,
  consistent_hash: consistentHash,
} as const satisfies Readonly<Record<string, MakeStrategy>>;

/** The name of a strategy. */
export type StrategyName = keyof typeof STRATEGIES;
