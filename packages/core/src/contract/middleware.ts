import type { Message } from './message.js';
import type { Serializer } from './serializer.js';

/**
 * One step of a middleware. Call and await `next`, or return what it returns, to pass the message on; `message.answer(result)` or `message.drop(reason)` instead of it
 * stops the message; throwing refuses it.
 * A step that waits for nothing itself had better be no `async` function: where all are done at once, a message takes no turn.
 */
export type Step = (message: Message, next: () => Promise<void>) => void | Promise<void>;

/** What became of a message. */
export interface Settlement {
  /** What it failed with, as its caller or sender is told, or what its handler threw; `undefined` if it did not fail. */
  readonly error: unknown;
  /** Why it was dropped, if it was. */
  readonly dropped: string | undefined;
}

/**
 * Something that looks at each message as it crosses one socket. It has at least one of the functions below.
 * Outgoing steps run first to last, incoming ones last to first, so that pairs (sign and verify) match.
 */
export interface Middleware {
  readonly name: string;
  readonly outgoing?: Step | undefined;
  readonly incoming?: Step | undefined;
  /**
   * Told once of each message that came to this endpoint's steps, when it is known what became of it: of a request (not of its reply), when its caller has the
   * result or the error; of a message that is sent one way, when it was handed over; of one that was received, when its handlers have ended or a loop has
   * taken it. What it throws is logged, and harms nobody.
   */
  readonly settled?: ((message: Message, settlement: Settlement) => void) | undefined;
  /**
   * Puts a serializer around the endpoint's. Called once, when the middleware is added: before the endpoint has sent or received anything.
   * @throws ConfigurationError BAD_OPTION
   */
  readonly serializer?: ((inner: Serializer) => Serializer) | undefined;
  /**
   * Whether the asynchronous context (an `AsyncLocalStorage`) in which the incoming step calls `next` is to be that of the handlers of topics and tasks as well, which may
   * begin later. The handlers of actions have it in any case.
   * @defaultValue false: it costs about a microsecond for each message
   */
  readonly keepsAsyncContext?: boolean | undefined;
}

/** For `addMiddleware`. */
export interface AddMiddlewareOptions {
  /**
   * Its place among those that are there: `first` is nearest to the code that sends and handles, `last` nearest to the wire.
   * @defaultValue 'last'
   */
  position?: 'first' | 'last' | undefined;
}
