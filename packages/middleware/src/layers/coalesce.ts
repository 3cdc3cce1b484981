import { DEFAULTS, type CloseOptions, type Layer, type Requester, type RequestOptions } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { Closing, requestBudget } from '@liberzmq/core/requesters';
import { requestKey } from './request-key.js';
import { SharedCall } from './shared-call.js';

/** For {@link coalesce}. */
export interface CoalesceOptions {
  /** The actions whose requests may share a call: such as only read, and have the same result for all who ask. */
  actions: readonly string[];
  /**
   * What requests of an action must have in common to share a call; `undefined` for one that must not share. Whoever leaves out the headers says that
   * they make no difference.
   * @defaultValue the data and the headers; data that is more than JSON can tell (a `Map`, a `Date`, bytes) is not shared
   */
  key?: ((action: string, data: unknown, options: RequestOptions) => string | undefined) | undefined;
  /**
   * The time of a request that names none, in ms. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000, as of every requester. Set it if that of your client is another one
   */
  timeoutMs?: number | undefined;
}

/**
 * A layer that lets requests share one inner call when they ask for the same at the same time. All get the same result, uncopied: do not change it. Each keeps its
 * own time and signal; the inner call is aborted when the last one has gone. It carries no `context`, since it belongs to no caller alone.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const requester = coalesce({ actions: ['price', 'stock'] })(client);
 * ```
 */
export function coalesce(options: CoalesceOptions): Layer {
  const checks = { actions: option.strings, key: option.callback, timeoutMs: option.duration };
  checkOptions('coalesce', options, checks, ['actions']);
  const { actions, key = requestKey, timeoutMs = DEFAULTS.requestTimeoutMs } = options;
  return (inner) => new SharingRequester(inner, { actions: new Set(actions), key, timeoutMs });
}

interface CoalesceSettings {
  readonly actions: ReadonlySet<string>;
  readonly key: (action: string, data: unknown, options: RequestOptions) => string | undefined;
  readonly timeoutMs: number;
}

/** A requester that is asked once for what many want at the same time. */
class SharingRequester implements Requester {
  readonly #inner: Requester;
  readonly #settings: CoalesceSettings;
  readonly #calls = new Map<string, SharedCall>();
  readonly #closing = new Closing('its layer');

  constructor(inner: Requester, settings: CoalesceSettings) {
    this.#inner = inner;
    this.#settings = settings;
  }

  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const { actions, timeoutMs } = this.#settings;
    if (!actions.has(action)) return this.#inner.sendRequest(action, data, options);
    const limits = requestBudget(action, options, timeoutMs);
    this.#closing.refuse(`request '${action}'`);
    const key = this.#keyOf(action, data, options ?? {});
    if (key === undefined) return this.#inner.sendRequest(action, data, options);
    let call = this.#calls.get(key);
    if (call === undefined) {
      const { headers, idempotent } = options ?? {};
      const shared = { inner: this.#inner, action, data, options: { headers, idempotent } };
      call = new SharedCall(shared, () => this.#calls.delete(key));
      this.#calls.set(key, call);
    }
    return call.join(limits);
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, () => this.#inner.close(options));
  }

  /** What one caller allows to be run twice must not be shared with one who does not. */
  #keyOf(action: string, data: unknown, options: RequestOptions): string | undefined {
    const key = this.#settings.key(action, data, options);
    if (key === undefined) return undefined;
    if (typeof key !== 'string')
      throw badOption(`coalesce: key must return a string or undefined, not ${describe(key)}`);
    return JSON.stringify([action, options.idempotent === true, key]);
  }
}
