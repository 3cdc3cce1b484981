import { CancelledError, TimeoutError, type RequestOptions } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';

const REQUEST_OPTIONS = {
  timeoutMs: option.duration,
  signal: option.signal,
  headers: option.headers,
  idempotent: option.boolean,
  context: option.context,
};

/** How long something may take and what may abort it. */
export interface Limits {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly signals: readonly AbortSignal[];
}

/**
 * Checks a request's arguments, for a layer that does not hand them inward at once, and says what they leave it.
 * @param defaultTimeoutMs the time of a request that names none.
 * @throws ConfigurationError BAD_OPTION; CancelledError ABORTED and TimeoutError TIMEOUT, both `not-sent`, if it is over before it began.
 */
export function requestLimits(action: string, options: RequestOptions | undefined, defaultTimeoutMs: number): Limits {
  if (typeof action !== 'string' || action === '') {
    throw badOption(`sendRequest: the action must be a string that is not empty, not ${describe(action)}`);
  }
  const now = performance.now();
  if (options === undefined) return { deadline: now + defaultTimeoutMs, signals: [] };
  checkOptions('sendRequest', options, REQUEST_OPTIONS);
  const { timeoutMs = defaultTimeoutMs, context } = options;
  const signals = signalsOf(options);
  const aborted = signals.find((each) => each.aborted);
  if (aborted !== undefined) {
    throw new CancelledError('ABORTED', `request '${action}' was aborted before it was sent`, {
      outcome: 'not-sent',
      cause: aborted.reason,
    });
  }
  const deadline = Math.min(now + timeoutMs, context?.deadline ?? Infinity);
  if (deadline <= now) {
    const why = 'the time of the request that it belongs to is up';
    throw new TimeoutError('TIMEOUT', `request '${action}' was not sent: ${why}`, { outcome: 'not-sent' });
  }
  return { deadline, signals };
}

/** What may abort a request: its own signal, and that of the context that it is made in. */
export function signalsOf({ signal, context }: RequestOptions): AbortSignal[] {
  return [signal, context?.signal].filter((each) => each !== undefined);
}

/** The options with the time that is left. Time that is up is as short as it may be. */
export function withTimeLeft<O extends { timeoutMs?: number | undefined }>(
  options: O | undefined,
  deadline: number,
): O & { timeoutMs: number } {
  return { ...(options as O), timeoutMs: Math.max(Number.MIN_VALUE, deadline - performance.now()) };
}
