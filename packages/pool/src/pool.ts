import {
  AuthenticationError,
  CancelledError,
  ConfigurationError,
  getLogger,
  type Closable,
  type CloseOptions,
  type PoolError,
  type TypedEvent,
} from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { closedError, Closing, EventHub, settledWithin, TurnClock } from '@liberzmq/core/requesters';
import { checkAcquireOptions, type AcquireOptions } from './acquire-options.js';
import { LeakWatches } from './leak-watches.js';
import { Lease, type Lender } from './lease.js';
import type { PoolEvents, PoolState, PoolStats } from './pool-events.js';
import { settleOptions, type PoolOptions, type Settled, type SettledLimits } from './pool-options.js';
import { exhaustedError, timedOutError, type OldestHolder, type Situation } from './situation.js';
import type { Slot } from './slot.js';
import { Supply } from './supply.js';
import { WaitHistogram } from './wait-times.js';
import { Waiter } from './waiter.js';
import { WaitingLine } from './waiting-line.js';

const NO_OPTIONS: AcquireOptions = Object.freeze({});
const NO_SIGNALS: readonly AbortSignal[] = [];

/**
 * Keeps a few of something that is dear to make, lends each to one at a time, and sees to it that what it lends works: connections to a server, above all.
 * Nothing is made before it is needed; {@link connect} shows at once whether that goes well.
 * @example
 * ```ts
 * const pool = new Pool({ create: () => openDatabase(), destroy: (database) => database.end(), maxSize: 10 });
 * const rows = await pool.use((database) => database.query('select 1'));
 * await pool.close();
 * ```
 */
export class Pool<T> implements Closable, AsyncDisposable {
  readonly #options: Settled<T>;
  readonly #supply: Supply<T>;
  readonly #line = new WaitingLine<T>();
  readonly #hub = new EventHub<PoolEvents>();
  readonly #log = getLogger('liberzmq:pool');
  readonly #closing: Closing;
  readonly #waits = new WaitHistogram();
  readonly #leaks: LeakWatches<T>;
  readonly #counts = { acquired: 0, released: 0, timedOut: 0, refused: 0, leaked: 0 };
  readonly #lender: Lender<T>;
  /** For what is known about what was lent; exact to the turn of the event loop. */
  readonly #clock = new TurnClock(() => performance.now());
  #inUse = 0;
  #waited = 0;
  #isStarted = false;
  #isSuspended = false;
  #isDraining = false;
  #isClosed = false;
  #onQuiet: (() => void)[] = [];

