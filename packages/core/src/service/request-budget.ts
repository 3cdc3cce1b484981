import type { RequestOptions } from '../contract/requester.js';
import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import { abortSourceOf } from './handler-context.js';
import type { AbortSource } from '../timing/on-abort.js';
import { badOption, checkOptions, describe, option } from '../options/check-options.js';

const REQUEST_OPTIONS = {
  timeoutMs: option.duration,
  signal: option.signal,
  headers: option.headers,
  idempotent: option.boolean,
  context: option.context,
};

/** How long a request may take and what may abort it. */
export interface RequestBudget {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly signals: readonly AbortSource[];
}

const NO_SIGNALS: readonly AbortSource[] = [];

/**
 * Checks a request's arguments, and what its own options and the context that it is made in leave it.
 * @throws ConfigurationError BAD_OPTION; CancelledError ABORTED and TimeoutError TIMEOUT, both `not-sent`, if it is over before it began.
 */
export function requestBudget(
  action: string,
  options: RequestOptions | undefined,
  defaultTimeoutMs: number,
): RequestBudget {
  if (typeof action !== 'string' || action === '') {
    throw badOption(`sendRequest: the action must be a string that is not empty, not ${describe(action)}`);
  }
  const now = performance.now();
  if (options === undefined)
    return { deadline: now + defaultTimeoutMs, timeoutMs: defaultTimeoutMs, signals: NO_SIGNALS };
  checkOptions('sendRequest', options, REQUEST_OPTIONS);
  const { timeoutMs = defaultTimeoutMs, signal, context } = options;
  let signals = NO_SIGNALS;
  if (signal !== undefined) signals = [signal];
  if (context !== undefined) signals = [...signals, abortSourceOf(context)];
  const aborted = signals.find((each) => each.aborted);
  if (aborted !== undefined) {
    throw new CancelledError('ABORTED', `request '${action}' was aborted before it was sent`, {
      outcome: 'not-sent',
      cause: aborted.reason,
    });
  }
  const deadline = Math.min(now + timeoutMs, context?.deadline ?? Infinity);
  if (deadline <= now) {
    throw new TimeoutError(
      'TIMEOUT',
      `request '${action}' was not sent: the time of the request that it belongs to is up`,
      {
        outcome: 'not-sent',
      },
    );
  }
  return { deadline, timeoutMs: deadline - now, signals };
}
