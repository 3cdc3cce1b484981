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

const TOO_LATE = 'called next() after it had ended: await what it waits for';

/** What has been done already. One for all, so that what is done at once costs no promise. */
const DONE: Promise<void> = Promise.resolve();

/** What is done with a message that has come through all steps. */
export interface End {
  passed(message: PassingMessage): void | Promise<void>;
}

/** The steps of one direction, in their order. */
export class Steps {
  readonly #steps: readonly NamedStep[];
  /** One that nobody has at the moment: where all is done at once, it serves again and again. */
  #spare: Passage | undefined;
  /** Whether all has been done at once so far. What is not may call a `next` late, which must then be that of its own message. */
  #isSynchronous = true;

  constructor(steps: readonly NamedStep[] = []) {
    this.#steps = steps;
  }

  get length(): number {
    return this.#steps.length;
  }

  with(step: NamedStep, isFirst: boolean): Steps {
    return new Steps(isFirst ? [step, ...this.#steps] : [...this.#steps, step]);
  }

  /** Those at some places only. */
  at(isWanted: (place: number) => boolean): Steps {
    return new Steps(this.#steps.filter(({ place }) => isWanted(place)));
  }

  /**
   * Runs a message through the steps in order, and to its end after them. Where all of them are done at once, so is this: it returns no promise then, and
   * throws what a step has thrown.
   * A step that calls `next` twice, after it has ended, after it has stopped the message, or that returns before its `next` has settled, is a bug of that step's and throws;
   * the last of these outside production only.
   * @returns whether the message came through: `false` if a step did not call `next`.
   */
  run(message: PassingMessage, end: End): boolean | Promise<boolean> {
    const passage = this.#spare ?? new Passage(this.#steps);
    this.#spare = undefined;
    const done = passage.begin(message, end);
    if (done === undefined) {
      if (this.#isSynchronous && message.hasPassed) this.#spare = passage.over();
      return message.hasPassed;
    }
    this.#isSynchronous = false;
    return done.then(() => message.hasPassed);
  }
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
  /** By step: its `next`. */
  readonly #nexts: readonly (() => Promise<void>)[];
  #message: PassingMessage | undefined;
  #endOfSteps: End | undefined;
  /** The step that began last: those before it have called `next`. */
  #deepest = -1;
  /** This step and those behind it have ended. */
  #endedFrom = Infinity;
  /** By step: what is behind it. */
  #downstream: (Downstream | undefined)[] | undefined;
  /** By step: what it did wrong. */
  #misuse: (Error | undefined)[] | undefined;

  constructor(steps: readonly NamedStep[]) {
    this.#steps = steps;
    this.#nexts = steps.map((_, index) => () => this.#next(index));
  }

  begin(message: PassingMessage, end: End): void | Promise<void> {
    this.#message = message;
    this.#endOfSteps = end;
    this.#deepest = -1;
    this.#endedFrom = Infinity;
    return this.#run(0, message);
  }

  /** The message has come through, and nothing went wrong. */
  over(): this | undefined {
    this.#message = undefined;
    this.#endOfSteps = undefined;
    this.#endedFrom = -1;
    return this.#downstream === undefined && this.#misuse === undefined ? this : undefined;
  }

  /** Runs a step and what is behind it. */
  #run(index: number, message: PassingMessage): void | Promise<void> {
    this.#deepest = index;
    const current = this.#steps[index];
    if (current === undefined) {
      message.hasPassed = true;
      return this.#endOfSteps?.passed(message);
    }
    message.place = current.place;
    let done;
    try {
      done = current.step(message, this.#nexts[index] as () => Promise<void>);
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
    const message = this.#message;
    // It may be any message's next by now: nobody is blamed but the caller.
    if (message === undefined) return rejected(this.#error(index, TOO_LATE));
    if (this.#deepest > index) return this.#misused(index, 'called next() twice');
    if (this.#endedFrom <= index) return this.#misused(index, TOO_LATE);
    const { stop } = message;
    if (stop !== undefined) return this.#misused(index, `called next() for a message that it had ${stop.kind}`);
    let done;
    try {
      done = this.#run(index + 1, message);
    } catch (error) {
      const promise = rejected(error);
      message.place = this.#steps[index]?.place ?? message.place;
      this.#keep(index, { promise, isSettled: true, failure: { error } });
      return promise;
    }
    if (done === undefined) {
      message.place = this.#steps[index]?.place ?? message.place;
      return DONE;
    }
    const downstream: Downstream = { promise: done, isSettled: false, failure: undefined };
    const settle = (): void => {
      downstream.isSettled = true;
      // If it was not passed on, this step may still answer it.
      message.place = this.#steps[index]?.place ?? message.place;
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
    const error = this.#error(index, what);
    this.#misuse ??= [];
    this.#misuse[index] = error;
    return rejected(error);
  }

  #error(index: number, what: string): Error {
    return badOption(`middleware '${this.#nameOf(index)}' ${what}`);
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
