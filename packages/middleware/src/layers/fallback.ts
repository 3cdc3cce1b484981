import { DEFAULTS, type CloseOptions, type Layer, type Requester, type RequestOptions } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import {
  abortSourcesOf,
  closedError,
  Closing,
  isThenable,
  outcomeOf,
  Wait,
  withTimeLeft,
  type Limits,
} from '@liberzmq/core/requesters';
import { isOfTheCaller, isUnavailable } from './failure-kinds.js';
import { WaitingLine, type Place } from './waiting-line.js';

/**
 * Gives a result where a request has failed.
 * @param options those of the request, with the time that is left of it: hand them on to whoever you ask instead.
 */
export type FallbackHandler = (
  error: unknown,
  action: string,
  data: unknown,
  options: RequestOptions & { timeoutMs: number },
) => unknown;

/** Anything but a function. All get it as it is, uncopied. */
export type FallbackValue = object | string | number | bigint | boolean | null | undefined;

/** For {@link fallback}. */
export interface FallbackOptions {
  /**
   * Which errors it is for. Not asked of what only the caller did: `ABORTED`, `BAD_OPTION`, `CLOSED`.
   * @defaultValue {@link isUnavailable}: an error that is an answer is for the caller to know
   */
  when?: ((error: unknown) => boolean) | undefined;
  /**
   * The time of a request that names none, in ms, the handler's included. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000, as of every requester. Set it if that of your client is another one
   */
  timeoutMs?: number | undefined;
}

/**
 * A layer that gives another result where a request has failed because there is nothing to be had at the moment. What the handler throws is what the
 * caller gets: throw `error` again where you have nothing to give. A promise of the handler's is waited for as long as the request has time.
 * @param result a function that gives the result, or the result itself.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const requester = fallback((error, action, data, options) => backup.sendRequest(action, data, options))(client);
 * ```
 */
export function fallback(result: FallbackHandler | FallbackValue, options: FallbackOptions = {}): Layer {
  checkOptions('fallback', options, { when: option.callback, timeoutMs: option.duration });
  const { when = isUnavailable, timeoutMs = DEFAULTS.requestTimeoutMs } = options;
  const handler = typeof result === 'function' ? (result as FallbackHandler) : () => result;
  return (inner) => new SparedRequester(inner, { handler, when, timeoutMs });
}

interface FallbackSettings {
  readonly handler: FallbackHandler;
  readonly when: (error: unknown) => boolean;
  readonly timeoutMs: number;
}

/** A handler that has not settled. */
interface AtWork {
  readonly wait: Wait<unknown>;
  readonly action: string;
  /** The failure that it is to make good. */
  readonly error: unknown;
}

/** A requester whose failures are made good. */
class SparedRequester implements Requester {
  readonly #inner: Requester;
  readonly #settings: FallbackSettings;
  readonly #atWork = new WaitingLine<AtWork>();
  readonly #closing = new Closing('its layer');

  constructor(inner: Requester, settings: FallbackSettings) {
    this.#inner = inner;
    this.#settings = settings;
  }

  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const startedAt = performance.now();
    try {
      return await this.#inner.sendRequest(action, data, options);
    } catch (error) {
      const { when, handler, timeoutMs } = this.#settings;
      if (isOfTheCaller(error) || !when(error)) throw error;
      const deadline = Math.min(startedAt + (options?.timeoutMs ?? timeoutMs), options?.context?.deadline ?? Infinity);
      const result = handler(error, action, data, withTimeLeft(options, deadline));
      if (!isThenable(result)) return result;
      const limits = { deadline, signals: abortSourcesOf(options ?? {}) };
      return this.#waitFor(result, action, error, limits);
    }
  }

  /** Closes the inner requester, and waits for the handlers that are at work, within the time. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) => this.#end(options, performance.now() + timeoutMs));
  }

  async #end(options: CloseOptions | undefined, deadline: number): Promise<void> {
    await this.#inner.close(options);
    await this.#atWork.emptyWithin(deadline - performance.now());
    for (let left = this.#atWork.shift(); left !== undefined; left = this.#atWork.shift()) {
      const what = `its layer was closed while the fallback of '${left.action}' was at work`;
      left.wait.reject(closedError(what, outcomeOf(left.error)));
    }
  }

  #waitFor(result: PromiseLike<unknown>, action: string, error: unknown, limits: Limits): Promise<unknown> {
    let place: Place<AtWork> | undefined;
    const wait = new Wait<unknown>({
      limits,
      what: `the fallback of '${action}' was at work`,
      // What the fallback does is no run of the request.
      outcome: outcomeOf(error),
      onOver: () => {
        if (place !== undefined) this.#atWork.leave(place);
      },
    });
    // A signal that has aborted already ends it before it has begun.
    if (!wait.isOver) place = this.#atWork.append({ wait, action, error });
    result.then(
      (value) => wait.resolve(value),
      (thrown: unknown) => wait.reject(thrown),
    );
    return wait.promise;
  }
}
