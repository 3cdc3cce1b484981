import { TimeoutError } from '../errors/error-classes.js';
import { Alarm } from './alarm.js';

/**
 * The part of its time by which a lease counts as lost early: two clocks may go at rates that differ by some 0.05 %, and a timer may be late by some ms. The shortest
 * lease, of a second, has 10 ms.
 */
const EARLY = 0.01;

/** A lease is renewed when that part of its time has passed, so that two attempts may fail. As etcd's own client. */
const RENEWED_AT = 1 / 3;

/** What keeps leases alive. */
export interface LeaseKeeper {
  /** Asks for more time, if that can be asked for now. */
  renew(lease: KeptLease): void;
  /** What was asked has not been answered in good time. */
  overdue(lease: KeptLease): void;
  /** It is over with a lease. */
  forget(lease: KeptLease): void;
}

/**
 * The time of one lease. etcd counts it from when it takes a request, which is later than when that left: whoever counts from there is never later than etcd. Until a
 * request is answered it counts for nothing.
 */
export class KeptLease {
  readonly id: bigint;
  readonly ttlMs: number;
  readonly #keeper: LeaseKeeper;
  readonly #lost = new AbortController();
  readonly #expiry = new Alarm(() => this.#expired());
  readonly #renewal = new Alarm(() => this.#due());
  /** When the last request left that etcd has granted. */
  #grantedAt: number;
  /** When the request left that is not answered yet. */
  #askedAt: number | undefined;
  #dueAt = Infinity;

  constructor(id: bigint, ttlMs: number, grantedAt: number, keeper: LeaseKeeper) {
    this.id = id;
    this.ttlMs = ttlMs;
    this.#keeper = keeper;
    this.#grantedAt = grantedAt;
    this.#granted(grantedAt);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** For how long it is surely held, in ms. */
  get remainingMs(): number {
    return this.lost.aborted ? 0 : Math.max(0, this.#grantedAt + this.ttlMs * (1 - EARLY) - performance.now());
  }

  get isDue(): boolean {
    return this.#askedAt === undefined && performance.now() >= this.#dueAt;
  }

  /** A request is about to leave. */
  asked(): void {
    this.#askedAt = performance.now();
    this.#setDue(this.#askedAt + this.ttlMs * RENEWED_AT);
  }

  /** A request has been answered. Requests on one stream are answered in their order, and there is one at a time. */
  answered(): void {
    if (this.#askedAt === undefined) return;
    const askedAt = this.#askedAt;
    this.#askedAt = undefined;
    this.#granted(askedAt);
  }

  /** The stream is gone on which it would have been answered. */
  unanswered(): void {
    if (this.#askedAt === undefined) return;
    this.#askedAt = undefined;
    this.#setDue(performance.now());
  }

  /** It is over, or may be. */
  lose(reason: unknown): void {
    this.#expiry.clear();
    this.#renewal.clear();
    this.#keeper.forget(this);
    this.#lost.abort(reason);
  }

  #granted(at: number): void {
    this.#grantedAt = at;
    this.#expiry.set(at + this.ttlMs * (1 - EARLY));
    this.#setDue(at + this.ttlMs * RENEWED_AT);
  }

  #setDue(at: number): void {
    this.#dueAt = at;
    this.#renewal.set(at);
  }

  #due(): void {
    if (this.#askedAt === undefined) this.#keeper.renew(this);
    else this.#keeper.overdue(this);
  }

  #expired(): void {
    const message = `lease ${leaseName(this.id)} may be over: etcd has not answered for its ${this.ttlMs} ms`;
    this.lose(new TimeoutError('TIMEOUT', message, { outcome: 'unknown' }));
  }
}

/** As etcd's own tools write it. */
export function leaseName(id: bigint): string {
  return BigInt.asUintN(64, id).toString(16).padStart(16, '0');
}
