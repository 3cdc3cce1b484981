import { PoolError } from '@liberzmq/core';
import type { PoolStats } from './pool-events.js';

/** Who has held something for the longest time. */
export interface OldestHolder {
  readonly heldMs: number;
  /** Where it was asked for, if that is watched. */
  readonly stack: string | undefined;
}

/** How things are in a pool, as its errors tell it. */
export interface Situation {
  readonly name: string;
  readonly stats: PoolStats;
  readonly oldestHolder: OldestHolder | undefined;
  /** Why the last attempt to make one has failed, if it has. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** Somebody has waited in vain. */
export function timedOutError(situation: Situation, waitedMs: number): PoolError {
  const { name, stats, failure } = situation;
  const why = failure === undefined ? mend(stats) : `the last attempt to make one failed: ${messageOf(failure.error)}`;
  const what = `${name}: none was free within ${String(Math.round(waitedMs))} ms: ${describe(situation)}; ${why}`;
  const cause = failure === undefined ? {} : { cause: failure.error };
  return new PoolError('POOL_TIMEOUT', what, { details: detailsOf(situation), ...cause });
}

/** Too many wait. */
export function exhaustedError(situation: Situation, maxWaiters: number): PoolError {
  const what = `${String(maxWaiters)} wait already, which is all that may (maxWaiters): ${describe(situation)}`;
  return new PoolError('POOL_EXHAUSTED', `${situation.name}: ${what}`, { details: detailsOf(situation) });
}

function mend({ state }: PoolStats): string {
  if (state === 'suspended') return 'it is suspended; resume() it';
  return 'give them back sooner, or allow more of them (maxSize) or longer waits (acquireTimeoutMs)';
}

function describe({ stats, oldestHolder }: Situation): string {
  const { inUse, maxSize, idle, creating, validating, destroying, waiting } = stats;
  const counts = [
    `${String(inUse)} of ${String(maxSize)} in use`,
    `${String(idle)} idle`,
    `${String(creating)} being made`,
    `${String(validating)} being checked`,
    `${String(destroying)} being destroyed`,
    `${String(waiting)} waiting`,
  ].join(', ');
  if (oldestHolder === undefined) return counts;
  const { heldMs, stack } = oldestHolder;
  const by = stack === undefined ? ' (leakThresholdMs tells by whom)' : `, by\n${stack}\n`;
  return `${counts}; one has been held for ${String(Math.round(heldMs))} ms${by}`;
}

function detailsOf({ stats, oldestHolder }: Situation): object {
  const { inUse, idle, creating, validating, destroying, waiting, maxSize } = stats;
  return { inUse, idle, creating, validating, destroying, waiting, maxSize, oldestHolder };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
