import type { TopicContext } from '../service/handler-context.js';
import type { EndpointEvents } from '../sockets/endpoint-events.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';

/** What handles the messages of a topic. A promise that it returns is awaited before the next message. */
export type TopicHandler = (topic: string, message: unknown, context: TopicContext) => unknown;

/** A message as a loop or {@link Subscriber.receiveMessage} gives it. */
export interface TopicMessage {
  readonly topic: string;
  readonly message: unknown;
}

/** One call of {@link Subscriber.subscribe}. */
export interface Subscription extends Disposable {
  readonly pattern: string;
  /** Ends this one subscription; others to the same topic stay. */
  unsubscribe(): void;
}

/** How a subscriber is set up. */
export interface SubscriberOptions extends EndpointOptions {
  /** Topics to subscribe to from the start. */
  topics?: readonly string[] | undefined;
}

/** For {@link Subscriber.startListening}. */
export interface StartListeningOptions {
  /**
   * How many messages may be with the handlers at once, from 1 on; `Infinity` is allowed. With more than one they may finish in any order.
   * @defaultValue 1
   */
  concurrency?: number | undefined;
}

/** For {@link Subscriber.stopListening}. */
export interface StopListeningOptions {
  /**
   * How long to wait for the handlers that run, in ms, before their signals abort. 0 aborts at once; `Infinity` waits for ever.
   * @defaultValue Infinity
   */
  graceMs?: number | undefined;
}

/** What a subscriber reports beside what every endpoint does. */
export interface SubscriberEvents extends EndpointEvents {
  /** A handler has thrown. The message counts as handled. */
  handlerFailed: { readonly topic: string; readonly error: unknown };
  /** Messages on a topic did not arrive: they were dropped on their way, or published while there was no connection. */
  gap: { readonly publisher: string; readonly topic: string; readonly missed: number };
  /** A publisher has been started anew: its numbers begin again, and nobody can say what was missed. */
  publisherRestarted: { readonly publisher: string };
}
