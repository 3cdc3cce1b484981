import {
  BreakerOpenError,
  LiberZMQError,
  type CloseOptions,
  type Layer,
  type Requester,
  type RequestOptions,
} from '@liberzmq/core';
import { Closing, requestBudget } from '@liberzmq/core/requesters';
import { breakerSettings, type BreakerOptions, type BreakerSettings } from './breaker-options.js';
import { Circuit, type CircuitState, type Verdict } from './circuit.js';
import { isOfTheCaller } from './failure-kinds.js';

/**
 * A layer that stops asking who is unwell. After too many failures it is open: requests fail at once with `BREAKER_OPEN`, `not-sent`, and
 * `details.retryAfterMs` says when it will try again. Then one request is let through, and how that goes decides. It has no timers: it becomes half-open
 * when the first request comes that may go.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const requester = breaker({ sampling: { durationMs: 30_000, threshold: 0.5 }, halfOpenAfterMs: 10_000 })(client);
 * ```
 */
export function breaker(options: BreakerOptions = {}): Layer {
  const settings = breakerSettings(options);
  return (inner) => new GuardedRequester(inner, settings);
}

/** With a circuit for each action, that of the action that was asked for longest ago is forgotten beyond this: a gateway's clients choose the names. */
const MOST_CIRCUITS = 1_000;

/** A requester that is left in peace while it is unwell. */
class GuardedRequester implements Requester {
  readonly #inner: Requester;
  readonly #settings: BreakerSettings;
  readonly #circuits = new Map<string | undefined, Circuit>();
  readonly #closing = new Closing('its layer');

  constructor(inner: Requester, settings: BreakerSettings) {
    this.#inner = inner;
    this.#settings = settings;
  }

  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const key = this.#settings.isPerAction ? action : undefined;
    const circuit = this.#circuitOf(key);
    const before = circuit.state;
    const period = this.#closing.hasBegun ? undefined : circuit.admit(performance.now());
    if (period === undefined) return this.#refuse(circuit, action, options);
    this.#tell(circuit, before, key);
    let verdict: Verdict = 'silent';
    let failure: unknown;
    try {
      const result = await this.#inner.sendRequest(action, data, options);
      verdict = 'well';
      return result;
    } catch (error) {
      failure = error;
      verdict = this.#verdictOn(error);
      throw error;
    } finally {
      const state = circuit.state;
      circuit.report(period, verdict, performance.now());
      this.#tell(circuit, state, key, failure);
    }
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, () => this.#inner.close(options));
  }

  #circuitOf(key: string | undefined): Circuit {
    let circuit = this.#circuits.get(key);
    if (circuit === undefined) circuit = new Circuit(this.#settings.makeTally(), this.#settings.openTime);
    else if (!this.#settings.isPerAction) return circuit;
    // The map keeps the order: the one asked for now is the newest.
    this.#circuits.delete(key);
    this.#circuits.set(key, circuit);
    if (this.#circuits.size > MOST_CIRCUITS) this.#circuits.delete(this.#circuits.keys().next().value);
    return circuit;
  }

  /** Whoever answers is well, be the answer an error. What has not got that far says nothing. */
  #verdictOn(error: unknown): Verdict {
    if (isOfTheCaller(error)) return 'silent';
    if (this.#settings.isFailure(error)) return 'unwell';
    const isAnswer = !(error instanceof LiberZMQError) || error.outcome === 'answered';
    return isAnswer ? 'well' : 'silent';
  }

  #refuse(circuit: Circuit, action: string, options: RequestOptions | undefined): never {
    requestBudget(action, options, Infinity);
    this.#closing.refuse(`request '${action}'`);
    const retryAfterMs = circuit.retryAfterMs(performance.now());
    const until =
      retryAfterMs === undefined ? 'one is under way to see' : `tries again in ${Math.ceil(retryAfterMs)} ms`;
    throw new BreakerOpenError(
      'BREAKER_OPEN',
      `request '${action}' was not sent: too many before it failed, and the breaker ${until}`,
      retryAfterMs === undefined ? {} : { details: { retryAfterMs: Math.ceil(retryAfterMs) } },
    );
  }

  #tell(circuit: Circuit, previous: CircuitState, action: string | undefined, error?: unknown): void {
    const { state } = circuit;
    const { onStateChange } = this.#settings;
    if (state === previous || onStateChange === undefined) return;
    const retryAfterMs = state === 'open' ? (circuit.retryAfterMs(performance.now()) ?? 0) : 0;
    try {
      onStateChange(state, { previous, action, error: state === 'open' ? error : undefined, retryAfterMs });
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }
}
