import { LiberZMQError } from '@liberzmq/core';

/** The other side, or the way to it, is not in order, or has more to do than it can. */
const UNWELL: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'CONNECTION_LOST',
  'TIMEOUT',
  'BACKPRESSURE',
  'OVERLOADED',
  'DRAINING',
  'POOL_TIMEOUT',
  'POOL_EXHAUSTED',
]);

/** What the caller has done or wants. */
const OF_THE_CALLER: ReadonlySet<string> = new Set(['ABORTED', 'BAD_OPTION', 'CLOSED']);

/**
 * Whether an error says that the other side, or the way to it, is unwell. What a handler throws does not, be it an error of yours or one of ours such as
 * `REMOTE`: whoever can throw can answer. Nor does an `OVERLOADED` that never left: that is a limit of this process, as that of `concurrency`.
 */
export function isUnwell(error: unknown): boolean {
  if (!(error instanceof LiberZMQError)) return false;
  return UNWELL.has(error.code) && !(error.code === 'OVERLOADED' && error.outcome === 'not-sent');
}

/** Whether an error says that there is nothing to be had at the moment: that the other side is unwell, a limit is reached, or a breaker is open. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof LiberZMQError && (UNWELL.has(error.code) || error.code === 'BREAKER_OPEN');
}

/** Whether an error says nothing but what the caller did: it has aborted, asked wrongly, or closed the requester. */
export function isOfTheCaller(error: unknown): boolean {
  return error instanceof LiberZMQError && OF_THE_CALLER.has(error.code);
}
