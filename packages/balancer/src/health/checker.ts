import { Client, LiberZMQError, type Requester, type ServingStatus } from '@liberzmq/core';
import { boundedCall, outcomeOf, type Limits } from '@liberzmq/core/requesters';
import { blameFor } from '../attempts/retry-rule.js';
import type { Member } from '../members/member.js';
import { after } from '../timers.js';
import type { HealthCheckSettings } from './health-check-options.js';

/** What a check has found out. */
export interface CheckResult {
  /** What the server says; of one that has said goodbye on this connection `DRAINING`: it takes nothing more, and no question either. */
  readonly status: ServingStatus | 'FAILING';
  /** How long the answer took, in ms; `undefined` if there was none. */
  readonly tookMs: number | undefined;
  /** Why there was none, where there should have been one. */
  readonly error: unknown;
}

/** What is done about a check. */
export interface CheckerOwner {
  members(): readonly Member[];
  /** Enough checks in a row agree. */
  onVerdict(member: Member, status: ServingStatus | 'FAILING', why: string | undefined): void;
}

/** By so much of the interval a pause is shorter or longer: clients that check at the same time are not to stay together. */
const JITTER = 0.1;
/** Of one that has said goodbye. */
const CLOSING: CheckResult = { status: 'DRAINING', tookMs: undefined, error: undefined };
const STATUSES: readonly unknown[] = ['SERVING', 'DRAINING', 'NOT_SERVING'];

/** Asks the members themselves how they are. */
export class Checker {
  readonly #settings: HealthCheckSettings;
  readonly #owner: CheckerOwner;
  /** Of each member: how many checks in a row had an answer (above 0) or none (below 0). */
  readonly #inARow = new WeakMap<Member, number>();
  readonly #underWay = new Map<Member, Promise<CheckResult>>();
  /** Whose turn came while they were asked. */
  readonly #missed = new Set<Member>();
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: HealthCheckSettings, owner: CheckerOwner) {
    this.#settings = settings;
    this.#owner = owner;
  }

  /** The first check comes at any time within an interval, so that of many clients that start together each has a time of its own; but not at once, when nothing is connected yet. */
  start(): void {
    if (this.#timer === undefined) this.#pause(JITTER + Math.random());
  }

  /** For good. What is under way is given up, and says nothing of anybody. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#missed.clear();
    this.#end.abort();
  }

  /** Asks one member, and draws the conclusion, within `timeoutMs` whatever it does. While it is asked already, that is the one question. Never rejects. */
  check(member: Member): Promise<CheckResult> {
    if (member.isConnected && member.hasSaidGoodbye) return Promise.resolve(CLOSING);
    let check = this.#underWay.get(member);
    if (check === undefined) this.#underWay.set(member, (check = this.#check(member)));
    return check;
  }

  async #check(member: Member): Promise<CheckResult> {
    const { timeoutMs } = this.#settings;
    const { signal } = this.#end;
    const deadline = performance.now() + timeoutMs;
    const { requester } = member;
    // One that is about to be connected is not to be found missing.
    if (!member.isConnected && requester instanceof Client) {
      await requester.connect({ waitForConnection: true, timeoutMs, signal }).catch(() => undefined);
    }
    // One that is still not says so at once.
    const limits = { deadline: member.isConnected ? deadline : Infinity, signals: [signal] };
    const result = await ask(requester, limits, timeoutMs);
    this.#underWay.delete(member);
    if (signal.aborted || member.isRemoved) return result;
    // One that is not connected is known to be that, and may be well as soon as it is connected again.
    if (member.isConnected && saysSomething(member, result)) this.#conclude(member, result);
    if (this.#missed.delete(member)) void this.check(member);
    return result;
  }

  /** @param part of an interval, until all are asked. */
  #pause(part: number): void {
    this.#timer = after(part * this.#settings.intervalMs, () => {
      for (const member of this.#owner.members()) {
        if (this.#underWay.has(member)) this.#missed.add(member);
        else void this.check(member);
      }
      this.#pause(1 - JITTER + 2 * JITTER * Math.random());
    });
  }

  #conclude(member: Member, { status, error }: CheckResult): void {
    const { unhealthyAfter, healthyAfter } = this.#settings;
    const before = this.#inARow.get(member) ?? 0;
    const isFailure = status === 'FAILING';
    const now = isFailure ? Math.min(before, 0) - 1 : Math.max(before, 0) + 1;
    this.#inARow.set(member, now);
    if (isFailure) {
      member.lastError = error;
      if (-now >= unhealthyAfter) this.#owner.onVerdict(member, status, `${String(-now)} checks failed`);
    } else if (member.checked !== 'FAILING' || now >= healthyAfter) {
      this.#owner.onVerdict(member, status, status === 'SERVING' ? 'it answers' : `it says ${status}`);
    }
  }
}

/** Any answer means that it is there. What is no status, as the answer of a server that knows none, is taken for `SERVING`. */
async function ask(inner: Requester, limits: Limits, timeoutMs: number): Promise<CheckResult> {
  const from = performance.now();
  const tooLate = `'ping' took longer than ${String(timeoutMs)} ms`;
  const answered = (status: ServingStatus): CheckResult => ({
    status,
    tookMs: performance.now() - from,
    error: undefined,
  });
  try {
    return answered(
      statusOf(await boundedCall({ inner, action: 'ping', data: {}, options: undefined, tooLate }, limits)),
    );
  } catch (error) {
    // A server that refuses for want of room is there, and so is one that does not know the question.
    if (outcomeOf(error) === 'answered') return answered(isDraining(error) ? 'DRAINING' : 'SERVING');
    if (!(error instanceof LiberZMQError)) return answered('SERVING');
    return { status: 'FAILING', tookMs: undefined, error };
  }
}

/** Whether a check was of the member, and not of what waits on this side. */
function saysSomething({ isOwnClient }: Member, { status, error }: CheckResult): boolean {
  return status !== 'FAILING' || blameFor(error, false, isOwnClient) !== 'nothing';
}

function statusOf(answer: unknown): ServingStatus {
  const { status } = (typeof answer === 'object' && answer !== null ? answer : {}) as { status?: unknown };
  return STATUSES.includes(status) ? (status as ServingStatus) : 'SERVING';
}

function isDraining(error: unknown): boolean {
  return error instanceof LiberZMQError && error.code === 'DRAINING';
}
