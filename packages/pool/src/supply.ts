import { AsyncResource } from 'node:async_hooks';
import { ConnectionError, TimeoutError, type Logger } from '@liberzmq/core';
import { Deadline, deadlines, isThenable, settledWithin, type EventHub } from '@liberzmq/core/requesters';
import { Housekeeper } from './housekeeper.js';
import { Lease } from './lease.js';
import { LASTING_MS, Pauses } from './pauses.js';
import type { PoolEvents } from './pool-events.js';
import type { DestroyReason, SettledOptions } from './pool-options.js';
import { Slot, type SlotState } from './slot.js';

/** What a supply needs of the pool that it is part of. */
export interface SupplyOwner {
  readonly events: EventHub<PoolEvents>;
  readonly log: Logger;
  /** Whether anybody waits. */
  isAwaited(): boolean;
  /** There may be more to lend than before, or a place where one can be made. */
  onSupply(): void;
  /** One could not be made. */
  onCreateFailed(error: unknown): void;
}

/** Which part of `maxLifetimeMs` chance may take away. */
const LIFETIME_JITTER = 0.1;
/** How long ending one may take while the pool goes on. */
const DESTROY_MS = 5_000;

/** What a pool has, lent or not: makes them, checks them, and ends them. Never more than `maxSize`, whatever happens. */
export class Supply<T> {
  readonly #options: SettledOptions<T>;
  readonly #owner: SupplyOwner;
  readonly #slots = new Set<Slot<T>>();
  /** Those that nobody uses: who was given back last is lent first, so that the others can come of age. */
  readonly #idle: Slot<T>[] = [];
  readonly #housekeeper: Housekeeper<T>;
  readonly #pauses: Pauses;
  /** The times of those that are being made. */
  readonly #limits = new Set<CreationLimit>();
  readonly #counts = { created: 0, createFailed: 0, destroyed: 0 };
  /** Those that are being made, and have time left. */
  #making = 0;
  /** Checks that have failed in a row: what is idle is not to be relied on. */
  #badChecks = 0;
  /** Those that are being checked. */
  #checking = 0;
  #destroying = 0;
  #late = 0;
  /** The one that was made or checked at this moment. */
  #justProven: Slot<T> | undefined;
  #isClosed = false;
  readonly #checksAlways: boolean;
  readonly #make: SettledOptions<T>['create'];
  /** When the close has to be over. */
  #closeBy = Infinity;
  /** Told when there is none any more. */
  #onGone: () => void = () => undefined;

