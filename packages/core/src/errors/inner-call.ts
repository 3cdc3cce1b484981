import { LiberZMQError } from './liberzmq-error.js';

/** Errors that were answers of somebody else. */
const answers = new WeakSet<LiberZMQError>();
/** Errors that handlers of this process have let out, although they are of calls that they have made themselves. */
const ofInnerCalls = new WeakSet<LiberZMQError>();

/** Another process has answered with that. */
export function markAnswer(error: LiberZMQError): LiberZMQError {
  answers.add(error);
  return error;
}

/** Whether an error is, or may be, of a call to somebody else: it was answered by another process, or it says how far a call has come. */
export function isOfCall(error: unknown): error is LiberZMQError {
  return error instanceof LiberZMQError && (error.outcome !== 'answered' || answers.has(error));
}

/** A handler has thrown that. */
export function markThrown(error: unknown): void {
  if (isOfCall(error)) ofInnerCalls.add(error);
}

/**
 * Whether a handler of this process has let out an error of a call of its own. The handler has run all the same: that its call was not sent, or may be tried again, says nothing about another
 * try of the whole.
 */
export function isOfInnerCall(error: unknown): boolean {
  return error instanceof LiberZMQError && ofInnerCalls.has(error);
}
