import { CancelledError, ConnectionError, LiberZMQError, type RequestOptions } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import {
  closedError,
  Operation,
  rejected,
  requestBudget,
  TurnClock,
  type Closing,
  type EventHub,
  type Limits,
} from '@liberzmq/core/requesters';
import type { RetryBudget } from '@liberzmq/core/resilience';
import type { BalancerEvents } from '../balancer-events.js';
import type { Share } from '../members/choice.js';
import type { Member } from '../members/member.js';
import type { MemberSet } from '../members/member-set.js';
import type { MakeStrategy, Strategy } from '../strategies/strategy.js';
import { HedgedRequest, type HedgedAttempt } from './hedged-request.js';
import { Hedging, type HedgeOptions } from './hedging.js';
import { RequestRun, type RequestWishes, type RunHost } from './request-run.js';
import { blameFor, isLastWord, isOfConnection, retryAfterOf, verdictOn, type Verdict } from './retry-rule.js';
import { WaitingRequests, type Waiting } from './waiting-requests.js';

/** What one request may be given beside its data. */
export interface BalancedRequestOptions extends RequestOptions {
  /**
   * How often it is tried again at most.
   * @defaultValue the balancer's `retries`
   */
  retries?: number | undefined;
  /** What it has in common with those that are to go to the same member, for the strategy `consistent_hash`. */
  hashKey?: string | undefined;
}

/** By what requests are sent. */
export interface DispatchSettings {
  readonly makeStrategy: MakeStrategy;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly idempotent: boolean;
  readonly retryBudget: RetryBudget;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly hedge: HedgeOptions | undefined;
}

/** For whom requests are sent. */
export interface DispatcherOwner {
  readonly members: MemberSet;
  readonly closing: Closing;
  readonly events: EventHub<BalancerEvents>;
  /** Why there are no members at all, in a few words. */
  whyNobody(): string;
}

const OWN_OPTIONS = { retries: option.limitOrZero, hashKey: option.string };

/** Sends requests to members, and again to others as long as that is safe, of use, and in time. */
export class Dispatcher implements RunHost {
  readonly timeoutMs: number;
  readonly #settings: DispatchSettings;
  readonly #owner: DispatcherOwner;
  readonly #members: MemberSet;
  /** Of requests that may be run twice, of those that may not, and of those that do not say. */
  readonly #idempotent: RequestWishes;
  readonly #plain: RequestWishes;
  readonly #wishes: RequestWishes;
  readonly #hedging: Hedging | undefined;
  /** Of each tier its own: what a strategy keeps belongs to the members that it chooses from. */
  readonly #strategies = new Map<number | undefined, Strategy>();
  readonly #clock = new TurnClock(() => performance.now());
  readonly #waiting: WaitingRequests;
  readonly #counts = { requests: 0, retries: 0, retriesRefused: 0, hedges: 0 };

  constructor(settings: DispatchSettings, owner: DispatcherOwner) {
    const { timeoutMs, idempotent, retries, hedge } = settings;
    this.#settings = settings;
    this.#owner = owner;
    this.#members = owner.members;
    this.timeoutMs = timeoutMs;
    this.#waiting = new WaitingRequests({ members: () => owner.members.all, whyNobody: () => owner.whyNobody() });
    const common = { hashKey: undefined, retries };
    this.#idempotent = { ...common, isIdempotent: true, isHedged: hedge !== undefined };
    this.#plain = { ...common, isIdempotent: false, isHedged: false };
    this.#wishes = idempotent ? this.#idempotent : this.#plain;
    this.#hedging = hedge === undefined ? undefined : new Hedging(hedge);
  }

  get keepsAsyncContext(): boolean {
    return this.#members.hasMiddleware || Operation.isObserved;
  }

  get counts(): Readonly<Record<'requests' | 'retries' | 'retriesRefused' | 'hedges', number>> {
    return this.#counts;
  }

  /** Requests that wait for a member that can be reached. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Asks one member after the other. Never throws at once. */
  send(action: string, data: unknown, options: BalancedRequestOptions | undefined): Promise<unknown> {
    try {
      const run = this.#newRun(action, data, options);
      this.#owner.closing.refuse(`request '${action}'`);
      this.#counts.requests += 1;
      this.#settings.retryBudget.requested();
      return run.wishes.isHedged ? this.#sendHedged(run) : this.#attempt(run, undefined);
    } catch (error) {
      return rejected(error);
    }
  }

  /** Waits until there is somebody to ask. @throws ConnectionError UNREACHABLE, CLOSED; CancelledError ABORTED */
  async waitForMember(limits: Limits): Promise<void> {
    await this.#waiting.forMember({ what: 'connect', limits, lastError: undefined, outcome: 'not-sent' }).promise;
  }