  constructor(options: SettledOptions<T>, owner: SupplyOwner) {
    this.#options = options;
    this.#owner = owner;
    // What is made lives longer than the request that it was made for, and is not to be in its context.
    this.#make = AsyncResource.bind(options.create);
    this.#checksAlways = options.validate !== undefined && options.validateAfterIdleMs === 0;
    this.#pauses = new Pauses(options.createBackoffMs, options.createBackoffMaxMs, () => {
      owner.onSupply();
    });
    this.#housekeeper = new Housekeeper(options, {
      slots: () => this.#slots,
      living: () => this.#living,
      destroy: (slot, reason) => {
        this.destroy(slot, reason);
      },
      check: (slot) => {
        this.#takeFromIdle(slot);
        this.#check(slot, true);
      },
      onSwept: () => {
        owner.onSupply();
      },
    });
  }

  /** Of the last attempt to make one, if that has failed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#pauses.failure;
  }

  /** How many could be lent without anybody giving one back: what lies here or is on its way, and what could be made. */
  get room(): number {
    return this.#idle.length + this.#making + this.#checking + Math.max(0, this.#options.maxSize - this.#slots.size);
  }

  /** Whether more will be there to be lent, as far as one can tell. */
  get isMoreComing(): boolean {
    return this.#making + this.#checking > 0 && this.#pauses.failure === undefined;
  }

  /** Whether one is lent that works, as far as is known. */
  get isProven(): boolean {
    for (const { broken, due } of this.#leased()) if (broken === undefined && due === undefined) return true;
    return false;
  }

  /** Somebody waits: what goes on for that keeps the process alive. */
  awaited(): void {
    this.#pauses.keepAlive();
  }

  /** Lends one that can be used as it is. */
  take(): Slot<T> | undefined {
    const slot = this.#idle.at(-1);
    if (slot === undefined || this.#wantsCheck(slot)) return undefined;
    this.#idle.pop();
    slot.state = 'leased';
    return slot;
  }

  /** Whether one that is lent may be lent to the next one without coming back first. */
  mayGoOn(slot: Slot<T>): boolean {
    return slot.broken === undefined && slot.due === undefined && !slot.isDoubted && !this.#checksAlways;
  }

  /** Takes one back. */
  putBack(slot: Slot<T>, isUnwanted: boolean, now: number): void {
    const reason = isUnwanted ? 'unwanted' : slot.broken !== undefined ? 'broken' : (slot.due ?? this.#closedReason);
    if (reason !== undefined) {
      this.destroy(slot, reason);
      return;
    }
    slot.state = 'idle';
    slot.idleSince = now;
    slot.provenAt = now;
    this.#idle.push(slot);
  }

  /** Sees to it that so many are under way, as far as there is room. Checking one is quicker than making one, so what is being made does not count there. */
  order(wanted: number): void {
    while (this.#checking < wanted) {
      const slot = this.#idle.pop();
      if (slot === undefined) break;
      this.#check(slot, false);
    }
    const sure = this.#badChecks === 0 ? this.#checking : 0;
    while (this.#making + sure < wanted && this.#mayCreate) void this.#create();
  }

  /** Which one was lent for the longest time. */
  heldLongest(): Slot<T> | undefined {
    let oldest: Slot<T> | undefined;
    for (const slot of this.#leased()) if (oldest === undefined || slot.leasedAt < oldest.leasedAt) oldest = slot;
    return oldest;
  }

  /** Takes all that are lent away from those who have them. @returns what they had */
  revoke(): readonly Slot<T>[] {
    const lent = [...this.#leased()];
    for (const { lease } of lent) if (lease !== undefined) Lease.revoke(lease);
    return lent;
  }

  /** Makes what is missing to `minSize`. */
  keepMinimum(): void {
    while (this.#living < this.#options.minSize && this.#mayCreate) void this.#create();
  }

  /** Drops those that are there, or will when they come back. */
  evict(): void {
    for (const slot of [...this.#slots]) {
      if (slot.state === 'idle') this.destroy(slot, 'evicted');
      else slot.due = 'evicted';
    }
  }

  /** Ends one. It keeps its place until that has settled. */
  destroy(slot: Slot<T>, reason: DestroyReason, cause: unknown = slot.broken?.reason): void {
    if (slot.state === 'destroying') return;
    if (slot.state === 'idle') this.#takeFromIdle(slot);
    this.#set(slot, 'destroying');
    this.#destroying += 1;
    const timeoutMs = Math.max(0, Math.min(DESTROY_MS, this.#closeBy - performance.now()));
    let done;
    try {
      done = this.#options.destroy?.(slot.value as T, { reason, timeoutMs });
    } catch (error) {
      this.#notDestroyed(slot, reason, error);
      return;
    }
    if (!isThenable(done)) this.#destroyed(slot, reason, cause);
    else {
      Promise.resolve(done).then(
        () => {
          this.#destroyed(slot, reason, cause);
        },
        (error: unknown) => {
          this.#notDestroyed(slot, reason, error);
        },
      );
    }
  }

  /** Ends all, those that are lent as well. Resolves when they are gone, or the time is up. */
  async close(until: number): Promise<void> {
    this.#isClosed = true;
    this.#closeBy = until;
    this.#housekeeper.stop();
    this.#pauses.end();
    for (const limit of this.#limits) deadlines.remove(limit);
    const error = new ConnectionError('CLOSED', `${this.#options.name} is closed`);
    for (const slot of [...this.#slots]) {
      if (slot.state === 'creating' || slot.state === 'late') slot.cancel?.abort(error);
      else this.destroy(slot, 'closed');
    }
    if (this.#slots.size === 0) return;
    const gone = new Promise<void>((resolve) => (this.#onGone = resolve));
    await settledWithin(gone, until - performance.now());
  }

  stats(): Record<'size' | 'inUse' | 'idle' | 'creating' | 'validating' | 'destroying', number> &
    Record<'created' | 'createFailed' | 'destroyed', number> {
    const by = { creating: 0, late: 0, idle: 0, validating: 0, leased: 0, destroying: 0 };
    for (const { state } of this.#slots) by[state] += 1;
    const { idle, validating, destroying } = by;
    const creating = by.creating + by.late;
    return { size: this.#slots.size, inUse: by.leased, idle, creating, validating, destroying, ...this.#counts };
  }

  /** All that are lent. */
  *#leased(): Generator<Slot<T>> {
    for (const slot of this.#slots) if (slot.state === 'leased') yield slot;
  }

  get #closedReason(): 'closed' | undefined {
    return this.#isClosed ? 'closed' : undefined;
  }

  /** Those that are here to stay. */
  get #living(): number {
    return this.#slots.size - this.#destroying - this.#late;
  }

  /** After a failure there is a pause, and then one attempt at a time until one has succeeded: what has just recovered is not to be overrun. */
  get #mayCreate(): boolean {
    if (this.#isClosed || this.#slots.size >= this.#options.maxSize) return false;
    if (this.#pauses.failure === undefined) return true;
    return this.#pauses.isOver && this.#making === 0;
  }

  #wantsCheck(slot: Slot<T>): boolean {
    const { validate, validateAfterIdleMs } = this.#options;
    if (validate === undefined || slot === this.#justProven) return false;
    if (slot.isDoubted) return true;
    return performance.now() - slot.provenAt >= validateAfterIdleMs;
  }

  /** One that works beyond doubt may be lent, whatever `validateAfterIdleMs` is. */
  #offer(slot: Slot<T>): void {
    this.#justProven = slot;
    this.#owner.onSupply();
    this.#justProven = undefined;
  }

  #set(slot: Slot<T>, state: SlotState): void {
    if (slot.state === 'creating') this.#making -= 1;
    if (slot.state === 'validating') this.#checking -= 1;
    if (slot.state === 'late') this.#late -= 1;
    if (state === 'late') this.#late += 1;
    if (state === 'validating') this.#checking += 1;
    slot.state = state;
  }

  #takeFromIdle(slot: Slot<T>): void {
    const at = this.#idle.lastIndexOf(slot);
    if (at !== -1) this.#idle.splice(at, 1);
  }

  async #create(): Promise<void> {
    const { createTimeoutMs } = this.#options;
    const slot = new Slot<T>();
    this.#slots.add(slot);
    this.#making += 1;
    const startedAt = performance.now();
    slot.cancel = new AbortController();
    const limit = new CreationLimit(() => {
      this.#isLate(slot, startedAt);
    });
    this.#limits.add(limit);
    deadlines.add(limit, startedAt + createTimeoutMs);
    const broken = (reason?: unknown): void => {
      this.#isBroken(slot, reason);
    };
    try {
      slot.value = await this.#make({ signal: slot.cancel.signal, broken });
    } catch (error) {
      this.#notCreated(slot, error, startedAt);
      return;
    } finally {
      this.#limits.delete(limit);
      deadlines.remove(limit);
    }
    this.#created(slot, startedAt);
  }

  #created(slot: Slot<T>, startedAt: number): void {
    const now = performance.now();
    slot.cancel = undefined;
    this.#counts.created += 1;
    this.#owner.events.emit('created', { tookMs: now - startedAt });
    if (slot.broken === undefined && slot.state !== 'late') this.#pauses.succeeded(now);
    const reason =
      slot.state === 'late' ? 'late' : slot.broken === undefined ? (slot.due ?? this.#closedReason) : 'broken';
    if (reason !== undefined) {
      if (reason === 'broken') this.#failed(slot.broken?.reason, startedAt);
      this.destroy(slot, reason);
      return;
    }
    slot.madeAt = now;
    slot.idleSince = now;
    slot.provenAt = now;
    slot.expiresAt = now + this.#options.maxLifetimeMs * (1 - LIFETIME_JITTER * Math.random());
    this.#set(slot, 'idle');
    this.#idle.push(slot);
    this.#housekeeper.expect(slot);
    this.#offer(slot);
  }

  #notCreated(slot: Slot<T>, error: unknown, startedAt: number): void {
    const isNews = slot.state === 'creating';
    // It leaves its place, and is no longer under way.
    this.#set(slot, 'destroying');
    this.#remove(slot);
    if (isNews && !this.#isClosed) this.#failed(error, startedAt);
    else this.#owner.onSupply();
  }

  /** It keeps its place until it has settled, for there may be something yet. */
  #isLate(slot: Slot<T>, startedAt: number): void {
    const { name, createTimeoutMs } = this.#options;
    const what = `${name}: making one took longer than ${String(createTimeoutMs)} ms (createTimeoutMs)`;
    const error = new TimeoutError('TIMEOUT', what, { outcome: 'not-sent' });
    this.#set(slot, 'late');
    slot.cancel?.abort(error);
    this.#failed(error, startedAt);
  }

  #failed(error: unknown, startedAt: number): void {
    this.#counts.createFailed += 1;
    const retryInMs = this.#pauses.failed(error, startedAt, this.#owner.isAwaited());
    const { failures } = this.#pauses;
    this.#owner.log.warn({ err: error, failures, retryInMs }, `${this.#options.name}: one could not be made`);
    this.#owner.events.emit('createFailed', { error, failures, retryInMs });
    this.#owner.onCreateFailed(error);
  }

  /** @param isKeptAlive whether it is checked because it was idle for long, and not because somebody wants it. */
  #check(slot: Slot<T>, isKeptAlive: boolean): void {
    this.#set(slot, 'validating');
    void this.#passes(slot.value as T).then((failure) => {
      // It may have been destroyed meanwhile.
      if (slot.state !== 'validating') return;
      if (failure !== undefined) this.#isInvalid(slot, failure.error);
      else if (slot.due !== undefined) this.destroy(slot, slot.due);
      else {
        this.#badChecks = 0;
        slot.isDoubted = false;
        slot.provenAt = performance.now();
        this.#set(slot, 'idle');
        if (isKeptAlive) this.#putWhereItWas(slot);
        else this.#idle.push(slot);
        this.#offer(slot);
        return;
      }
      this.#owner.onSupply();
    });
  }

  /** Among those that were idle for as long. */
  #putWhereItWas(slot: Slot<T>): void {
    const at = this.#idle.findIndex(({ idleSince }) => idleSince > slot.idleSince);
    this.#idle.splice(at === -1 ? this.#idle.length : at, 0, slot);
  }

  #isInvalid(slot: Slot<T>, error: unknown): void {
    this.#badChecks += 1;
    this.#brokeSoon(slot, error ?? new Error('it did not pass its check'));
    this.destroy(slot, 'invalid', error);
  }

  /** What breaks as soon as it was made is not to be made again at once. */
  #brokeSoon({ madeAt }: Slot<T>, reason: unknown): void {
    if (madeAt === undefined || performance.now() - madeAt >= LASTING_MS) return;
    this.#pauses.failed(reason, madeAt, this.#owner.isAwaited());
  }

  async #passes(value: T): Promise<{ readonly error: unknown } | undefined> {
    const { validate, validateTimeoutMs, name } = this.#options;
    let failure: { readonly error: unknown } | undefined;
    const check = async (): Promise<void> => {
      try {
        if ((await validate?.(value)) !== true) failure = { error: undefined };
      } catch (error) {
        failure = { error };
      }
    };
    if (await settledWithin(check(), validateTimeoutMs)) return failure;
    const what = `${name}: the check took longer than ${String(validateTimeoutMs)} ms (validateTimeoutMs)`;
    return { error: new TimeoutError('TIMEOUT', what) };
  }

  #isBroken(slot: Slot<T>, reason: unknown): void {
    if (slot.state === 'destroying' || slot.broken !== undefined) return;
    slot.broken = { reason };
    this.#brokeSoon(slot, reason);
    if (slot.state === 'idle' || slot.state === 'validating') {
      this.destroy(slot, 'broken');
      this.#owner.onSupply();
    }
  }

  #notDestroyed(slot: Slot<T>, reason: DestroyReason, error: unknown): void {
    this.#owner.log.warn({ err: error, reason }, `${this.#options.name}: one could not be destroyed`);
    this.#destroyed(slot, reason, error);
  }

  #destroyed(slot: Slot<T>, reason: DestroyReason, error: unknown): void {
    this.#destroying -= 1;
    this.#counts.destroyed += 1;
    slot.value = undefined;
    this.#remove(slot);
    this.#owner.events.emit('destroyed', { reason, error });
    this.#owner.onSupply();
  }

  #remove(slot: Slot<T>): void {
    this.#slots.delete(slot);
    if (this.#slots.size === 0) this.#onGone();
  }
}

/** The time for making one. */
class CreationLimit extends Deadline {
  constructor(override readonly expire: () => void) {
    super();
  }
}
