import { CancelledError, TimeoutError, type MessageContext } from '@liberzmq/core';

/** What may cut an asynchronous check short: what the message was given anyway. */
export interface Limits {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly context?: MessageContext | undefined;
}

/** Checks that are under way, each as what ends the wait for it with an error. */
export type Pending = Set<(error: Error) => void>;

/** Longer than any timer of Node's can be set to. */
const LONGEST_TIMER = 0x7fff_ffff;

/**
 * Waits for a check no longer than the message has time. Checks never reject.
 * @param outcome what is known of the message while it is checked.
 * @param pending where the wait is noted as long as it lasts.
 * @throws TimeoutError TIMEOUT; CancelledError ABORTED
 */
export function withinLimits<T>(
  check: Promise<T>,
  what: string,
  { timeoutMs = Infinity, signal, context }: Limits,
  outcome: 'not-sent' | 'unknown',
  pending?: Pending,
): Promise<T> {
  const signals = [signal, context?.signal].filter(
    (each) => typeof each?.addEventListener === 'function',
  ) as AbortSignal[];
  // What is no duration is left for whoever sends to refuse.
  const ms = Math.min(timeoutMs > 0 ? timeoutMs : Infinity, (context?.deadline ?? Infinity) - performance.now());
  if (pending === undefined && signals.length === 0 && !(ms <= LONGEST_TIMER)) return check;
  return new Promise<T>((resolve, reject) => {
    const fail = (error: Error): void => {
      end(() => reject(error));
    };
    const cancelled = (): void => {
      const cause: unknown = signals.find(({ aborted }) => aborted)?.reason;
      fail(new CancelledError('ABORTED', `${what} was aborted while it was checked`, { outcome, cause }));
    };
    const expired = (): void => {
      fail(new TimeoutError('TIMEOUT', `the time was up while ${what} was checked`, { outcome }));
    };
    const timer = ms <= LONGEST_TIMER ? setTimeout(expired, Math.max(0, ms)) : undefined;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      pending?.delete(fail);
      for (const each of signals) each.removeEventListener('abort', cancelled);
      settle();
    };
    for (const each of signals) each.addEventListener('abort', cancelled);
    pending?.add(fail);
    void check.then((value) => end(() => resolve(value)));
    if (signals.some(({ aborted }) => aborted)) cancelled();
  });
}

/** The options with what is left of their time. Time that is up is as short as it may be. */
export function whatIsLeft<O extends Limits>(options: O | undefined, started: number): O | undefined {
  const timeoutMs = options?.timeoutMs;
  if (options === undefined || typeof timeoutMs !== 'number' || !(timeoutMs > 0)) return options;
  return { ...options, timeoutMs: Math.max(Number.MIN_VALUE, timeoutMs - (performance.now() - started)) };
}

/** Where it is told that an endpoint is closed, by whomever. */
interface TellsOfItsEnd {
  on?(type: 'closed', listener: () => void): unknown;
}

/** Calls back when an endpoint has been closed, if it tells. */
export function onClosed(endpoint: object, listener: () => void): void {
  (endpoint as TellsOfItsEnd).on?.('closed', listener);
}

/** Ends the wait for all checks that are under way. */
export function failPending(pending: Pending, error: Error): void {
  for (const fail of [...pending]) fail(error);
}
