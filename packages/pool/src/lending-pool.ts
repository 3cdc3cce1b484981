import {
  AuthenticationError,
  CancelledError,
  ConfigurationError,
  getLogger,
  type Closable,
  type CloseOptions,
  type TypedEvent,
} from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { closedError, Closing, EventHub, rejected, settledWithin, TurnClock } from '@liberzmq/core/requesters';
import { checkAcquireOptions, type AcquireOptions } from './acquire-options.js';
import { LeakWatches } from './leak-watches.js';
import type { Lease, Lender } from './lease.js';
import type { PoolEvents, PoolState, PoolStats } from './pool-events.js';
import type { SettledLimits, SettledOptions } from './pool-options.js';
import { exhaustedError, timedOutError, type OldestHolder, type Situation } from './situation.js';
import type { Slot } from './slot.js';
import { Supply } from './supply.js';
import { WaitHistogram } from './wait-times.js';
import { Waiter, type WaiterOwner } from './waiter.js';
import { WaitingLine } from './waiting-line.js';

const NO_OPTIONS: AcquireOptions = Object.freeze({});
const NO_SIGNALS: readonly AbortSignal[] = [];

/** The side of a pool that those see who ask: the line in which they wait, and what was lent to them. What there is to lend is the supply's. */
export abstract class LendingPool<T, L extends Lease<T>> implements Closable, AsyncDisposable {
  protected readonly limits: SettledLimits;
  readonly #supply: Supply<T>;
  readonly #line = new WaitingLine<L>();
  readonly #hub = new EventHub<PoolEvents>();
  readonly #log = getLogger('liberzmq:pool');
  readonly #closing: Closing;
  readonly #waits = new WaitHistogram();
  readonly #leaks: LeakWatches<T>;
  readonly #counts = { acquired: 0, released: 0, timedOut: 0, refused: 0, leaked: 0 };
  readonly #lender: Lender<T>;
  readonly #waiterOwner: WaiterOwner<L>;
  /** For what is known about what was lent; exact to the turn of the event loop. */
  readonly #clock = new TurnClock(() => performance.now());
  #inUse = 0;
  #waited = 0;
  #isStarted = false;
  #isSuspended = false;
  #isDraining = false;
  #isClosed = false;
  #onQuiet: (() => void)[] = [];

