import { AsyncResource } from 'node:async_hooks';
import { CancelledError, type LiberZMQError, type RequestOptions } from '@liberzmq/core';
import {
  abortSourcesOf,
  rejected,
  requestBudget,
  withTimeLeft,
  type AbortListener,
  type Limits,
  type RequestWatcher,
  type Wait,
} from '@liberzmq/core/requesters';
import type { Member } from '../members/member.js';

/** What is wanted of a request beside its answer. */
export interface RequestWishes {
  /** What it has in common with those that are to go to the same member. */
  readonly hashKey: string | undefined;
  /** Whether it may be run twice. */
  readonly isIdempotent: boolean;
  /** How often it may be tried again. */
  readonly retries: number;
  /** Whether it is one of two that do the same, of which one is cancelled when the other one is answered. */
  readonly isHedged: boolean;
}

/** What a run needs of whoever sends it. */
export interface RunHost {
  /** The time of a request that names none, in ms. */
  readonly timeoutMs: number;
  /** Whether somebody may ask in which asynchronous context an attempt is made. */
  readonly keepsAsyncContext: boolean;
  /** The time, exact to the turn of the event loop. */
  now(): number;
  /** A member has answered with a result. @param askedAt when it was asked */
  succeeded(member: Member, askedAt: number): void;
  /** An attempt has failed. @param isAnswer whether the member has answered that @returns what comes next; `undefined` if that was the end */
  failed(run: RequestRun, member: Member, error: unknown, isAnswer: boolean): Promise<unknown> | undefined;
}

/** What only some requests have: there are very many, and each field costs. */
class Rarities {
  /** Those who were asked before. */
  before: readonly Member[] = [];
  limits: Limits | undefined = undefined;
  doubt: LiberZMQError | undefined = undefined;
  context: AsyncResource | undefined = undefined;
  wait: Wait<void> | undefined = undefined;
  isMoving = false;
  isCancelled = false;
}

/**
 * A request on its way to one member after the other. It makes no promise of its own: that of the first attempt is the caller's, and goes on with the next attempt if the first one fails.
 */
export class RequestRun implements RequestWatcher {
  readonly action: string;
  readonly data: unknown;
  /** Those for the members; the time is put in for each attempt. */
  readonly options: RequestOptions | undefined;
  readonly wishes: RequestWishes;
  /** How many there were, with the one that is under way. */
  attempts = 0;
  readonly #host: RunHost;
  /** When it began, and from the second attempt on when that did. */
  #askedAt: number;
  /** Who is asked now, or was asked last. */
  #member: Member | undefined = undefined;
  #underWay: AbortListener | undefined = undefined;
  #rarities: Rarities | undefined = undefined;

  constructor(
    host: RunHost,
    action: string,
    data: unknown,
    options: RequestOptions | undefined,
    wishes: RequestWishes,
  ) {
    this.#host = host;
    this.action = action;
    this.data = data;
    this.options = options;
    this.wishes = wishes;
    this.#askedAt = host.now();
    if (host.keepsAsyncContext) this.#rare.context = new AsyncResource('LoadBalancedRequest');
  }

  get hashKey(): string | undefined {
    return this.wishes.hashKey;
  }

