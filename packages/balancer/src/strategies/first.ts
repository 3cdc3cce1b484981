import type { MakeStrategy } from './strategy.js';

/** The first one in the order given, always: a primary and its backups. The second one is asked when the first is no candidate. */
export const first: MakeStrategy = () => FIRST;

const FIRST: ReturnType<MakeStrategy> = {
  pick: <C>(candidates: readonly C[]) => candidates[0] as C,
};
