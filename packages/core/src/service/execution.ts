import type { RequestOptions } from '../contract/requester.js';
import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import { Deadline, deadlines } from '../timing/deadline-wheel.js';
import { offAbort, onAbort } from '../timing/on-abort.js';
import type { ActionHandler } from './action-handler.js';
import { Cancellation } from './cancellation.js';
import { RequestContext } from './handler-context.js';
import type { RequestBudget } from './request-budget.js';

const NO_HEADERS = Object.freeze({});

/** One run of a handler, until it settles, its time is up, it is aborted, or it is stopped. */
export class Execution extends Deadline {
  readonly action: string;
  readonly #budget: RequestBudget;
  readonly #cancellation = new Cancellation();
  readonly #context: RequestContext;
  #reject: ((error: unknown) => void) | undefined;

  constructor(action: string, budget: RequestBudget, options: RequestOptions | undefined) {
    super();
    this.action = action;
    this.#budget = budget;
    this.#context = new RequestContext(
      action,
      {
        headers: options?.headers ?? NO_HEADERS,
        peer: options?.context?.peer,
        deadline: budget.deadline,
        requestId: options?.context?.requestId,
      },
      this.#cancellation,
    );
  }

  async run(handler: ActionHandler, data: unknown): Promise<unknown> {
    const { deadline, signals } = this.#budget;
    if (deadline === Infinity && signals.length === 0) return this.#orStopped(handler, data);
    deadlines.add(this, deadline);
    for (const signal of signals) onAbort(signal, this);
    try {
      return await this.#orStopped(handler, data);
    } finally {
      deadlines.remove(this);
      for (const signal of signals) offAbort(signal, this);
    }
  }

  /** Ends the run from the caller's point of view, and aborts the handler's signal. */
  stop(error: Error): void {
    this.#reject?.(error);
    this.#cancellation.abort(error);
  }

  expire(): void {
    this.stop(
      new TimeoutError('TIMEOUT', `'${this.action}' took longer than ${String(Math.round(this.#budget.timeoutMs))} ms`),
    );
  }

  /** One of the caller's signals has aborted. */
  handleEvent(event: Event): void {
    const cause: unknown = (event.target as AbortSignal).reason;
    this.stop(new CancelledError('ABORTED', `'${this.action}' was aborted while it ran`, { cause }));
  }

  /** The inner promise takes what the handler does; the outer one can be rejected before it. */
  #orStopped(handler: ActionHandler, data: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      new Promise((done) => {
        done(handler(data, this.#context));
      }).then(resolve, reject);
    });
  }
}
