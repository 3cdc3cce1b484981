import type { Message } from '../contract/message.js';
import type { Middleware, Step } from '../contract/middleware.js';
import { badOption, describe } from '../options.js';
import { isThenable } from '../timing/is-thenable.js';
import { runSteps, type NamedStep } from './compose.js';

const DONE = Promise.resolve();

/** The middleware of one endpoint: one list, both directions. */
export class EndpointPipeline {
  #outgoing: readonly NamedStep[] = [];
  #incoming: readonly NamedStep[] = [];
  /** Messages on their way out, so that slow steps do not change their order: each reaches the end when it is the first. */
  #first: Turn | undefined;
  #last: Turn | undefined;
  readonly #onIdle: (() => void)[] = [];

  /** Whether there is anything to run in that direction. Ask first: without middleware a message costs nothing here. */
  get hasOutgoing(): boolean {
    return this.#outgoing.length > 0;
  }

  get hasIncoming(): boolean {
    return this.#incoming.length > 0;
  }

  /** Adds a middleware for the messages from now on, at one end of the list; those that are on their way keep their steps. */
  add(middleware: Middleware, position: 'first' | 'last' = 'last'): void {
    const given = middleware as Partial<Middleware> | null | undefined;
    if (typeof given !== 'object' || given === null)
      throw badOption(`a middleware is an object with a name and a step, not ${describe(given)}`);
    const { name, outgoing, incoming } = given;
    if (typeof name !== 'string' || name === '') throw badOption('a middleware needs a name');
    if (outgoing === undefined && incoming === undefined) {
      throw badOption(`middleware '${name}' has neither an outgoing nor an incoming step`);
    }
    for (const step of [outgoing, incoming]) {
      if (step !== undefined && typeof step !== 'function')
        throw badOption(`a step of the middleware '${name}' must be a function, not ${describe(step)}`);
    }
    const isFirst = position === 'first';
    if (outgoing !== undefined) this.#outgoing = withStep(this.#outgoing, name, outgoing.bind(middleware), isFirst);
    if (incoming !== undefined) this.#incoming = withStep(this.#incoming, name, incoming.bind(middleware), !isFirst);
  }

  /**
   * Runs the outgoing steps, then `last`. Messages reach `last` in the order in which they came here, however long a step takes.
   * @returns whether the message came through; no promise, as with {@link runIncoming}, if all was done at once.
   */
  runOutgoing<T>(
    message: Message,
    last: (prepared: T | undefined) => void | Promise<void>,
    { onTurn, prepare }: OutgoingRun<T> = {},
  ): boolean | Promise<boolean> {
    const turn: Turn = { isOver: false, onFirst: undefined, next: undefined };
    if (this.#last === undefined) this.#first = turn;
    else this.#last.next = turn;
    this.#last = turn;
    const end = (): void => {
      this.#end(turn);
    };
    onTurn?.(end);
    let cameThrough;
    try {
      cameThrough = runSteps(this.#outgoing, message, () => {
        const prepared = prepare?.();
        return isThenable(prepared)
          ? prepared.then((value) => this.#inTurn(turn, () => last(value)))
          : this.#inTurn(turn, () => last(prepared));
      });
    } catch (error) {
      end();
      throw error;
    }
    if (typeof cameThrough !== 'boolean') return cameThrough.finally(end);
    end();
    return cameThrough;
  }

  /** Whether messages are on their way out: then others go behind them. */
  get isBusy(): boolean {
    return this.#first !== undefined;
  }

  /** Resolves when no message is on its way out. */
  idle(): Promise<void> {
    if (this.#first === undefined) return DONE;
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Runs the outgoing steps for a message that keeps no order with others: a reply. @returns whether the message came through. */
  runReply(message: Message): boolean | Promise<boolean> {
    return runSteps(this.#outgoing, message, () => undefined);
  }

  /**
   * Runs the incoming steps, then `last`. If all of them are done at once, so is this: without a promise, and what one has thrown is thrown here.
   * @returns whether the message came through.
   */
  runIncoming(message: Message, last: () => void | Promise<void>): boolean | Promise<boolean> {
    return runSteps(this.#incoming, message, last);
  }

  /** Runs `last` once every message that went out earlier has been taken over. */
  #inTurn(turn: Turn, last: () => void | Promise<void>): void | Promise<void> {
    if (turn.isOver) return last();
    if (this.#first === turn) return this.#finish(turn, last);
    return new Promise<void>((resolve) => {
      turn.onFirst = resolve;
    }).then(() => this.#finish(turn, last));
  }

  #finish(turn: Turn, last: () => void | Promise<void>): void | Promise<void> {
    let done;
    try {
      done = last();
    } catch (error) {
      this.#end(turn);
      throw error;
    }
    if (done === undefined) {
      this.#end(turn);
      return undefined;
    }
    return done.finally(() => {
      this.#end(turn);
    });
  }

  /** The next message that is not over yet is first. */
  #end(turn: Turn): void {
    turn.isOver = true;
    turn.onFirst?.();
    while (this.#first?.isOver === true) this.#first = this.#first.next;
    this.#first?.onFirst?.();
    if (this.#first !== undefined) return;
    this.#last = undefined;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

function withStep(steps: readonly NamedStep[], name: string, step: Step, isFirst: boolean): readonly NamedStep[] {
  return isFirst ? [{ name, step }, ...steps] : [...steps, { name, step }];
}

/** What a message has beside its steps. */
interface OutgoingRun<T> {
  /** Gets what gives this message's turn away, for when it is over before its steps have ended. */
  readonly onTurn?: (giveAway: () => void) => void;
  /** Called after the steps, whether it is this message's turn or not. */
  readonly prepare?: () => T | Promise<T> | undefined;
}

/** A message's place among those on their way out. */
interface Turn {
  isOver: boolean;
  /** Called when it is the first, if it waits for that. */
  onFirst: (() => void) | undefined;
  next: Turn | undefined;
}
