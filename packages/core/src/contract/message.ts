import type { Logger } from './logger.js';

/** Small facts that travel beside a message. Keys are lower-case; those that start with `lz-` are reserved. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** Which kind of conversation a message belongs to. */
export type Pattern = 'request' | 'publish' | 'task' | 'route';

/** Whoever sent a message, as far as it has been proved. */
export interface Principal {
  /** The name by which rules and logs know it. */
  readonly id: string;
  /** What else its proof says of it. */
  readonly [claim: string]: unknown;
}

/** What a handler is told about the message that it handles. Read-only. */
export interface MessageContext {
  /** The action, topic or task type. */
  readonly subject: string;
  readonly headers: MessageHeaders;
  /** Who sent it, as far as the transport tells: a routing id. `undefined` where it does not. */
  readonly peer: string | undefined;
  /** Who sent it, as a middleware has proved (see `auth()` of `@liberzmq/middleware`). `undefined` where none has. */
  readonly principal?: Principal | undefined;
  /** When the time is up, on the clock of `performance.now()`. `Infinity` if there is no limit. */
  readonly deadline: number;
  /** Aborts when the time is up, when the caller is gone or has cancelled, or when the endpoint is closed by force. */
  readonly signal: AbortSignal;
  /** The request's or the task's id, if it has one. */
  readonly requestId: string | undefined;
  /** A logger that names the subject and the id in each line. */
  readonly log: Logger;
}

/** One message as middleware sees it. `subject`, `headers` and `body` may be replaced; bytes are a serializer's business. */
export interface Message {
  readonly direction: 'outgoing' | 'incoming';
  readonly pattern: Pattern;
  /** The action, topic or task type. */
  subject: string;
  headers: MessageHeaders;
  body: unknown;
  /** The context of the handler that this message is for or from; `undefined` where there is no handler. */
  readonly context: MessageContext | undefined;
  /** Of a reply: the request that it answers, the very object that the steps had before. `undefined` for all else. */
  readonly request: Message | undefined;
  /**
   * Whether the publisher had kept it (retained, or as history) and sends it to this subscriber alone. It may be old, and have been here before: for handlers
   * that come later it comes again.
   */
  readonly isKept: boolean;
  /** Who sent an incoming message: for the middleware that has proved it to set. Handlers read it as `context.principal`. */
  principal: Principal | undefined;
  /**
   * Answers a request here: it goes no further, and this is its result. The reply takes the way back through the middleware that the request has passed
   * already. Instead of calling `next`.
   * @param headers of the reply.
   * @throws ConfigurationError BAD_OPTION if the message is no request, or has gone on, been answered or been dropped already
   */
  answer(result: unknown, headers?: MessageHeaders): void;
  /**
   * Stops the message, and says why: it is counted under this reason. A step that just does not call `next` drops it as `middleware`.
   * @param reason a word or two, of which there are few: it becomes a key of `stats().drops`.
   * @throws ConfigurationError BAD_OPTION if the reason is no such text, or the message has gone on, been answered or been dropped already
   */
  drop(reason: string): void;
}
