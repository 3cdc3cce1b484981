import { option } from '../options/check-options.js';
import type { EndpointEvents } from '../sockets/endpoint-events.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import { WAIT_OPTIONS, type WaitOptions } from '../timing/wait.js';

/** How a publisher is set up. */
export interface PublisherOptions extends EndpointOptions {
  /**
   * Its name for subscribers, which tell by it that a publisher has been started anew. Must differ from that of every other publisher.
   * 1 to 255 bytes.
   * @defaultValue the address that it is bound to; for one that connects, a new UUID
   */
  id?: string | undefined;
  /**
   * Whether the last message of each topic is kept, and sent to whoever subscribes later, be it a new subscriber or a new handler in one that
   * is there.
   * @defaultValue false
   */
  retain?: boolean | undefined;
  /**
   * How many of the last messages of each topic are kept, so that a subscriber whose connection was lost is sent what it has missed.
   * 0 keeps none, `Infinity` all of them.
   * @defaultValue 0
   */
  history?: number | undefined;
}

/** What a publisher reports beside what every endpoint does. */
export interface PublisherEvents extends EndpointEvents {
  /** A peer has subscribed. The prefix is what the transport knows of its topics; the empty one stands for all. */
  subscribed: { readonly prefix: string };
  /** A peer has unsubscribed, or is gone. */
  unsubscribed: { readonly prefix: string };
  /** A subscriber has said who it is and what exactly it wants; again when that changes. */
  subscriberJoined: { readonly id: string; readonly patterns: readonly string[] };
  /** A subscriber that had said who it is has gone. */
  subscriberLeft: { readonly id: string };
}

/** For {@link Publisher.waitForSubscribers}. */
export interface WaitForSubscribersOptions extends WaitOptions {
  /**
   * The topic that they must be subscribed to.
   * @defaultValue any topic
   */
  topic?: string | undefined;
  /**
   * How many there must be.
   * @defaultValue 1
   */
  count?: number | undefined;
}

export const WAIT_FOR_OPTIONS = { ...WAIT_OPTIONS, topic: option.string, count: option.limit };
