import type { WaitOptions } from '../timing/wait.js';
import type { KeptLease } from './kept-lease.js';

/**
 * A lease, which is kept alive until it is revoked or the client is closed: keys that were put with it are there as long as it is. The process stays alive with it.
 * @example
 * ```ts
 * const lease = await client.grantLease({ ttlMs: 10_000 });
 * lease.lost.addEventListener('abort', () => stop());
 * await client.put('/services/a', 'tcp://10.0.0.1:5555', { lease });
 * ```
 */
export class EtcdLease {
  readonly #kept: KeptLease;
  readonly #revoke: (lease: KeptLease, options?: WaitOptions) => Promise<void>;

  /** For `EtcdClient.grantLease()`. */
  constructor(kept: KeptLease, revoke: (lease: KeptLease, options?: WaitOptions) => Promise<void>) {
    this.#kept = kept;
    this.#revoke = revoke;
  }

  get id(): bigint {
    return this.#kept.id;
  }

  /** How long it lives after it was last renewed, in ms: what was asked for, or more, if etcd has a longer minimum. */
  get ttlMs(): number {
    return this.#kept.ttlMs;
  }

  /**
   * Aborts as soon as the lease is lost or may be, never later than etcd lets it go: when etcd says that it is gone; when it was not renewed in time, counted from when the last
   * successful request was sent; when it is revoked; when the client is closed. `reason` is the error.
   *
   * A process that stands still (an event loop that is blocked, a machine that sleeps) hears of it when it goes on. {@link remainingMs} is right at once, but for the sleep of a machine, in
   * which the clock may stand still as well: what must not be written by two needs a comparison in the store that is written to.
   */
  get lost(): AbortSignal {
    return this.#kept.lost;
  }

  /** For how long it is surely held if nothing renews it, in ms; 0 when it is lost or may be. */
  get remainingMs(): number {
    return this.#kept.remainingMs;
  }

  /**
   * Gives it up: `lost` aborts, and etcd deletes the keys that go with it. If this fails, etcd does it when the time of the lease is up.
   * @throws LiberZMQError as every call of the client
   */
  revoke(options?: WaitOptions): Promise<void> {
    return this.#revoke(this.#kept, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.revoke();
  }
}
