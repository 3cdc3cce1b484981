import type { Middleware, Settlement, Step } from '../contract/middleware.js';
import type { Serializer } from '../contract/serializer.js';
import { badOption, describe } from '../options/check-options.js';
import { isThenable } from '../timing/is-thenable.js';
import { Steps, type End, type NamedStep } from './compose.js';
import type { PassingMessage } from './passing-message.js';

const DONE = Promise.resolve();
const FUNCTIONS = ['outgoing', 'incoming', 'settled', 'serializer'] as const;

/** What an endpoint does for its pipeline. */
export interface PipelineHost {
  /** Puts a serializer around the endpoint's. @throws ConfigurationError BAD_OPTION if it is too late for that */
  wrapSerializer(wrap: (inner: Serializer) => Serializer): void;
  /** A middleware has thrown where nobody waits for it. */
  failed(error: unknown, description: string): void;
}

/** The middleware of one endpoint: one list, both directions. */
export class EndpointPipeline {
  readonly #host: PipelineHost;
  #outgoing = new Steps();
  #incoming = new Steps();
  #settled: readonly { readonly name: string; readonly settled: NonNullable<Middleware['settled']> }[] = [];
  /** What has come, and is not settled. */
  readonly #unsettled = new Set<PassingMessage>();
  #firstPlace = 0;
  #lastPlace = -1;
  #keepsAsyncContext = false;
  /** Messages on their way out, so that slow steps do not change their order: each reaches the end when it is the first. */
  #first: Turn | undefined;
  #last: Turn | undefined;
  /** One that nobody holds any more: where all steps are done at once, it serves again and again. */
  #spare: Turn | undefined;
  readonly #onIdle: (() => void)[] = [];

  constructor(host: PipelineHost) {
    this.#host = host;
  }

  /** Whether there is anything to run in that direction. Ask first: without middleware a message costs nothing here. */
  get hasOutgoing(): boolean {
    return this.#outgoing.length > 0;
  }

  get hasIncoming(): boolean {
    return this.#incoming.length > 0;
  }

  /** Whether somebody wants to know what becomes of messages. */
  get hasSettled(): boolean {
    return this.#settled.length > 0;
  }

  /** Whether there is any middleware that looks at messages. */
  get hasAny(): boolean {
    return this.hasOutgoing || this.hasIncoming || this.hasSettled;
  }

  /** Whether handlers that begin later are to have the asynchronous context of the steps. */
  get keepsAsyncContext(): boolean {
    return this.#keepsAsyncContext;
  }