  protected constructor(options: SettledOptions<T>) {
    this.limits = options;
    this.#closing = new Closing(options.name);
    this.#supply = new Supply(options, {
      events: this.#hub,
      log: this.#log,
      isAwaited: () => this.#line.size > 0,
      onSupply: () => {
        this.#serve();
      },
      onCreateFailed: (error) => {
        this.#onCreateFailed(error);
      },
    });
    this.#leaks = new LeakWatches(options.leakThresholdMs, (slot, stack) => {
      this.#onLeak(slot, stack);
    });
    this.#lender = this.#newLender();
    this.#waiterOwner = {
      onExpired: (waiter) => {
        this.#leave(waiter, () => this.timedOut(performance.now() - waiter.since));
      },
      onAborted: (waiter, reason) => {
        this.#leave(waiter, () => this.#cancelled(reason));
      },
    };
  }

  /** How errors and logs call it. */
  get name(): string {
    return this.limits.name;
  }

  get state(): PoolState {
    if (this.#isClosed) return 'closed';
    if (this.#isDraining) return 'draining';
    return this.#isSuspended ? 'suspended' : 'open';
  }

  /**
   * Makes one now, instead of when it is needed, and shows what is wrong. From then on `minSize` are kept. Resolves with the pool itself.
   * @throws what `create` has thrown; PoolError POOL_TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED
   */
  async connect(options: Omit<AcquireOptions, 'priority'> = {}): Promise<this> {
    const { timeoutMs, signal } = options;
    checkOptions('connect', options, { timeoutMs: option.duration, signal: option.signal });
    // One that is lent, and works as far as is known, has been made.
    if (!this.#isDraining && this.#supply.isProven) return this;
    const lease = await this.lend({ timeoutMs, signal }, undefined, true);
    lease.release();
    return this;
  }

  /**
   * Lends one, as soon as there is one: a new one is made if there is room. Give it back whatever happens; `use` does that for you.
   * @throws PoolError POOL_TIMEOUT when the time is up (the cause says why none could be made, if that was it), POOL_EXHAUSTED if too many wait; CancelledError ABORTED;
   * ConnectionError CLOSED; ConfigurationError BAD_OPTION; what `create` has thrown, if that is a ConfigurationError or an AuthenticationError: more attempts would not help
   */
  acquire(options?: AcquireOptions): Promise<L> {
    return this.lend(options, this.#leaks.callerStack(1));
  }

  /** Lends one if there is one that can be used as it is, and nobody waits; else `undefined`. Makes none. */
  tryAcquire(): L | undefined {
    return this.lendNow(this.#leaks.callerStack(1));
  }

  /** Lends nothing more until {@link resume}: whoever asks waits. What is lent stays lent. */
  suspend(): void {
    if (this.#isSuspended || this.#isDraining) return;
    this.#isSuspended = true;
    this.#hub.emit('suspended', {});
  }

  resume(): void {
    if (!this.#isSuspended || this.#isDraining) return;
    this.#isSuspended = false;
    this.#hub.emit('resumed', {});
    this.#serve();
    this.onLineMoved();
  }

  /** Drops all that are there, and those that are lent when they come back; new ones take their places. For when an address or a password has changed. */
  evict(): void {
    this.#supply.evict();
    this.#serve();
  }

  /**
   * Takes no new acquirers, serves those who wait, and waits until all is given back: the first half of {@link close}, to be followed by it.
   * @returns whether all was given back in time
   * @throws ConfigurationError BAD_OPTION
   */
  async drain(options: { timeoutMs?: number | undefined } = {}): Promise<boolean> {
    checkOptions('drain', options, { timeoutMs: option.durationOrZero });
    return this.#drain(options.timeoutMs ?? Infinity);
  }

  /**
   * Takes no new acquirers, serves those who wait and waits until all is given back, within the time; then destroys everything. What is still lent then is
   * destroyed under its holder, and whoever still waits is rejected with `CLOSED`. A second call returns the same promise.
   */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) => this.#close(timeoutMs));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it has, and what it has done so far. */
  stats(): PoolStats {
    const { minSize, maxSize } = this.limits;
    return {
      state: this.state,
      ...this.#supply.stats(),
      ...this.#counts,
      waiting: this.#line.size,
      minSize,
      maxSize,
      waitTimes: this.#waits.snapshot(this.#counts.acquired - this.#waited),
    };
  }

  on<K extends keyof PoolEvents>(type: K, listener: (event: PoolEvents[K]) => void): this {
    this.#hub.on(type, listener);
    return this;
  }

  off<K extends keyof PoolEvents>(type: K, listener: (event: PoolEvents[K]) => void): this {
    this.#hub.off(type, listener);
    return this;
  }

  /** All events from now on, one after the other, until it is closed. A loop that is too slow misses the oldest beyond a thousand. */
  events(): AsyncIterableIterator<TypedEvent<PoolEvents>> {
    return this.#hub.iterate();
  }

  /** The lease of a slot that is lent now. */
  protected abstract newLease(lender: Lender<T>, slot: Slot<T>): L;

  /** Somebody has left the line, served or not, or lending goes on. */
  protected onLineMoved(): void {}

  /** Whether this pool has lent it. */
  protected hasLent(lease: Lease<T>): boolean {
    return lease.isFrom(this.#lender);
  }

  /** How many wait for one. */
  protected get waiting(): number {
    return this.#line.size;
  }

  /** How many could be lent without anybody giving one back. */
  protected get room(): number {
    return this.#supply.room;
  }

  /** Whether more will be there to be lent, as far as one can tell. */
  protected get isMoreComing(): boolean {
    return this.#supply.isMoreComing;
  }

  /** Where the application has called, if anybody wants to know: to be asked by the function that it has called. */
  protected callerStack(): string | undefined {
    return this.#leaks.callerStack(2);
  }

  /** Makes so many for those who will come, as far as there is room. */
  protected grow(count: number): void {
    this.#isStarted = true;
    this.#supply.order(this.#line.size + count);
  }

  /** @param stack where the application has asked; without it nobody watches whether it comes back. */
  protected lendNow(stack: string | undefined): L | undefined {
    if (this.#line.size > 0 || this.#isSuspended || this.#isDraining) return undefined;
    const slot = this.#supply.take();
    return slot === undefined ? undefined : this.#lend(slot, this.#clock.now(), stack);
  }

  /**
   * Lends one now or later. Never throws at once.
   * @param failsFast whether to end with the first failure to make one.
   * @param onServed told of the lease at once, before the promise has resolved.
   */
  protected lend(
    options: AcquireOptions | undefined,
    stack: string | undefined,
    failsFast = false,
    onServed?: (lease: L) => void,
  ): Promise<L> {
    try {
      return this.#lendOrWait(options, stack, failsFast, onServed);
    } catch (error) {
      return rejected(error);
    }
  }

  /** Somebody has waited in vain. @returns what to tell */
  protected timedOut(waitedMs: number): Error {
    this.#counts.timedOut += 1;
    this.#hub.emit('timedOut', { waitedMs });
    return timedOutError(this.#situation(), waitedMs);
  }

  /** Somebody may not wait, because too many do. @returns what to tell */
  protected refused(): Error {
    this.#counts.refused += 1;
    return exhaustedError(this.#situation(), this.limits.maxWaiters);
  }

  #newLender(): Lender<T> {
    const line = this.#line;
    return {
      name: this.limits.name,
      takeBack: (slot, isUnwanted) => {
        this.#takeBack(slot, isUnwanted);
      },
      get waiting() {
        return line.size;
      },
    };
  }

  #lendOrWait(
    options: AcquireOptions | undefined,
    stack: string | undefined,
    failsFast: boolean,
    onServed: ((lease: L) => void) | undefined,
  ): Promise<L> {
    const { name, acquireTimeoutMs, maxWaiters } = this.limits;
    if (options !== undefined) checkAcquireOptions('acquire', options);
    const { timeoutMs = acquireTimeoutMs, signal, priority = 0 } = options ?? NO_OPTIONS;
    if (signal?.aborted === true) throw this.#cancelled(signal.reason);
    if (this.#isDraining) {
      throw closedError(`${name}: nothing is lent any more: it is closed, or about to be`, 'not-sent');
    }
    const slot = this.#line.size === 0 && !this.#isSuspended ? this.#supply.take() : undefined;
    if (slot !== undefined) {
      const lease = this.#lend(slot, this.#clock.now(), stack);
      onServed?.(lease);
      return Promise.resolve(lease);
    }
    // Those who will be served without anybody giving one back are not in anybody's way.
    if (this.#line.size >= maxWaiters && !failsFast && this.#line.size >= maxWaiters + this.#supply.room) {
      throw this.refused();
    }
    const since = performance.now();
    this.#isStarted = true;
    const limits = { deadline: since + timeoutMs, signals: signal === undefined ? NO_SIGNALS : [signal] };
    const waiter = new Waiter<L>(this.#waiterOwner, limits, since, priority, failsFast, stack, onServed);
    this.#line.append(waiter);
    this.#serve();
    if (this.#line.size > 0) {
      this.#supply.awaited();
      if (this.#hub.isHeard('waiting')) this.#hub.emit('waiting', { waiting: this.#line.size });
    }
    return waiter.promise;
  }

  #leave(waiter: Waiter<L>, why: () => unknown): void {
    this.#line.remove(waiter);
    waiter.reject(why());
    this.onLineMoved();
    this.#tellIfQuiet();
  }

  /** Whoever waits gets what there is, in turn; what else is needed is ordered. */
  #serve(): void {
    if (this.#isSuspended || this.#isClosed || !this.#isStarted) return;
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      const slot = this.#supply.take();
      if (slot === undefined) break;
      this.#lendTo(first, slot, performance.now());
    }
    this.#supply.order(this.#line.size);
    if (!this.#isDraining) this.#supply.keepMinimum();
  }

  #lendTo(waiter: Waiter<L>, slot: Slot<T>, now: number): void {
    const waitedMs = Math.max(0, now - waiter.since);
    this.#line.remove(waiter);
    this.#waited += 1;
    this.#waits.record(waitedMs);
    waiter.resolve(this.#lend(slot, now, waiter.stack, waitedMs));
    this.onLineMoved();
  }

  #lend(slot: Slot<T>, now: number, stack: string | undefined, waitedMs = 0): L {
    const lease = this.newLease(this.#lender, slot);
    slot.lease = lease;
    slot.leasedAt = now;
    this.#inUse += 1;
    this.#counts.acquired += 1;
    if (stack !== undefined) this.#leaks.begin(slot, stack);
    if (this.#hub.isHeard('acquired')) this.#hub.emit('acquired', { waitedMs });
    return lease;
  }

  #takeBack(slot: Slot<T>, isUnwanted: boolean): void {
    const now = this.#clock.now();
    const { leasedAt } = slot;
    slot.lease = undefined;
    this.#inUse -= 1;
    this.#leaks.end(slot);
    const next = this.#isSuspended ? undefined : this.#line.first;
    if (next !== undefined && !isUnwanted && this.#supply.mayGoOn(slot) && !this.#hub.isHeard('released')) {
      this.#counts.released += 1;
      this.#lendTo(next, slot, now);
      return;
    }
    this.#supply.putBack(slot, isUnwanted, now);
    this.#released(leasedAt);
    if (next !== undefined || slot.state !== 'idle') this.#serve();
    if (this.#isDraining) this.#tellIfQuiet();
  }

  #released(leasedAt: number): void {
    this.#counts.released += 1;
    if (this.#hub.isHeard('released')) this.#hub.emit('released', { heldMs: performance.now() - leasedAt });
  }

  #onLeak(slot: Slot<T>, stack: string): void {
    const heldMs = performance.now() - slot.leasedAt;
    this.#counts.leaked += 1;
    const what = `${this.name}: one was not given back within ${String(this.limits.leakThresholdMs)} ms`;
    this.#log.warn({ heldMs, stack }, what);
    this.#hub.emit('leaked', { heldMs, stack });
  }

  /** Most failures pass. What is set up wrongly does not, and whoever wants to know at once is told at once. */
  #onCreateFailed(error: unknown): void {
    const isFinal = error instanceof ConfigurationError || error instanceof AuthenticationError;
    for (const waiter of [...this.#line]) if (isFinal || waiter.failsFast) this.#leave(waiter, () => error);
    this.onLineMoved();
  }

  #tellIfQuiet(): void {
    // Nobody waits, and nothing is lent.
    if (this.#line.size === 0 && this.#inUse === 0) for (const tell of this.#onQuiet.splice(0)) tell();
  }

  async #drain(timeoutMs: number): Promise<boolean> {
    this.#isDraining = true;
    if (this.#isSuspended) this.#rejectAll('it was suspended, and takes no more');
    const quiet = new Promise<void>((resolve) => this.#onQuiet.push(resolve));
    this.#tellIfQuiet();
    return settledWithin(quiet, Math.max(timeoutMs, Number.MIN_VALUE));
  }

  async #close(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    if (timeoutMs > 0) await this.#drain(timeoutMs);
    this.#isDraining = true;
    this.#isClosed = true;
    this.#rejectAll('it was closed');
    const lent = this.#supply.revoke();
    this.#inUse = 0;
    for (const slot of lent) this.#leaks.end(slot);
    const closing = this.#supply.close(until);
    for (const { leasedAt } of lent) this.#released(leasedAt);
    await closing;
    this.#hub.emit('closed', {});
    this.#hub.end();
  }

  #rejectAll(why: string): void {
    for (const waiter of [...this.#line]) {
      this.#leave(waiter, () => closedError(`${this.name}: ${why} while somebody waited`, 'not-sent'));
    }
  }

  #cancelled(cause: unknown): CancelledError {
    const what = `${this.name}: the wait for one was aborted`;
    return new CancelledError('ABORTED', what, { outcome: 'not-sent', cause });
  }

  #situation(): Situation {
    const { name } = this.limits;
    return { name, failure: this.#supply.failure, stats: this.stats(), oldestHolder: this.#oldestHolder() };
  }

  #oldestHolder(): OldestHolder | undefined {
    const oldest = this.#supply.heldLongest();
    if (oldest === undefined) return undefined;
    return { heldMs: performance.now() - oldest.leasedAt, stack: this.#leaks.stackOf(oldest) };
  }
}
