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
 * Runs a message through the steps in order, and `last` after them. Where all of them are done at once, so is this: it returns no promise then, and
 * throws what a step has thrown.
 * A step that calls `next` twice, or returns before its `next` has settled, is a bug of that step's and throws; the second outside production only.
 * @returns whether the message came through: `false` if a step did not call `next`.
 */
export function runSteps(
  steps: readonly NamedStep[],
  message: Message,
  last: () => void | Promise<void>,
): boolean | Promise<boolean> {
  const passage = new Passage(steps, message, last);
  const done = passage.runFrom(0);
  return done === undefined ? passage.cameThrough : done.then(() => passage.cameThrough);
}

/** One message's way through the steps. */
class Passage {
  cameThrough = false;
  readonly message: Message;
  readonly #steps: readonly NamedStep[];
  readonly #last: () => void | Promise<void>;

  constructor(steps: readonly NamedStep[], message: Message, last: () => void | Promise<void>) {
    this.#steps = steps;
    this.message = message;
    this.#last = last;
  }

  runFrom(index: number): void | Promise<void> {
    const current = this.#steps[index];
    if (current !== undefined) return new StepCall(this, index, current).run();
    this.cameThrough = true;
    return this.#last();
  }
}

/** One call of a step, which is to call `next` once at most, and to wait for it. */
class StepCall {
  readonly #passage: Passage;
  readonly #index: number;
  readonly #current: NamedStep;
  /** What `next` has returned. */
  #downstream: Promise<void> | undefined;
  /** Whether that has settled. */
  #isSettled = false;
  /** What it was rejected with, if that was at once. */
  #failure: { readonly error: unknown } | undefined;
  #misuse: Error | undefined;

  constructor(passage: Passage, index: number, current: NamedStep) {
    this.#passage = passage;
    this.#index = index;
    this.#current = current;
  }

  run(): void | Promise<void> {
    const done = this.#current.step(this.#passage.message, this.next);
    if (done !== undefined && (done !== this.#downstream || !this.#isSettled)) {
      return Promise.resolve(done).then(() => this.#finish(true));
    }
    if (this.#failure !== undefined && this.#misuse === undefined) throw this.#failure.error;
    return this.#finish(done !== undefined);
  }

  readonly next = (): Promise<void> => {
    if (this.#downstream !== undefined) return this.#calledTwice();
    this.#downstream = this.#goOn();
    return this.#downstream;
  };

  /** Never throws; {@link DONE} if all is done at once. */
  #goOn(): Promise<void> {
    let done;
    try {
      done = this.#passage.runFrom(this.#index + 1);
    } catch (error) {
      this.#failure = { error };
      this.#isSettled = true;
      return rejected(error);
    }
    if (done === undefined) {
      this.#isSettled = true;
      return DONE;
    }
    const settle = (): void => {
      this.#isSettled = true;
    };
    done.then(settle, settle);
    return done;
  }

  /** The step has ended. @param hasWaited whether it may have waited for what is behind it */
  #finish(hasWaited: boolean): void | Promise<void> {
    if (this.#misuse !== undefined) throw this.#misuse;
    if (this.#downstream === undefined) return undefined;
    if (!this.#isSettled)
      return this.#downstream.then(() => {
        this.#notAwaited();
      });
    if (!hasWaited) this.#notAwaited();
    return undefined;
  }

  #calledTwice(): Promise<void> {
    this.#misuse = badOption(`middleware '${this.#current.name}' called next() twice`);
    return rejected(this.#misuse);
  }

  #notAwaited(): void {
    if (process.env['NODE_ENV'] === 'production') return;
    throw new ConfigurationError(
      'BAD_OPTION',
      `middleware '${this.#current.name}' returned before next() had settled: await it, or return it`,
      { outcome: 'unknown' },
    );
  }
}

/** A promise of which nobody need hear. Whatever a step throws comes out as it is. */
function rejected(error: unknown): Promise<void> {
  const failure = error as Error;
  const refused: Promise<void> = Promise.reject(failure);
  refused.catch(() => undefined);
  return refused;
}