  /** Adds a middleware for the messages from now on, at one end of the list; those that are on their way keep their steps. */
  add(middleware: Middleware, position: 'first' | 'last' = 'last'): void {
    const { name, outgoing, incoming, settled, serializer } = checked(middleware);
    if (serializer !== undefined) this.#host.wrapSerializer((inner) => serializer.call(middleware, inner));
    const isFirst = position === 'first';
    const place = isFirst ? (this.#firstPlace -= 1) : (this.#lastPlace += 1);
    const named = (step: Step): NamedStep => ({ name, place, step: step.bind(middleware) });
    if (outgoing !== undefined) this.#outgoing = this.#outgoing.with(named(outgoing), isFirst);
    if (incoming !== undefined) this.#incoming = this.#incoming.with(named(incoming), !isFirst);
    if (settled !== undefined) this.#settled = [...this.#settled, { name, settled: settled.bind(middleware) }];
    if (middleware.keepsAsyncContext === true) this.#keepsAsyncContext = true;
  }

  /**
   * Runs the outgoing steps, then the end of the run. Messages reach it in the order in which they came here, however long a step takes.
   * @returns whether the message came through; no promise, as with {@link runIncoming}, if all was done at once.
   */
  runOutgoing<T>(message: PassingMessage, run: OutgoingRun<T>): boolean | Promise<boolean> {
    const turn = this.#newTurn(run);
    let cameThrough;
    try {
      cameThrough = this.#outgoing.run(message, turn);
    } catch (error) {
      this.#end(turn);
      throw error;
    }
    if (typeof cameThrough === 'boolean') {
      this.#end(turn);
      if (this.#first === undefined) this.#spare = turn.over();
      return cameThrough;
    }
    const end = (): void => {
      this.#end(turn);
    };
    run.onTurn?.(end);
    return cameThrough.finally(end);
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

  /**
   * Runs the outgoing steps for a message that keeps no order with others: a reply.
   * @param answeredAt the place of the step that has answered the request, if one has: then those behind it alone see the reply
   * @returns whether the message came through.
   */
  runReply(message: PassingMessage, answeredAt?: number): boolean | Promise<boolean> {
    const steps = answeredAt === undefined ? this.#outgoing : this.#outgoing.at((place) => place > answeredAt);
    return steps.run(message, NOTHING);
  }

  /**
   * Runs the incoming steps, then the end. If all of them are done at once, so is this: without a promise, and what one has thrown is thrown here.
   * @param answeredAt the place of the step that has answered the request, if one has: then those before it alone see the reply
   * @returns whether the message came through.
   */
  runIncoming(message: PassingMessage, end: End, answeredAt?: number): boolean | Promise<boolean> {
    const steps = answeredAt === undefined ? this.#incoming : this.#incoming.at((place) => place < answeredAt);
    return steps.run(message, end);
  }

  /** Tells what became of a message, if nobody has been told. @param dropped the reason, if it was dropped without a word of the step's */
  settle(message: PassingMessage, error: unknown, dropped = message.droppedAs): void {
    if (this.#settled.length === 0 || message.isSettled) return;
    message.isSettled = true;
    this.#unsettled.delete(message);
    const settlement: Settlement = { error, dropped };
    for (const { name, settled } of this.#settled) {
      try {
        settled(message, settlement);
      } catch (failure) {
        this.#host.failed(failure, `settled() of the middleware '${name}'`);
      }
    }
  }

  /** Remembers a message that has come, to be told of in the end if nothing else becomes of it. */
  expect(message: PassingMessage): void {
    if (this.#settled.length > 0) this.#unsettled.add(message);
  }

  /** The endpoint is closed: nothing more becomes of what has come. */
  settleAll(): void {
    for (const message of this.#unsettled) this.settle(message, undefined, 'closed');
  }

  /** Tells what became of a message once a promise has settled. @param droppedAs asked then */
  settleWith(message: PassingMessage, promise: Promise<unknown>, droppedAs?: () => string | undefined): void {
    if (this.#settled.length === 0) return;
    promise.then(
      () => {
        this.settle(message, undefined, droppedAs?.());
      },
      (error: unknown) => {
        this.settle(message, error);
      },
    );
  }

  #newTurn<T>(run: OutgoingRun<T>): Turn {
    const turn = this.#spare ?? new Turn((each) => this.#prepared(each));
    this.#spare = undefined;
    turn.begin(run);
    if (this.#last === undefined) this.#first = turn;
    else this.#last.next = turn;
    this.#last = turn;
    return turn;
  }

  #prepared(turn: Turn): void | Promise<void> {
    const { run } = turn;
    const prepared = run.prepare?.();
    return isThenable(prepared)
      ? Promise.resolve(prepared).then((value) => this.#inTurn(turn, run, value))
      : this.#inTurn(turn, run, prepared);
  }

  /** Ends a run once every message that went out earlier has been taken over. */
  #inTurn(turn: Turn, run: OutgoingRun<unknown>, prepared: unknown): void | Promise<void> {
    if (turn.isOver) return run.last(prepared);
    if (this.#first === turn) return this.#finish(turn, run, prepared);
    return new Promise<void>((resolve) => {
      turn.onFirst = resolve;
    }).then(() => this.#finish(turn, run, prepared));
  }

  #finish(turn: Turn, run: OutgoingRun<unknown>, prepared: unknown): void | Promise<void> {
    let done;
    try {
      done = run.last(prepared);
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
    if (turn.isOver && this.#first !== turn) return;
    turn.isOver = true;
    turn.onFirst?.();
    while (this.#first?.isOver === true) this.#first = this.#first.next;
    this.#first?.onFirst?.();
    if (this.#first !== undefined) return;
    this.#last = undefined;
    if (this.#onIdle.length > 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

/** @throws ConfigurationError BAD_OPTION */
function checked(middleware: Middleware): Middleware {
  const given = middleware as unknown as Record<string, unknown> | null | undefined;
  if (typeof given !== 'object' || given === null)
    throw badOption(`a middleware is an object with a name and a step, not ${describe(given)}`);
  const { name } = given;
  if (typeof name !== 'string' || name === '') throw badOption('a middleware needs a name');
  for (const key of FUNCTIONS) {
    if (given[key] !== undefined && typeof given[key] !== 'function')
      throw badOption(`'${key}' of the middleware '${name}' must be a function, not ${describe(given[key])}`);
  }
  if (FUNCTIONS.every((key) => given[key] === undefined))
    throw badOption(`middleware '${name}' has none of ${FUNCTIONS.join(', ')}`);
  return middleware;
}

const NOTHING: End = { passed: () => undefined };

/** What a message has beside its steps. */
export interface OutgoingRun<T> {
  /** What is done with it when it has come through, and those before it are gone. */
  last(prepared: T | undefined): void | Promise<void>;
  /** Gets what gives this message's turn away, for when it is over before its steps have ended. Called only if they do not end at once. */
  onTurn?(giveAway: () => void): void;
  /** Called after the steps, whether it is this message's turn or not. */
  prepare?(): T | Promise<T | undefined> | undefined;
}

const NO_RUN: OutgoingRun<unknown> = { last: () => undefined };

/** A message's place among those on their way out. */
class Turn implements End {
  isOver = false;
  /** Called when it is the first, if it waits for that. */
  onFirst: (() => void) | undefined;
  next: Turn | undefined;
  run = NO_RUN;
  readonly #onPassed: (turn: Turn) => void | Promise<void>;

  constructor(onPassed: (turn: Turn) => void | Promise<void>) {
    this.#onPassed = onPassed;
  }

  begin(run: OutgoingRun<unknown>): void {
    this.isOver = false;
    this.run = run;
  }

  /** Nobody has it any more. */
  over(): this {
    this.onFirst = undefined;
    this.next = undefined;
    this.run = NO_RUN;
    return this;
  }

  passed(): void | Promise<void> {
    return this.#onPassed(this);
  }
}
