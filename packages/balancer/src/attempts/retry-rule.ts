import { LiberZMQError, OverloadedError } from '@liberzmq/core';
import { isOfInnerCall } from '@liberzmq/core/requesters';

/**
 * What is to be done about an error: try again after a `fault`, try again elsewhere after an `overload`, or give the error to the caller, for whom it is `final`.
 * What may have run is tried again only if that does no harm.
 */
export type Verdict = 'fault' | 'overload' | 'final';

/** Errors that only say that this member is not to be had. */
const NOT_HERE: ReadonlySet<string> = new Set(['BREAKER_OPEN', 'CLOSED']);
const MAY_HAVE_RUN: ReadonlySet<string> = new Set(['CLOSED', 'CONNECTION_LOST', 'TIMEOUT']);

export function verdictOn(error: LiberZMQError, isIdempotent: boolean): Verdict {
  const { code, outcome, retryable } = error;
  // Whatever became of a call of its own, the handler has run.
  if (isOfInnerCall(error) && !(outcome === 'unknown' && isIdempotent)) return 'final';
  if (error instanceof OverloadedError) return retryable ? 'overload' : 'final';
  switch (outcome) {
    case 'not-sent':
      return retryable || NOT_HERE.has(code) ? 'fault' : 'final';
    case 'unknown':
      return isIdempotent && MAY_HAVE_RUN.has(code) ? 'fault' : 'final';
    case 'answered':
      return retryable ? 'fault' : 'final';
  }
}

/** What a failure says of the member. */
export type Blame = 'well' | 'failing' | 'nothing';

/**
 * What an error says of the member, beside what it says of the request: an answer says that it is well, whatever is answered; no answer, or no connection, that it is not. What the
 * caller has done, or the load on this side, says nothing.
 * @param isAnswer whether it is what the member has answered.
 * @param isOwnClient whether the member is a client of the balancer, whose connection is known: what such a one could not send in time has waited on this side.
 */
export function blameFor(error: unknown, isAnswer: boolean, isOwnClient: boolean): Blame {
  if (isAnswer || !(error instanceof LiberZMQError)) return 'well';
  const { code, outcome, cause } = error;
  switch (code) {
    case 'CONNECTION_LOST':
    case 'UNREACHABLE':
      return 'failing';
    case 'TIMEOUT':
      return outcome === 'unknown' || !isOwnClient ? 'failing' : 'nothing';
    // A pool that could make no connection says why.
    case 'POOL_TIMEOUT':
      return cause === undefined ? 'nothing' : 'failing';
    default:
      return 'nothing';
  }
}

/** Whether an error says that there is no connection any more. */
export function isOfConnection(error: unknown): boolean {
  return error instanceof LiberZMQError && (error.code === 'CONNECTION_LOST' || error.code === 'UNREACHABLE');
}

/** Whether an error is an answer to the request, after which nobody else need be asked: what is none of ours was thrown by a handler. */
export function isFinalAnswer(error: unknown): boolean {
  if (!(error instanceof LiberZMQError) || isOfInnerCall(error)) return true;
  return error.outcome === 'answered' && !error.retryable && !(error instanceof OverloadedError);
}

/** Whether an error is the last word on a request, whatever became of it before: not one that only says that it did not run this time. */
export function isLastWord(error: LiberZMQError): boolean {
  return isOfInnerCall(error) || (error.outcome !== 'not-sent' && !(error instanceof OverloadedError));
}

/** When the member wants to be asked again, as far as it has said so, in ms from now. */
export function retryAfterOf(error: LiberZMQError): number {
  return error instanceof OverloadedError ? (error.retryAfterMs ?? 0) : 0;
}
