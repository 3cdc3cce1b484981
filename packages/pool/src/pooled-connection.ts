import type { Client, CloseOptions, Requester, RequestOptions, WaitOptions } from '@liberzmq/core';
import { Closing } from '@liberzmq/core/requesters';
import { Lease } from './lease.js';
import { isSilence } from './silence.js';

/** A connection of your own, until you give it back. Nobody else sends on it meanwhile. */
export class PooledConnection extends Lease<Client> implements Requester {
  readonly #closing = new Closing('this connection');

  /** The client itself. Do not use it after it was given back. @throws PoolError POOL_MISUSE once it was given back */
  get client(): Client {
    return this.value;
  }

  /** @throws as a client does; PoolError POOL_MISUSE once it was given back */
  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    this.#closing.refuse(`request '${action}'`);
    return this.#watched(this.value.sendRequest(action, data, options));
  }

  /** Calls a method in the manner of the original library. @throws as {@link sendRequest} does */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#closing.refuse(`the call of '${method}'`);
    return this.#watched(this.value.call(method, ...args));
  }

  /** Asks whether the server answers. @returns how long that took, in ms @throws as {@link sendRequest} does */
  async ping(options?: WaitOptions): Promise<number> {
    this.#closing.refuse('a ping');
    return this.#watched(this.value.ping(options));
  }

  /** Gives it back. One that is being closed is not lent again. @throws PoolError POOL_MISUSE if that was done already */
  override release(): void {
    if (this.#closing.hasBegun) this.destroy();
    else super.release();
  }

  /** Closes the connection and gives its place back, unless it was given back already. {@link release} lets others have it. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, async (timeoutMs) => {
      if (!this.isHeld) return;
      // A client that is closed tells the pool so, which drops it.
      await this.value.close({ timeoutMs });
      this[Symbol.dispose]();
    });
  }

  async #watched<R>(answer: Promise<R>): Promise<R> {
    try {
      return await answer;
    } catch (error) {
      if (isSilence(error)) this.doubt();
      throw error;
    }
  }
}