  /** The time and the signals of all attempts together. To be asked for before the second one. */
  get limits(): Limits {
    return (this.#rare.limits ??= this.#newLimits());
  }

  /** Whether a member is asked at the moment. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** Whether nobody waits for it any more. */
  get isCancelled(): boolean {
    return this.#rarities?.isCancelled === true;
  }

  /** The first failure that leaves it open whether it has run. */
  get doubt(): LiberZMQError | undefined {
    return this.#rarities?.doubt;
  }

  /** It has failed, and may have run. */
  doubtBecauseOf(error: LiberZMQError): void {
    this.#rare.doubt ??= error;
  }

  /** Whether this member is asked at the moment. */
  isAt(member: Member): boolean {
    return this.isUnderWay && member === this.#member;
  }

  hasAsked(member: Member): boolean {
    return member === this.#member || this.#rarities?.before.includes(member) === true;
  }

  /**
   * Whether it can be sent at all, and by when it has to end. Clients find out both themselves.
   * @throws ConfigurationError BAD_OPTION; CancelledError ABORTED; TimeoutError TIMEOUT
   */
  check(): void {
    this.#rare.limits ??= requestBudget(this.action, this.options, this.#host.timeoutMs);
  }

  /** Asks a member. */
  ask(member: Member): Promise<unknown> {
    if (this.#member !== undefined) this.#passOver(this.#member);
    // Where some of the time has gone by, the limits are known.
    const isLater = this.#rarities?.limits !== undefined;
    if (isLater) this.#askedAt = this.#host.now();
    this.attempts += 1;
    this.#member = member;
    member.pending += 1;
    member.counts.requests += 1;
    // A client has the same time by itself, and counts it from the same moment, if nothing came before.
    const options = member.isOwnClient && !isLater ? this.options : this.#optionsInTime();
    return member.line.sendWatched(this.action, this.data, options, this);
  }

  /** Waits for something, and ends that wait when it is cancelled. */
  async waitFor(wait: Wait<void>): Promise<void> {
    const rare = this.#rare;
    rare.wait = wait;
    try {
      await wait.promise;
    } finally {
      rare.wait = undefined;
    }
  }

  /** Another one that does the same, once, within the same time, as the next attempt of this one. Neither asks whom the other one has asked. */
  fork(member: Member): RequestRun {
    const { action, data, options, wishes } = this;
    const run = new RequestRun(this.#host, action, data, options, { ...wishes, retries: 0 });
    run.attempts = this.attempts;
    run.#rare.limits = this.limits;
    this.#passOver(member);
    return run;
  }

  /** Ends the attempt that is under way, so that another member can be asked: its failure is told with {@link takeMove} being true. */
  move(): void {
    this.#rare.isMoving = true;
    this.#rare.limits ??= this.#newLimits();
    this.#underWay?.onAborted('another server is asked');
  }

  /** Whether it has failed because it was moved; true only once. */
  takeMove(): boolean {
    if (this.#rarities?.isMoving !== true) return false;
    this.#rarities.isMoving = false;
    return true;
  }

  /** Ends it, whatever it is doing. */
  cancel(): void {
    const rare = this.#rare;
    const why = 'another server has answered first';
    rare.isCancelled = true;
    this.#underWay?.onAborted(why);
    rare.wait?.reject(new CancelledError('ABORTED', `request '${this.action}' was not tried again: ${why}`));
  }

  began(request: AbortListener): void {
    this.#underWay = request;
  }

  succeeded(): void {
    const member = this.#member as Member;
    this.#underWay = undefined;
    member.pending -= 1;
    this.#host.succeeded(member, this.#askedAt);
  }

  failed(error: unknown, isAnswer: boolean): Promise<unknown> | undefined {
    const member = this.#member as Member;
    this.#underWay = undefined;
    member.pending -= 1;
    const context = this.#rarities?.context;
    const next = (): Promise<unknown> | undefined => this.#host.failed(this, member, error, isAnswer);
    try {
      return context === undefined ? next() : context.runInAsyncScope(next);
    } catch (failure) {
      // A strategy of somebody else, a listener.
      return rejected(failure);
    }
  }

  get #rare(): Rarities {
    return (this.#rarities ??= new Rarities());
  }

  #passOver(member: Member): void {
    const rare = this.#rare;
    if (!rare.before.includes(member)) rare.before = [...rare.before, member];
  }

  #optionsInTime(): RequestOptions {
    const { options, attempts } = this;
    const inTime = withTimeLeft(options, this.limits.deadline);
    return attempts === 1 ? inTime : { ...inTime, headers: { ...options?.headers, attempt: String(attempts) } };
  }

  #newLimits(): Limits {
    const { options } = this;
    const { timeoutMs = this.#host.timeoutMs, context } = options ?? {};
    return {
      deadline: Math.min(this.#askedAt + timeoutMs, context?.deadline ?? Infinity),
      signals: options === undefined ? [] : abortSourcesOf(options),
    };
  }
}
