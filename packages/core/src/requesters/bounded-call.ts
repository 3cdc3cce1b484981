import type { Requester, RequestOptions } from '../contract/requester.js';
import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import type { Outcome } from '../errors/outcome.js';
import { withTimeLeft } from '../service/request-budget.js';
import { Limited, type Limits } from '../timing/limited.js';

/** One request to an inner requester. */
export interface Call {
  readonly inner: Requester;
  readonly action: string;
  readonly data: unknown;
  readonly options: RequestOptions | undefined;
  /** What to say when the time is up: `'add' took longer than 200 ms`. */
  readonly tooLate: string;
}

/**
 * A request that ends within its limits, even where the inner requester knows none. At a limit the inner call is aborted. Whoever heeds that can
 * tell at once whether the request had left; who says nothing within a turn of the event loop leaves it unknown.
 */
export function boundedCall(call: Call, limits: Limits): Promise<unknown> {
  return new BoundedCall(call, limits).promise;
}

/** What is known of a request that failed with an error. */
export function outcomeOf(error: unknown): Outcome {
  return error instanceof LiberZMQError ? error.outcome : 'unknown';
}

/** The error of a call that was given up, from what is known of it, and from what the inner requester said, if anything. */
type ErrorOf = (outcome: Outcome, inner?: unknown) => unknown;

/** What {@link boundedCall} makes, for whoever may want to end it: `onAborted()` does. */
export class BoundedCall extends Limited {
  readonly promise: Promise<unknown>;
  readonly #call: Call;
  readonly #controller = new AbortController();
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;
  #givenUp: ErrorOf | undefined;
  #lastChance: NodeJS.Immediate | undefined;

  constructor(call: Call, limits: Limits) {
    super();
    this.#call = call;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const aborted = limits.signals.find((each) => each.aborted);
    if (aborted !== undefined) {
      this.#reject(
        new CancelledError('ABORTED', `request '${call.action}' was aborted before it was sent`, {
          outcome: 'not-sent',
          cause: aborted.reason,
        }),
      );
      return;
    }
    this.watch(limits);
    ask(call, { ...withTimeLeft(call.options, limits.deadline), signal: this.#controller.signal }).then(
      (result) => {
        this.#end();
        if (this.#givenUp === undefined) this.#resolve(result);
        else this.#reject(this.#givenUp('unknown'));
      },
      (error: unknown) => {
        this.#end();
        // Whatever the inner requester has thrown comes out as it is.
        this.#reject(this.#givenUp === undefined ? error : this.#givenUp(outcomeOf(error), error));
      },
    );
  }

  override expire(): void {
    this.#giveUp((outcome, inner) => tooLate(this.#call, outcome, inner), tooLate(this.#call, 'unknown'));
  }

  override onAborted(cause: unknown): void {
    this.#giveUp((outcome, inner) => aborted(this.#call, outcome, cause, inner), cause);
  }

  #giveUp(errorOf: ErrorOf, reason: unknown): void {
    this.unwatch();
    this.#givenUp = errorOf;
    this.#lastChance = setImmediate(() => {
      this.#reject(errorOf('unknown'));
    });
    this.#controller.abort(reason);
  }

  #end(): void {
    this.unwatch();
    clearImmediate(this.#lastChance);
  }
}

function tooLate({ tooLate: message }: Call, outcome: Outcome, inner?: unknown): unknown {
  if (hasCode(inner, 'TIMEOUT')) return inner;
  return new TimeoutError('TIMEOUT', message, inner === undefined ? { outcome } : { outcome, cause: inner });
}

function aborted({ action }: Call, outcome: Outcome, cause: unknown, inner?: unknown): unknown {
  if (hasCode(inner, 'ABORTED')) return inner;
  return new CancelledError('ABORTED', `request '${action}' was aborted while it was under way`, { outcome, cause });
}

function hasCode(error: unknown, code: string): error is LiberZMQError {
  return error instanceof LiberZMQError && error.code === code;
}

/** As the inner requester, but never throws at once, whatever that does. */
async function ask({ inner, action, data }: Call, options: RequestOptions): Promise<unknown> {
  return inner.sendRequest(action, data, options);
}
