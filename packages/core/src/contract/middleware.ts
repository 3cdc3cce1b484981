import type { Message } from './message.js';

/**
 * One step of a middleware. Call and await `next`, or return what it returns, to pass the message on; not calling it stops the message; throwing refuses it.
 * A step that waits for nothing itself had better be no `async` function: where all are done at once, a message takes no turn.
 */
export type Step = (message: Message, next: () => Promise<void>) => void | Promise<void>;

/**
 * Something that looks at each message as it crosses one socket.
 * Outgoing steps run first to last, incoming ones last to first, so that pairs (sign and verify) match.
 */
export interface Middleware {
  readonly name: string;
  readonly outgoing?: Step | undefined;
  readonly incoming?: Step | undefined;
}

/** For `addMiddleware`. */
export interface AddMiddlewareOptions {
  /**
   * Its place among those that are there: `first` is nearest to the code that sends and handles, `last` nearest to the wire.
   * @defaultValue 'last'
   */
  position?: 'first' | 'last' | undefined;
}
