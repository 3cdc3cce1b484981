import { Limited, type Limits, type QueueLinks } from '@liberzmq/core/requesters';
import type { Lease } from './lease.js';

/** Who has waiters. */
export interface WaiterOwner<T> {
  /** The waiter's time is up. */
  onExpired(waiter: Waiter<T>): void;
  /** The waiter waits no longer. */
  onAborted(waiter: Waiter<T>, reason: unknown): void;
}

/** Those of the promise that was made last. */
const settlers = {} as { resolve: (value: unknown) => void; reject: (error: unknown) => void };

function keepSettlers(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  settlers.resolve = resolve as (value: unknown) => void;
  settlers.reject = reject;
}

/** Somebody who waits for a lease. */
export class Waiter<T> extends Limited implements QueueLinks<Waiter<T>> {
  queueNext: Waiter<T> | undefined = undefined;
  queuePrevious: Waiter<T> | undefined = undefined;
  readonly priority: number;
  readonly since: number;
  /** Whether it hears of the first failure to make one, instead of waiting for a success. */
  readonly failsFast: boolean;
  /** Where it has asked, if anybody wants to know. */
  readonly stack: string | undefined;
  readonly promise: Promise<Lease<T>>;
  readonly #owner: WaiterOwner<T>;
  readonly #resolve: (lease: Lease<T>) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    owner: WaiterOwner<T>,
    limits: Limits,
    since: number,
    priority: number,
    failsFast: boolean,
    stack: string | undefined,
  ) {
    super();
    this.#owner = owner;
    this.since = since;
    this.priority = priority;
    this.failsFast = failsFast;
    this.stack = stack;
    // Waiters may be made by the million: a function for each of them is worth saving.
    this.promise = new Promise<Lease<T>>(keepSettlers);
    this.#resolve = settlers.resolve;
    this.#reject = settlers.reject;
    this.watch(limits);
  }

  resolve(lease: Lease<T>): void {
    this.unwatch();
    this.#resolve(lease);
  }

  reject(error: unknown): void {
    this.unwatch();
    this.#reject(error);
  }

  override expire(): void {
    this.#owner.onExpired(this);
  }

  override onAborted(reason: unknown): void {
    this.#owner.onAborted(this, reason);
  }
}
