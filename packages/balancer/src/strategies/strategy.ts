/** A member as a strategy sees it: one of those that may take the request. */
export interface Candidate {
  /** By which it is known: its address, or the name that it was given. The same for as long as it is a member. */
  readonly key: string;
  /** How much of the load it is to have, beside the others; above 0. While it starts slowly, less than it was given. */
  readonly weight: number;
  /** Requests that it has under way for this client. */
  readonly pending: number;
  /** How long it takes to answer, in ms: a moving average that rises at once and falls slowly, and falls while nothing is asked. 0 while nothing is known. */
  readonly latencyMs: number;
}

/** What a strategy is told of a request. */
export interface RequestFacts {
  readonly action: string;
  /** What requests have in common that are to go to the same member; `undefined` if the caller has said nothing. */
  readonly hashKey: string | undefined;
}

/** Chooses a member for each request. It may keep what it likes, and is used by one client only. */
export interface Strategy {
  /**
   * Called for each attempt. Must be quick: it runs a hundred thousand times a second.
   * @param candidates never empty. The same array as long as the same members may be asked with the same weights, so that what is computed from it can be kept.
   */
  pick<C extends Candidate>(candidates: readonly C[], request: RequestFacts): C;
}

/** @param random from 0 to below 1. */
export type MakeStrategy = (random: () => number) => Strategy;
