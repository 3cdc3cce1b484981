import type { Logger } from './logger.js';

/** Small facts that travel beside a message. Keys are lower-case; those that start with `lz-` are reserved. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** Which kind of conversation a message belongs to. */
export type Pattern = 'request' | 'publish' | 'task' | 'route';

/** What a handler is told about the message that it handles. Read-only. */
export interface MessageContext {
  /** The action, topic or task type. */
  readonly subject: string;
  readonly headers: MessageHeaders;
  /** Who sent it, as far as the transport tells: a routing id. `undefined` where it does not. */
  readonly peer: string | undefined;
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
}