  /** @throws ConfigurationError BAD_OPTION */
  constructor(options: PoolOptions<T>) {
    this.#options = settleOptions(options);
    const { name } = this.#options;
    this.#closing = new Closing(name);
    this.#supply = new Supply(this.#options, {
      events: this.#hub,
      log: this.#log,
      onSupply: () => {
        this.#serve();
      },
      onCreateFailed: (error) => {
        this.#onCreateFailed(error);
      },
    });
    this.#leaks = new LeakWatches(this.#options.leakThresholdMs, (slot, stack) => {
      this.#onLeak(slot, stack);
    });
    const line = this.#line;
    this.#lender = {
      name,
      takeBack: (slot, isUnwanted) => {
        this.#takeBack(slot, isUnwanted);
      },
      get waiting() {
        return line.size;
      },
    };
  }

  /**
   * Makes one now, instead of when it is needed, and shows what is wrong. From then on `minSize` are kept. Resolves with the pool itself.
   * @throws what `create` has thrown; PoolError POOL_TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED
   */
  async connect(options: Omit<AcquireOptions, 'priority'> = {}): Promise<this> {
    const { timeoutMs, signal } = options;
    checkOptions('connect', options, { timeoutMs: option.duration, signal: option.signal });
    // Something is in use, and so has been made.
    if (this.#inUse > 0 && !this.#isDraining) return this;
    const lease = await this.#acquire({ timeoutMs, signal }, true, undefined);
    lease.release();
    return this;
  }

  /**
   * Lends one, as soon as there is one: a new one is made if there is room. Give it back whatever happens; {@link use} does that for you.
   * @throws PoolError POOL_TIMEOUT when the time is up (the cause says why none could be made, if that was it), POOL_EXHAUSTED if too many wait; CancelledError ABORTED;
   * ConnectionError CLOSED; ConfigurationError BAD_OPTION; what `create` has thrown, if that is a ConfigurationError or an AuthenticationError: more attempts would not help
   */
  acquire(options?: AcquireOptions): Promise<Lease<T>> {
    const stack = this.#leaks.callerStack();
    try {
      return this.#acquire(options, false, stack);
    } catch (error) {
      return rejected(error);
    }
  }

  /** Lends one if there is one that can be used as it is, and nobody waits; else `undefined`. Makes none. */
  tryAcquire(): Lease<T> | undefined {
    if (this.#line.size > 0 || this.#isSuspended || this.#isDraining) return undefined;
    const slot = this.#supply.take();
    return slot === undefined ? undefined : this.#lend(slot, this.#clock.now(), this.#leaks.callerStack());
  }

  /**
   * Lends one to a function, and takes it back when that is over.
   * @throws as {@link acquire} does; what the function throws
   */
  async use<R>(work: (resource: T, lease: Lease<T>) => R | Promise<R>, options?: AcquireOptions): Promise<R> {
    const lease = await this.acquire(options);
    try {
      return await work(lease.value, lease);
    } finally {
      lease[Symbol.dispose]();
    }
  }

  /** Lends nothing more until {@link resume}: whoever asks waits. What is lent stays lent. */
  suspend(): void {
    if (this.#isSuspended || this.#isDraining) return;
    this.#isSuspended = true;
    this.#hub.emit('suspended', {});
  }

  resume(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    this.#hub.emit('resumed', {});
    this.#serve();
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
    const { acquired } = this.#counts;
    return {
      state: this.state,
      ...this.#supply.stats(),
      ...this.#counts,
      inUse: this.#inUse,
      waiting: this.#line.size,
      minSize: this.#options.minSize,
      maxSize: this.#options.maxSize,
      waitTimes: this.#waits.snapshot(acquired - this.#waited),
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

  /** How errors and logs call it. */
  get name(): string {
    return this.#options.name;
  }

  get state(): PoolState {
    if (this.#isClosed) return 'closed';
    if (this.#isDraining) return 'draining';
    return this.#isSuspended ? 'suspended' : 'open';
  }

  protected get limits(): SettledLimits {
    return this.#options;
  }

  /** Why the last attempt to make one has failed, if it has. */
  protected get failure(): { readonly error: unknown } | undefined {
    return this.#supply.failure;
  }

  /** The error of somebody who has waited in vain. */
  protected timedOutError(waitedMs: number): PoolError {
    return timedOutError(this.#situation(), waitedMs);
  }

  /** How many wait for one. */
  protected get waiting(): number {
    return this.#line.size;
  }

  /** Makes one more for those who will come, if there is room, and none is being made. */
  protected grow(): void {
    this.#isStarted = true;
    this.#supply.order(this.#line.size + 1);
  }

  /** Lends one now or later. Throws what is wrong at once. */
  #acquire(options: AcquireOptions | undefined, failsFast: boolean, stack: string | undefined): Promise<Lease<T>> {
    const { name, acquireTimeoutMs, maxWaiters } = this.#options;
    if (options !== undefined) checkAcquireOptions('acquire', options);
    const { timeoutMs = acquireTimeoutMs, signal, priority = 0 } = options ?? NO_OPTIONS;
    if (signal?.aborted === true) throw this.#cancelled(signal.reason);
    if (this.#isDraining)
      throw closedError(`${name}: nothing is lent any more: it is closed, or about to be`, 'not-sent');
    const slot = this.#line.size === 0 && !this.#isSuspended ? this.#supply.take() : undefined;
    if (slot !== undefined) return Promise.resolve(this.#lend(slot, this.#clock.now(), stack));
    const since = performance.now();
    if (this.#line.size >= maxWaiters) {
      this.#counts.refused += 1;
      throw exhaustedError(this.#situation(), maxWaiters);
    }
    this.#isStarted = true;
    const limits = { deadline: since + timeoutMs, signals: signal === undefined ? NO_SIGNALS : [signal] };
    const waiter = new Waiter<T>(this.#waiterOwner, limits, since, priority, failsFast, stack);
    this.#line.append(waiter);
    this.#serve();
    if (this.#line.size > 0 && this.#hub.isHeard('waiting')) this.#hub.emit('waiting', { waiting: this.#line.size });
    return waiter.promise;
  }

  readonly #waiterOwner = {
    onExpired: (waiter: Waiter<T>): void => {
      this.#line.remove(waiter);
      this.#counts.timedOut += 1;
      const waitedMs = performance.now() - waiter.since;
      waiter.reject(this.timedOutError(waitedMs));
      this.#hub.emit('timedOut', { waitedMs });
      this.#tellIfQuiet();
    },
    onAborted: (waiter: Waiter<T>, reason: unknown): void => {
      this.#line.remove(waiter);
      waiter.reject(this.#cancelled(reason));
      this.#tellIfQuiet();
    },
  };

  /** Whoever waits gets what there is, in turn; what else is needed is ordered. */
  #serve(): void {
    if (this.#isSuspended || this.#isClosed || !this.#isStarted) return;
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      const slot = this.#supply.take();
      if (slot === undefined) break;
      this.#line.remove(first);
      this.#lendTo(first, slot, performance.now());
    }
    this.#supply.order(this.#line.size);
    if (!this.#isDraining) this.#supply.keepMinimum();
  }

  #lendTo(waiter: Waiter<T>, slot: Slot<T>, now: number): void {
    const waitedMs = Math.max(0, now - waiter.since);
    this.#waited += 1;
    this.#waits.record(waitedMs);
    waiter.resolve(this.#lend(slot, now, waiter.stack, waitedMs));
  }

  #lend(slot: Slot<T>, now: number, stack: string | undefined, waitedMs = 0): Lease<T> {
    const lease = new Lease(this.#lender, slot);
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
    slot.lease = undefined;
    this.#inUse -= 1;
    this.#counts.released += 1;
    this.#leaks.end(slot);
    if (this.#hub.isHeard('released')) this.#hub.emit('released', { heldMs: now - slot.leasedAt });
    const next = this.#isSuspended ? undefined : this.#line.first;
    if (next !== undefined && !isUnwanted && this.#supply.mayGoOn(slot)) {
      this.#line.remove(next);
      this.#lendTo(next, slot, now);
      return;
    }
    this.#supply.putBack(slot, isUnwanted, now);
    if (next !== undefined) this.#serve();
    if (this.#isDraining) this.#tellIfQuiet();
  }

  #onLeak(slot: Slot<T>, stack: string): void {
    const heldMs = performance.now() - slot.leasedAt;
    this.#counts.leaked += 1;
    const what = `${this.name}: one was not given back within ${String(this.#options.leakThresholdMs)} ms`;
    this.#log.warn({ heldMs, stack }, what);
    this.#hub.emit('leaked', { heldMs, stack });
  }

  /** Most failures pass. What is set up wrongly does not, and whoever wants to know at once is told at once. */
  #onCreateFailed(error: unknown): void {
    const isFinal = error instanceof ConfigurationError || error instanceof AuthenticationError;
    for (const waiter of [...this.#line]) {
      if (!isFinal && !waiter.failsFast) continue;
      this.#line.remove(waiter);
      waiter.reject(error);
    }
    this.#tellIfQuiet();
  }

  /** Nobody waits, and nothing is lent. */
  get #isQuiet(): boolean {
    return this.#line.size === 0 && this.#inUse === 0;
  }

  #tellIfQuiet(): void {
    if (this.#isQuiet) for (const tell of this.#onQuiet.splice(0)) tell();
  }

  async #drain(timeoutMs: number): Promise<boolean> {
    this.#isDraining = true;
    if (this.#isSuspended) this.#rejectAll('it was suspended and is closed');
    if (this.#isQuiet) return true;
    return settledWithin(new Promise<void>((resolve) => this.#onQuiet.push(resolve)), timeoutMs);
  }

  async #close(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    await this.#drain(timeoutMs);
    this.#isClosed = true;
    this.#rejectAll('it was closed');
    for (const slot of this.#supply.leased()) {
      if (slot.lease !== undefined) Lease.revoke(slot.lease);
      this.#leaks.end(slot);
      this.#inUse -= 1;
    }
    await this.#supply.close(until);
    this.#hub.emit('closed', {});
    this.#hub.end();
  }

  #rejectAll(why: string): void {
    for (const waiter of [...this.#line]) {
      this.#line.remove(waiter);
      const what = `${this.#options.name}: ${why} while somebody waited`;
      waiter.reject(closedError(what, 'not-sent'));
    }
    this.#tellIfQuiet();
  }

  #cancelled(cause: unknown): CancelledError {
    const what = `${this.#options.name}: the wait for one was aborted`;
    return new CancelledError('ABORTED', what, { outcome: 'not-sent', cause });
  }

  #situation(): Situation {
    const { name, failure } = this;
    return { name, failure, stats: this.stats(), oldestHolder: this.#oldestHolder() };
  }

  #oldestHolder(): OldestHolder | undefined {
    let oldest: Slot<T> | undefined;
    for (const slot of this.#supply.leased()) {
      if (oldest === undefined || slot.leasedAt < oldest.leasedAt) oldest = slot;
    }
    if (oldest === undefined) return undefined;
    return { heldMs: performance.now() - oldest.leasedAt, stack: this.#leaks.stackOf(oldest) };
  }
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}
