import type { CloseOptions, Layer, Requester, RequestOptions } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { boundedCall, requestBudget } from '@liberzmq/core/requesters';

/** For {@link timeout}. */
export interface TimeoutOptions {
  /** The longest that a request may take, in ms. Must be above 0; `Infinity` sets no limit, for where only some `actions` have one. */
  timeoutMs: number;
  /**
   * Limits of single actions, in ms, instead of `timeoutMs`.
   * @defaultValue none: the same limit for all
   */
  actions?: Readonly<Record<string, number>> | undefined;
}

/**
 * A layer that sets a limit to requests that have none or a longer one. It holds even where the inner requester knows no limits: at the limit the
 * request fails with `TIMEOUT`, and the inner call is aborted. It never gives a request more time than its caller does.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const requester = timeout({ timeoutMs: 500, actions: { report: 30_000 } })(client);
 * ```
 */
export function timeout(limit: number | TimeoutOptions): Layer {
  const options = typeof limit === 'number' ? { timeoutMs: limit } : limit;
  checkOptions('timeout', options, { timeoutMs: option.duration, actions: option.record }, ['timeoutMs']);
  const actions = new Map(Object.entries(options.actions ?? {}));
  for (const [action, timeoutMs] of actions) {
    const wanted = option.duration(timeoutMs);
    if (wanted === undefined) continue;
    throw badOption(`timeout: the limit of the action '${action}' must be ${wanted}, not ${describe(timeoutMs)}`);
  }
  return (inner) => new TimedRequester(inner, options.timeoutMs, actions);
}

/** A requester whose requests take no longer than they may. */
class TimedRequester implements Requester {
  readonly #inner: Requester;
  readonly #timeoutMs: number;
  readonly #actions: ReadonlyMap<string, number>;

  constructor(inner: Requester, timeoutMs: number, actions: ReadonlyMap<string, number>) {
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
    this.#actions = actions;
  }

  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const limitMs = this.#actions.get(action) ?? this.#timeoutMs;
    if (limitMs === Infinity) return this.#inner.sendRequest(action, data, options);
    const limits = requestBudget(action, options, limitMs);
    const now = performance.now();
    const deadline = Math.min(limits.deadline, now + limitMs);
    const tooLate = `'${action}' took longer than ${String(Math.round(deadline - now))} ms`;
    return boundedCall({ inner: this.#inner, action, data, options, tooLate }, { ...limits, deadline });
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#inner.close(options);
  }
}
