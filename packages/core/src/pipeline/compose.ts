import type { Message } from '../contract/message.js';
import type { Step } from '../contract/middleware.js';
import { ConfigurationError } from '../errors/error-classes.js';
import { badOption } from '../options.js';

/** A step and the name of the middleware that it belongs to. */
export interface NamedStep {
  readonly name: string;
  readonly step: Step;
}

/** What has been done already. One for all, so that what is done at once costs no promise. */
const DONE: Promise<void> = Promise.resolve();

/**
 * Runs a message through the steps in order, and `last` after them.
 * A step that calls `next` twice, or returns before its `next` has settled, is a bug of that step's and throws; the second outside production only.
 * @returns whether the message came through: `false` if a step did not call `next`.
 */
export function runSteps(
  steps: readonly NamedStep[],
  message: Message,
  last: () => void | Promise<void>,
): Promise<boolean> {
  const passage = new Passage(steps, message, last);
  return passage.runFrom(0).then(() => passage.cameThrough);
}

/** One message's way through the steps. */
class Passage {
  cameThrough = false;
  readonly #steps: readonly NamedStep[];
  readonly #message: Message;
  readonly #last: () => void | Promise<void>;

  constructor(steps: readonly NamedStep[], message: Message, last: () => void | Promise<void>) {
    this.#steps = steps;
    this.#message = message;
    this.#last = last;
  }

  /** Never throws; {@link DONE} if all is done at once. */
  runFrom(index: number): Promise<void> {
    const current = this.#steps[index];
    try {
      if (current === undefined) {
        this.cameThrough = true;
        return this.#last() ?? DONE;
      }
      const call = new StepCall(this, index, current.name);
      const done = current.step(this.#message, call.next);
      return done === undefined ? call.finish() : Promise.resolve(done).then(call.finish);
    } catch (error) {
      // Whatever a step throws comes out as it is.
      const failure = error as Error;
      return Promise.reject(failure);
    }
  }
}

/** One call of a step, which is to call `next` once at most, and to wait for it. */
class StepCall {
  readonly #passage: Passage;
  readonly #index: number;
  readonly #name: string;
  #downstream: Promise<void> | undefined;
  #settled = false;
  #misuse: Error | undefined;

  constructor(passage: Passage, index: number, name: string) {
    this.#passage = passage;
    this.#index = index;
    this.#name = name;
  }

  readonly next = (): Promise<void> => {
    if (this.#downstream !== undefined) return this.#calledTwice();
    const downstream = this.#passage.runFrom(this.#index + 1);
    this.#downstream = downstream;
    downstream.then(this.#settle, this.#settle);
    return downstream;
  };

  /** The step has returned. */
  readonly finish = (): Promise<void> => {
    if (this.#misuse !== undefined) return Promise.reject(this.#misuse);
    return this.#downstream === undefined || this.#settled ? DONE : this.#notAwaited(this.#downstream);
  };

  readonly #settle = (): void => {
    this.#settled = true;
  };

  #calledTwice(): Promise<void> {
    this.#misuse = badOption(`middleware '${this.#name}' called next() twice`);
    const refused: Promise<void> = Promise.reject(this.#misuse);
    refused.catch(() => undefined);
    return refused;
  }

  async #notAwaited(downstream: Promise<void>): Promise<void> {
    await downstream;
    if (process.env['NODE_ENV'] === 'production') return;
    throw new ConfigurationError(
      'BAD_OPTION',
      `middleware '${this.#name}' returned before next() had settled: await it, or return it`,
      { outcome: 'unknown' },
    );
  }
}
