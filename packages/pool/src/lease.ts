import { PoolError } from '@liberzmq/core';
import type { Slot } from './slot.js';

/** Who lends. */
export interface Lender<T> {
  readonly name: string;
  /** Takes one back. */
  takeBack(slot: Slot<T>, isUnwanted: boolean): void;
  /** How many wait for one. */
  readonly waiting: number;
}

/** Something that was lent by a pool, until it is given back. Exactly one lease has it at a time. */
export class Lease<T> implements Disposable, AsyncDisposable {
  readonly #lender: Lender<T>;
  readonly #slot: Slot<T>;
  #end: 'released' | 'destroyed' | 'revoked' | undefined;

  /** Pools make them. */
  constructor(lender: Lender<T>, slot: Slot<T>) {
    this.#lender = lender;
    this.#slot = slot;
  }

  /** What was lent. @throws PoolError POOL_MISUSE once it was given back */
  get value(): T {
    if (this.#end !== undefined) throw this.#misuse('used', 'take another one');
    return this.#slot.value as T;
  }

  /** Whether it is still held. */
  get isHeld(): boolean {
    return this.#end === undefined;
  }

  /** Whether it will be dropped when it is given back: it has said that it is broken, is too old, or was evicted. */
  get isSpent(): boolean {
    return this.#slot.broken !== undefined || this.#slot.due !== undefined;
  }

  /** Whether the pool would rather have it back: it is spent, or others wait for one. For whoever holds one for long. */
  get isWanted(): boolean {
    return this.isHeld && (this.isSpent || this.#lender.waiting > 0);
  }

  /** Gives it back. @throws PoolError POOL_MISUSE if that was done already */
  release(): void {
    this.#finish('released', false);
  }

  /** Gives it back to be destroyed: whoever has seen that it is of no use says so. @throws PoolError POOL_MISUSE if it was given back already */
  destroy(): void {
    this.#finish('destroyed', true);
  }

  /**
   * Says that it may be broken: it is checked before it is lent again, where there is a check. For whoever has seen it fail, and cannot tell. Says nothing once it was given back:
   * somebody else may have it.
   */
  doubt(): void {
    if (this.isHeld) this.#slot.isDoubted = true;
  }

  /** Whether this lender has lent it. */
  isFrom(lender: unknown): boolean {
    return this.#lender === lender;
  }

  /** Gives it back, unless that was done. */
  [Symbol.dispose](): void {
    if (this.#end === undefined) this.release();
  }

  /** As `Symbol.dispose`. */
  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }

  /** The pool is closed and waits no longer. */
  static revoke(lease: object): void {
    if (lease instanceof Lease) lease.#end = 'revoked';
  }

  #finish(end: 'released' | 'destroyed', isUnwanted: boolean): void {
    // The pool has it already, and its holder cannot have known.
    if (this.#end === 'revoked') this.#end = end;
    else if (this.#end !== undefined) throw this.#misuse('given back', 'give each one back once');
    else {
      this.#end = end;
      this.#lender.takeBack(this.#slot, isUnwanted);
    }
  }

  #misuse(what: string, mend: string): PoolError {
    const since = this.#end === 'revoked' ? 'the pool was closed' : `it was ${this.#end ?? ''}`;
    return new PoolError('POOL_MISUSE', `${this.#lender.name}: something was ${what} after ${since}; ${mend}`);
  }
}
