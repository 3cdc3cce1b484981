import type { Closable } from './closable.js';
import type { MessageHeaders } from './message.js';

/** What a one-way message may be given beside its data. */
export interface SendOptions {
  /**
   * How long it may wait to be handed over, in ms. Must be above 0.
   * @defaultValue Infinity: back-pressure is what the returned promise is for
   */
  timeoutMs?: number | undefined;
  /** Aborting it takes the message back if it has not been handed over. */
  signal?: AbortSignal | undefined;
  /** Small facts that travel beside the data. Not carried by the classic form of a publication. */
  headers?: MessageHeaders | undefined;
}

/** Something that sends messages one way: a publisher (subject = topic) or a pusher (subject = task type). */
export interface Sender extends Closable {
  /** Resolves when the message was handed over to the transport, which is not yet delivery. */
  send(subject: string, data: unknown, options?: SendOptions): Promise<void>;
}
