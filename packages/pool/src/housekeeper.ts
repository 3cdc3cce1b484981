import type { SettledOptions } from './pool-options.js';
import type { Slot } from './slot.js';

/** What a housekeeper sees to, and what is done about it. */
export interface Household<T> {
  slots(): Iterable<Slot<T>>;
  /** How many are here to stay. */
  living(): number;
  destroy(slot: Slot<T>, reason: 'idle' | 'lifetime'): void;
  /** Checks one that was idle for long. */
  check(slot: Slot<T>): void;
  onSwept(): void;
}

/** Longer than this no timer of Node's can be set. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/**
 * Ends what was idle for long or is old, and checks what was idle for a while. One timer, set to when the first of them may be due, so that lending and giving
 * back have nothing to do with it.
 */
export class Housekeeper<T> {
  readonly #options: SettledOptions<T>;
  readonly #household: Household<T>;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(options: SettledOptions<T>, household: Household<T>) {
    this.#options = options;
    this.#household = household;
  }

  /** There is one more. */
  expect(slot: Slot<T>): void {
    this.#lookBy(Math.min(slot.expiresAt, this.#nextRoundAt(performance.now())));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  /** What is given back from now on cannot be due before that. */
  #nextRoundAt(now: number): number {
    return now + Math.min(this.#options.idleTimeoutMs, this.#options.keepAliveMs);
  }

  #lookBy(at: number): void {
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const left = Math.ceil(at - performance.now());
    this.#timer = setTimeout(this.#sweep, Math.min(Math.max(1, left), LONGEST_TIMER_MS));
    // A pool that nobody uses does not keep a process alive by itself.
    this.#timer.unref();
  }

  readonly #sweep = (): void => {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    const now = performance.now();
    for (const slot of [...this.#household.slots()]) this.#look(slot, now);
    this.#household.onSwept();
    let next = Infinity;
    for (const slot of this.#household.slots()) next = Math.min(next, this.#dueAt(slot), this.#nextRoundAt(now));
    if (next !== Infinity) this.#lookBy(next);
  };

  #look(slot: Slot<T>, now: number): void {
    const { idleTimeoutMs, keepAliveMs, minSize } = this.#options;
    const isIdle = slot.state === 'idle';
    if (now >= slot.expiresAt) {
      if (isIdle) this.#household.destroy(slot, 'lifetime');
      else slot.due ??= 'lifetime';
    } else if (isIdle && now - slot.idleSince >= idleTimeoutMs && this.#household.living() > minSize) {
      this.#household.destroy(slot, 'idle');
    } else if (isIdle && now - slot.provenAt >= keepAliveMs) {
      this.#household.check(slot);
    }
  }

  #dueAt(slot: Slot<T>): number {
    const expiresAt = slot.due === undefined ? slot.expiresAt : Infinity;
    if (slot.state !== 'idle') return expiresAt;
    const { idleTimeoutMs, keepAliveMs, minSize } = this.#options;
    const idleUntil = this.#household.living() > minSize ? slot.idleSince + idleTimeoutMs : Infinity;
    return Math.min(expiresAt, idleUntil, slot.provenAt + keepAliveMs);
  }
}
