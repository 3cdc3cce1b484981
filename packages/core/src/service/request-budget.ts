import type { RequestOptions } from '../contract/requester.js';
import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import type { Limits } from '../timing/limited.js';
import { abortSourceOf, type AbortSource } from '../timing/on-abort.js';
import { badOption, checkOptions, describe, option } from '../options/check-options.js';

const REQUEST_OPTIONS = {
  timeoutMs: option.duration,
  signal: option.signal,
  headers: option.headers,
  idempotent: option.boolean,
  context: option.context,
};

/** How long a request may take and what may abort it. */
export interface RequestBudget extends Limits {
  readonly timeoutMs: number;
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
  const { timeoutMs = defaultTimeoutMs, context } = options;
  const signals = abortSourcesOf(options);
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

/** What may abort a request: its own signal, and that of the context that it is made in. */
export function abortSourcesOf({ signal, context }: RequestOptions): readonly AbortSource[] {
  if (context === undefined) return signal === undefined ? NO_SIGNALS : [signal];
  const source = abortSourceOf(context);
  return signal === undefined ? [source] : [signal, source];
}

/** The options with the time that is left. Time that is up is as short as it may be. */
export function withTimeLeft<O extends { timeoutMs?: number | undefined }>(
  options: O | undefined,
  deadline: number,
): O & { timeoutMs: number } {
  return { ...(options as O), timeoutMs: Math.max(Number.MIN_VALUE, deadline - performance.now()) };
}
