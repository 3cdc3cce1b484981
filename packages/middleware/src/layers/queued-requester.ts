import { AsyncResource } from 'node:async_hooks';
import { OverloadedError, type CloseOptions, type Requester, type RequestOptions } from '@liberzmq/core';
import { closedError, Closing, requestBudget, Wait, withTimeLeft, type Limits } from '@liberzmq/core/requesters';
import { TurnEstimate } from './turn-estimate.js';
import { WaitingLine } from './waiting-line.js';

/** What {@link QueuedRequester} goes by: the options of `concurrency`, with their defaults. */
export interface QueueSettings {
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  readonly maxQueueMs: number;
  readonly timeoutMs: number;
}

/** A request whose turn has not come. */
interface Waiting {
  readonly wait: Wait<unknown>;
  readonly action: string;
  readonly run: () => Promise<unknown>;
}

/** A requester that has no more than so much under way. */
export class QueuedRequester implements Requester {
  readonly #inner: Requester;
  readonly #settings: QueueSettings;
  readonly #line = new WaitingLine<Waiting>();
  readonly #closing = new Closing('its layer');
  readonly #estimate = new TurnEstimate();
  #running = 0;

  constructor(inner: Requester, settings: QueueSettings) {
    this.#inner = inner;
    this.#settings = settings;
  }

  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const { maxConcurrent, maxQueue, timeoutMs } = this.#settings;
    const limits = requestBudget(action, options, timeoutMs);
    this.#closing.refuse(`request '${action}'`);
    const run = (): Promise<unknown> => this.#run(action, data, options, limits.deadline);
    if (this.#running < maxConcurrent) return run();
    if (this.#line.size >= maxQueue) throw this.#overloaded(action, `${String(this.#line.size)} wait already`);
    return this.#wait(action, limits, run);
  }

  /** Starts what waits within the time, and closes the inner requester after that. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) =>
      this.#line.size === 0 ? this.#inner.close(options) : this.#drain(timeoutMs),
    );
  }

  async #drain(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    await this.#line.emptyWithin(timeoutMs);
    for (let left = this.#line.shift(); left !== undefined; left = this.#line.shift()) {
      const what = `request '${left.action}' was not sent: its layer was closed before its turn came`;
      left.wait.reject(closedError(what, 'not-sent'));
    }
    await this.#inner.close({ timeoutMs: Math.max(0, deadline - performance.now()) });
  }

  #wait(action: string, { deadline, signals }: Limits, run: () => Promise<unknown>): Promise<unknown> {
    const { maxQueueMs } = this.#settings;
    const turnBy = performance.now() + maxQueueMs;
    const expired = (): Error => this.#overloaded(action, `it has waited ${String(maxQueueMs)} ms for its turn`);
    const wait = new Wait<unknown>({
      limits: { deadline: Math.min(deadline, turnBy), signals },
      what: `request '${action}' waited for its turn`,
      outcome: 'not-sent',
      expired: turnBy < deadline ? expired : undefined,
      onOver: () => {
        this.#line.leave(place);
      },
    });
    // It begins when another one ends, and is to do so in its own asynchronous context.
    const place = this.#line.append({ wait, action, run: AsyncResource.bind(run) });
    return wait.promise;
  }

  async #run(action: string, data: unknown, options: RequestOptions | undefined, deadline: number): Promise<unknown> {
    this.#running += 1;
    const startedAt = performance.now();
    try {
      return await this.#inner.sendRequest(action, data, withTimeLeft(options, deadline));
    } finally {
      this.#running -= 1;
      this.#estimate.add(performance.now() - startedAt);
      this.#startNext();
    }
  }

  #startNext(): void {
    const next = this.#line.shift();
    if (next !== undefined) next.wait.resolve(next.run());
  }

  #overloaded(action: string, why: string): OverloadedError {
    const { maxConcurrent } = this.#settings;
    const retryAfterMs = this.#estimate.retryAfterMs(this.#line.size, maxConcurrent);
    const what = `${String(this.#running)} of ${String(maxConcurrent)} requests are under way, and ${why}`;
    const mend = 'try again later, or allow more with maxConcurrent or maxQueue';
    return new OverloadedError('OVERLOADED', `request '${action}' was not sent: ${what}; ${mend}`, {
      outcome: 'not-sent',
      details: { retryAfterMs },
    });
  }
}
