import type { DestroyReason } from './pool-options.js';
import type { WaitTimes } from './wait-times.js';

/** What a pool reports. Times are in ms. */
export interface PoolEvents {
  /** One was lent. */
  acquired: { readonly waitedMs: number };
  /** One was given back, whatever became of it. */
  released: { readonly heldMs: number };
  /** One was made. */
  created: { readonly tookMs: number };
  /** One could not be made. `failures`: how many attempts in a row. */
  createFailed: { readonly error: unknown; readonly failures: number; readonly retryInMs: number };
  /** One is gone. `error`: what its `destroy` has thrown, or why it was taken for broken or invalid. */
  destroyed: { readonly reason: DestroyReason; readonly error: unknown };
  /** Somebody has to wait. */
  waiting: { readonly waiting: number };
  /** Somebody has waited in vain. */
  timedOut: { readonly waitedMs: number };
  /** One was not given back within `leakThresholdMs`. */
  leaked: { readonly heldMs: number; readonly stack: string };
  /** Nothing is lent from now on. */
  suspended: object;
  /** Lending goes on. */
  resumed: object;
  /** It is closed. */
  closed: object;
}

/** How far a pool's life has come. */
export type PoolState = 'open' | 'suspended' | 'draining' | 'closed';

/** What a pool has, and what it has done since it was made. */
export interface PoolStats {
  readonly state: PoolState;
  /** All that have a place: `inUse`, `idle`, `creating`, `validating` and `destroying` together. Never above `maxSize`. */
  readonly size: number;
  readonly inUse: number;
  readonly idle: number;
  /** Those that are being made, and those whose making takes longer than it may and has not settled. */
  readonly creating: number;
  readonly validating: number;
  readonly destroying: number;
  /** How many wait for one. */
  readonly waiting: number;
  readonly minSize: number;
  readonly maxSize: number;
  /** How often, since it was made. */
  readonly acquired: number;
  readonly released: number;
  readonly created: number;
  readonly createFailed: number;
  readonly destroyed: number;
  readonly timedOut: number;
  /** Refused with `POOL_EXHAUSTED`. */
  readonly refused: number;
  readonly leaked: number;
  /** How long those waited who got one. */
  readonly waitTimes: WaitTimes;
}