  /** Who is to be asked has changed: those that have waited for that go on, and what the others have under way goes to those that are. */
  onAvailability(): void {
    if (this.#waiting.size > 0 && this.#members.shares.length > 0) this.#waiting.goOn();
    if (!this.#owner.closing.hasBegun) {
      for (const member of this.#members.all) if (member.checked === 'FAILING') this.#moveElsewhere(member);
    }
  }

  /** Nothing new comes: who waits for somebody to ask waits in vain, and who waits to be tried again is tried at once, as long as there are members. */
  beginClose(): void {
    this.#waiting.close();
    this.#waiting.hurry();
  }

  now(): number {
    return this.#clock.now();
  }

  succeeded(member: Member, askedAt: number): void {
    const now = this.#clock.now();
    const tookMs = now - askedAt;
    member.latency.observe(tookMs, now);
    this.#hedging?.observe(tookMs);
    this.#members.succeeded(member);
  }

  failed(run: RequestRun, member: Member, error: unknown, isAnswer: boolean): Promise<unknown> | undefined {
    if (run.isCancelled) return undefined;
    if (run.takeMove()) return this.#moved(run, member);
    const blame = blameFor(error, isAnswer, member.isOwnClient);
    if (blame === 'failing') this.#members.failed(member, error);
    if (blame === 'well') this.#members.succeeded(member);
    // What is none of ours was thrown by a handler: that is an answer.
    if (!(error instanceof LiberZMQError)) return undefined;
    if (error.outcome === 'unknown') run.doubtBecauseOf(error);
    const next = this.#tryAgain(run, member, error, isAnswer);
    const { doubt } = run;
    // What may have run before must not pass for what has not.
    if (next === undefined && doubt !== undefined && !isLastWord(error)) return rejected(inDoubt(error, doubt));
    return next;
  }

  #newRun(action: string, data: unknown, options: BalancedRequestOptions | undefined): RequestRun {
    if (options === undefined) return new RequestRun(this, action, data, undefined, this.#wishes);
    // What is no object at all has nothing in it.
    if (typeof options !== 'object' || (options as unknown) === null) requestBudget(action, options, this.timeoutMs);
    const { idempotent: isIdempotent = this.#settings.idempotent } = options;
    const wishes = isIdempotent ? this.#idempotent : this.#plain;
    if (!('retries' in options || 'hashKey' in options)) return new RequestRun(this, action, data, options, wishes);
    const { retries = this.#settings.retries, hashKey, ...others } = options;
    checkOptions('sendRequest', { retries, hashKey }, OWN_OPTIONS);
    return new RequestRun(this, action, data, others, { ...wishes, hashKey, retries });
  }

  /** Asks a member, or waits until there is one. @param error of the attempt before, if there was one */
  #attempt(run: RequestRun, error: LiberZMQError | undefined): Promise<unknown> {
    if (run.isCancelled) return rejected(error);
    let member;
    try {
      member = this.#pick(run);
    } catch (failure) {
      // A strategy of somebody else.
      return rejected(run.doubt ?? failure);
    }
    if (member === undefined) return this.#attemptLater(run, error);
    return member.isOwnClient || run.attempts > 0 ? run.ask(member) : this.#askChecked(run, member);
  }

  async #askChecked(run: RequestRun, member: Member): Promise<unknown> {
    run.check();
    return run.ask(member);
  }

  async #attemptLater(run: RequestRun, error: LiberZMQError | undefined): Promise<unknown> {
    if (run.attempts === 0) run.check();
    const waiting = waitingOf(run, error);
    if (this.#owner.closing.hasBegun) throw closedError(`${waiting.what}: this balancer is closed`, waiting.outcome);
    await run.waitFor(this.#waiting.forMember(waiting));
    return this.#attempt(run, error);
  }

  /** As often as it may be, and as the budget allows, after a pause. @returns nothing if not */
  #tryAgain(run: RequestRun, member: Member, error: LiberZMQError, isAnswer: boolean): Promise<unknown> | undefined {
    const verdict = verdictOn(error, run.wishes.isIdempotent);
    if (verdict === 'final' || run.attempts > run.wishes.retries || this.#owner.closing.hasBegun) return undefined;
    const pauseMs = this.#pauseMs(run, error, verdict);
    if (this.#clock.now() + pauseMs >= run.limits.deadline) return undefined;
    // What has reached nobody is no load for anybody, and neither is any more what a server had that is gone.
    const isFree = error.outcome === 'not-sent' || (member.isOwnClient && !isAnswer && isOfConnection(error));
    if (!isFree && !this.#settings.retryBudget.take()) {
      this.#counts.retriesRefused += 1;
      return undefined;
    }
    this.#retried(run, member, error, pauseMs);
    return this.#attemptAfter(run, error, pauseMs);
  }

  async #attemptAfter(run: RequestRun, error: LiberZMQError, pauseMs: number): Promise<unknown> {
    await run.waitFor(this.#waiting.forTime(waitingOf(run, error), pauseMs));
    return this.#attempt(run, error);
  }

  /** What a member has under way that does not answer any more goes to others, as far as that does no harm. */
  #moveElsewhere(member: Member): void {
    for (const run of member.line.watchers()) {
      if (!(run instanceof RequestRun) || !run.wishes.isIdempotent || run.attempts > run.wishes.retries) continue;
      // It may be answered yet: it is left where it is, unless there is somebody else to ask, and leave to do so.
      if (!run.isAt(member) || this.#others(run).length === 0 || !this.#settings.retryBudget.take()) continue;
      run.move();
    }
  }

  #moved(run: RequestRun, member: Member): Promise<unknown> {
    const what = `request '${run.action}': ${member.key} does not answer any more`;
    const error = new ConnectionError('CONNECTION_LOST', what);
    run.doubtBecauseOf(error);
    this.#retried(run, member, error, 0);
    return this.#attempt(run, error);
  }

  /** Asks a second member if the first one takes long, and takes the answer that comes first. */
  #sendHedged(run: RequestRun): Promise<unknown> {
    const hedging = this.#hedging as Hedging;
    hedging.requested();
    const first = { run, promise: this.#attempt(run, undefined) };
    const hedged = new HedgedRequest(first, () => this.#second(run));
    hedged.takeBack = hedging.after(this.#clock.now(), hedged.onLate);
    return hedged.promise;
  }

  /** The same request to a second member, if there is one, and leave to ask it. */
  #second(run: RequestRun): HedgedAttempt | undefined {
    if (run.attempts !== 1 || !run.isUnderWay || this.#owner.closing.hasBegun) return undefined;
    let other;
    try {
      other = this.#pick(run);
    } catch {
      // A strategy that throws: the first one is asked already.
    }
    if (other === undefined || run.hasAsked(other) || !(this.#hedging as Hedging).take()) return undefined;
    this.#counts.hedges += 1;
    this.#owner.events.emit('hedged', { action: run.action, member: other.key });
    const second = run.fork(other);
    return { run: second, promise: second.ask(other) };
  }

  #retried(run: RequestRun, member: Member, error: LiberZMQError, pauseMs: number): void {
    this.#counts.retries += 1;
    const { action, attempts } = run;
    this.#owner.events.emit('retried', { action, attempt: attempts + 1, from: member.key, error, pauseMs });
  }

  /** A member that was not asked yet, if there is one: at first one of the tier whose turn it is, then of any. @throws what a strategy of somebody else throws */
  #pick(run: RequestRun): Member | undefined {
    const { shares } = this.#members;
    const [first] = shares;
    if (first === undefined) return undefined;
    const share = shares.length === 1 ? first : draw(shares);
    if (run.attempts === 0) return this.#choose(share, run);
    const fresh = share.members.filter((each) => !run.hasAsked(each));
    if (fresh.length > 0) return this.#choose({ members: fresh, tier: share.tier }, run);
    const others = this.#others(run);
    const { tier } = others[0] ?? share;
    const members = others.filter((each) => each.tier === tier);
    return this.#choose(members.length > 0 ? { members, tier } : share, run);
  }

  #choose({ members, tier }: Pick<Share, 'members' | 'tier'>, run: RequestRun): Member | undefined {
    return members.length === 1 ? members[0] : this.#strategyOf(tier).pick(members, run);
  }

  #strategyOf(tier: number | undefined): Strategy {
    let strategy = this.#strategies.get(tier);
    if (strategy === undefined) this.#strategies.set(tier, (strategy = this.#settings.makeStrategy(Math.random)));
    return strategy;
  }

  /** Members that were not asked yet, those of the lowest tier first. */
  #others(run: RequestRun): readonly Member[] {
    return this.#members.available.filter((each) => !run.hasAsked(each));
  }

  /** Full jitter after a fault, equal jitter after an overload; the server's own word holds where there is nobody else to ask. */
  #pauseMs(run: RequestRun, error: LiberZMQError, verdict: Exclude<Verdict, 'final'>): number {
    const { backoffMs, backoffMaxMs } = this.#settings;
    const longest = Math.min(backoffMaxMs, backoffMs * 2 ** (run.attempts - 1));
    const pauseMs = verdict === 'fault' ? longest * Math.random() : longest * (0.5 + Math.random() / 2);
    return this.#others(run).length > 0 ? pauseMs : Math.max(pauseMs, retryAfterOf(error));
  }
}

/** What is to be said of a request while it waits. @param error of the attempt before, if there was one */
function waitingOf(run: RequestRun, error: LiberZMQError | undefined): Waiting {
  const { action, limits, doubt } = run;
  const outcome = doubt === undefined ? 'not-sent' : 'unknown';
  return { what: `request '${action}'`, limits, lastError: doubt ?? error, outcome };
}

/** What a request fails with that has not run the last time, but may have run before. */
function inDoubt(error: LiberZMQError, doubt: LiberZMQError): LiberZMQError {
  if (error.code !== 'ABORTED') return doubt;
  return new CancelledError('ABORTED', `${error.message}; it may have run before`, { cause: error.cause ?? doubt });
}

/** One of the shares, as often as its part says. */
function draw(shares: readonly Share[]): Share {
  let left = Math.random();
  for (const share of shares) {
    left -= share.part;
    if (left < 0) return share;
  }
  return shares.at(-1) as Share;
}
