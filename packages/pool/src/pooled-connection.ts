import type { Client, CloseOptions, Requester, RequestOptions, WaitOptions } from '@liberzmq/core';
import { Closing } from '@liberzmq/core/requesters';
import type { Lease } from './lease.js';

/** A connection of your own, until you give it back. Nobody else sends on it meanwhile. */
export class PooledConnection implements Requester, Disposable, AsyncDisposable {
  /** Where it is from. */
  readonly pool: object;
  readonly #lease: Lease<Client>;
  readonly #closing = new Closing('this connection');

  /** Pools make them. */
  constructor(pool: object, lease: Lease<Client>) {
    this.pool = pool;
    this.#lease = lease;
  }

  /** The client itself. Do not use it after it was given back. @throws PoolError POOL_MISUSE once it was given back */
  get client(): Client {
    return this.#lease.value;
  }

  /** Whether it is still yours. */
  get isHeld(): boolean {
    return this.#lease.isHeld;
  }

  /** Whether it will be dropped when it is given back: it is lost, too old, or was evicted. */
  get isSpent(): boolean {
    return this.#lease.isSpent;
  }

  /** Whether the pool would rather have it back: it is spent, or others wait for one. For whoever holds one for long. */
  get isWanted(): boolean {
    return this.#lease.isWanted;
  }

  /** @throws as a client does; PoolError POOL_MISUSE once it was given back */
  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    this.#closing.refuse(`request '${action}'`);
    return this.client.sendRequest(action, data, options);
  }

  /** Calls a method in the manner of the original library. @throws as {@link sendRequest} does */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#closing.refuse(`the call of '${method}'`);
    return this.client.call(method, ...args);
  }

  /** Asks whether the server answers. @returns how long that took, in ms @throws as {@link sendRequest} does */
  async ping(options?: WaitOptions): Promise<number> {
    this.#closing.refuse('a ping');
    return this.client.ping(options);
  }

  /** Gives it back. @throws PoolError POOL_MISUSE if that was done already */
  release(): void {
    this.#lease.release();
  }

  /** Gives it back to be closed. @throws PoolError POOL_MISUSE if it was given back already */
  destroy(): void {
    this.#lease.destroy();
  }

  /** Closes the connection and gives its place back, unless it was given back already. {@link release} lets others have it. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, async (timeoutMs) => {
      if (!this.#lease.isHeld) return;
      // A client that is closed tells the pool so, which drops it.
      await this.#lease.value.close({ timeoutMs });
      this.#lease[Symbol.dispose]();
    });
  }

  /** Gives it back, unless that was done. */
  [Symbol.dispose](): void {
    this.#lease[Symbol.dispose]();
  }

  /** As `Symbol.dispose`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#lease[Symbol.asyncDispose]();
  }
}
