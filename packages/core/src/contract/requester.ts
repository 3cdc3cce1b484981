import type { Closable } from './closable.js';
import type { MessageContext, MessageHeaders } from './message.js';

/** What one request may be given beside its data. */
export interface RequestOptions {
  /**
   * The whole time that this request may take, in ms, from this call to its settling. Must be above 0; `Infinity` waits for ever.
   * @defaultValue 5000: what a person still waits for
   */
  timeoutMs?: number | undefined;
  /** Aborting it ends the request at once, with `ABORTED`. */
  signal?: AbortSignal | undefined;
  /** Small facts that travel beside the data. Keys are lower-case; those that start with `lz-` are reserved. */
  headers?: MessageHeaders | undefined;
  /**
   * Says that running it twice does no harm, so that it may be tried again when nobody knows whether it ran.
   * @defaultValue false: what may have run is not run again unless you say so
   */
  idempotent?: boolean | undefined;
  /** The context of the request that this one is made for: its deadline and its signal then hold for this one too. */
  context?: MessageContext | undefined;
}

/**
 * Something that you can send requests to: a client, an in-memory service, a pool, a balancer, or a layer around one of these.
 * Both ends of a connection are one, which is why they nest in any order.
 */
export interface Requester extends Closable {
  /**
   * Runs an action with some data and resolves with its result. Never throws synchronously.
   * @throws LiberZMQError with `code` and `outcome`; see the README's table.
   */
  sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown>;
}
