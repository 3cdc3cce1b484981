import { Limited, type Limits, type QueueLinks } from '@liberzmq/core/requesters';

/** Who has waiters. */
export interface WaiterOwner<L> {
  /** The waiter's time is up. */
  onExpired(waiter: Waiter<L>): void;
  /** The waiter waits no longer. */
  onAborted(waiter: Waiter<L>, reason: unknown): void;
}

/** Those of the promise that was made last. */
const settlers = {} as { resolve: (value: unknown) => void; reject: (error: unknown) => void };

function keepSettlers(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  settlers.resolve = resolve as (value: unknown) => void;
  settlers.reject = reject;
}

/** Somebody who waits for a lease. */
export class Waiter<L> extends Limited implements QueueLinks<Waiter<L>> {
  queueNext: Waiter<L> | undefined = undefined;
  queuePrevious: Waiter<L> | undefined = undefined;
  readonly priority: number;
  readonly since: number;
  /** Whether it hears of the first failure to make one, instead of waiting for a success. */
  readonly failsFast: boolean;
  /** Where it has asked, if anybody wants to know. */
  readonly stack: string | undefined;
  readonly promise: Promise<L>;
  /** Told of the lease at once, before the promise has resolved. */
  readonly #onServed: ((lease: L) => void) | undefined;
  readonly #owner: WaiterOwner<L>;
  readonly #resolve: (lease: L) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    owner: WaiterOwner<L>,
    limits: Limits,
    since: number,
    priority: number,
    failsFast: boolean,
    stack: string | undefined,
    onServed: ((lease: L) => void) | undefined,
  ) {
    super();
    this.#owner = owner;
    this.since = since;
    this.priority = priority;
    this.failsFast = failsFast;
    this.stack = stack;
    this.#onServed = onServed;
    // Waiters may be made by the million: a function for each of them is worth saving.
    this.promise = new Promise<L>(keepSettlers);
    this.#resolve = settlers.resolve;
    this.#reject = settlers.reject;
    this.watch(limits);
  }

  resolve(lease: L): void {
    this.unwatch();
    this.#onServed?.(lease);
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
