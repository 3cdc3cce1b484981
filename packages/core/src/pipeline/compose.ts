import type { Step } from '../contract/middleware.js';
import { ConfigurationError } from '../errors/error-classes.js';
import { badOption } from '../options/check-options.js';
import type { PassingMessage } from './passing-message.js';

/** A step, the name of the middleware that it belongs to, and the place of that among all of the endpoint. */
export interface NamedStep {
  readonly name: string;
  readonly place: number;
  readonly step: Step;
}

/** What has been done already. One for all, so that what is done at once costs no promise. */
const DONE: Promise<void> = Promise.resolve();

/**
 * Runs a message through the steps in order, and `last` after them. Where all of them are done at once, so is this: it returns no promise then, and
 * throws what a step has thrown.
 * A step that calls `next` twice, after it has ended, after it has stopped the message, or that returns before its `next` has settled, is a bug of that step's and throws;
 * the last of these outside production only.
 * @returns whether the message came through: `false` if a step did not call `next`.
 */
export function runSteps(
  steps: readonly NamedStep[],
  message: PassingMessage,
  last: () => void | Promise<void>,
): boolean | Promise<boolean> {
  const done = new Passage(steps, message, last).run(0);
  return done === undefined ? message.hasPassed : done.then(() => message.hasPassed);
}

/** What is behind a step that is not done at once, or has failed. */
interface Downstream {
  readonly promise: Promise<void>;
  isSettled: boolean;
  /** Whether it failed at once, and with what. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** One message's way through the steps. What is the same for each of them is kept here, and the rest only where something takes a while or goes wrong. */
class Passage {
  readonly #steps: readonly NamedStep[];
  readonly #message: PassingMessage;
  readonly #last: () => void | Promise<void>;
  /** The step that began last: those before it have called `next`. */
  #deepest = -1;
  /** This step and those behind it have ended. */
  #endedFrom = Infinity;
  /** By step: what is behind it. */
  #downstream: (Downstream | undefined)[] | undefined;
  /** By step: what it did wrong. */
  #misuse: (Error | undefined)[] | undefined;

  constructor(steps: readonly NamedStep[], message: PassingMessage, last: () => void | Promise<void>) {
    this.#steps = steps;
    this.#message = message;
    this.#last = last;
  }

  /** Runs a step and what is behind it. */
  run(index: number): void | Promise<void> {
    this.#deepest = index;
    const current = this.#steps[index];
    if (current === undefined) {
      this.#message.hasPassed = true;
      return this.#last();
    }
    this.#message.place = current.place;
    let done;
    try {
      done = current.step(this.#message, () => this.#next(index));
    } catch (error) {
      this.#end(index);
      throw error;
    }
    const downstream = this.#downstream?.[index];
    const isDone =
      downstream === undefined
        ? done === undefined || done === DONE
        : downstream.isSettled && (done === undefined || done === downstream.promise);
    if (!isDone) return this.#finishLater(index, Promise.resolve(done));
    if (downstream?.failure !== undefined && this.#misuse?.[index] === undefined) throw downstream.failure.error;
    return this.#finish(index, done !== undefined);
  }

  #next(index: number): Promise<void> {
    if (this.#deepest > index) return this.#misused(index, 'called next() twice');
    if (this.#endedFrom <= index)
      return this.#misused(index, 'called next() after it had ended: await what it waits for');
    const { stop } = this.#message;
    if (stop !== undefined) return this.#misused(index, `called next() for a message that it had ${stop.kind}`);
    let done;
    try {
      done = this.run(index + 1);
    } catch (error) {
      const promise = rejected(error);
      this.#keep(index, { promise, isSettled: true, failure: { error } });
      return promise;
    }
    if (done === undefined) return DONE;
    const downstream: Downstream = { promise: done, isSettled: false, failure: undefined };
    const settle = (): void => {
      downstream.isSettled = true;
    };
    done.then(settle, settle);
    this.#keep(index, downstream);
    return done;
  }

  /** A step has ended. @param hasWaited whether it may have waited for what is behind it */
  #finish(index: number, hasWaited: boolean): void | Promise<void> {
    this.#end(index);
    const misuse = this.#misuse?.[index];
    if (misuse !== undefined) throw misuse;
    if (this.#deepest === index) return undefined;
    const downstream = this.#downstream?.[index];
    if (downstream?.isSettled === false) {
      return downstream.promise.then(() => {
        this.#notAwaited(index);
      });
    }
    if (!hasWaited) this.#notAwaited(index);
    return undefined;
  }

  async #finishLater(index: number, done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch (error) {
      this.#end(index);
      throw error;
    }
    await this.#finish(index, true);
  }

  /** A step that does not wait for what is behind it ends nothing but itself. */
  #end(index: number): void {
    if (this.#downstream?.[index]?.isSettled !== false) this.#endedFrom = index;
  }

  #keep(index: number, downstream: Downstream): void {
    this.#downstream ??= [];
    this.#downstream[index] = downstream;
  }

  #misused(index: number, what: string): Promise<void> {
    const error = badOption(`middleware '${this.#nameOf(index)}' ${what}`);
    this.#misuse ??= [];
    this.#misuse[index] = error;
    return rejected(error);
  }

  #notAwaited(index: number): void {
    if (process.env['NODE_ENV'] === 'production') return;
    throw new ConfigurationError(
      'BAD_OPTION',
      `middleware '${this.#nameOf(index)}' returned before next() had settled: await it, or return it`,
      { outcome: 'unknown' },
    );
  }

  #nameOf(index: number): string {
    return this.#steps[index]?.name ?? '';
  }
}

/** A promise of which nobody need hear. Whatever a step throws comes out as it is. */
function rejected(error: unknown): Promise<void> {
  const failure = error as Error;
  const refused: Promise<void> = Promise.reject(failure);
  refused.catch(() => undefined);
  return refused;
}
