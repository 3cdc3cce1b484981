import type { Message } from './message.js';

/**
 * One step of a middleware. Call and await `next` to pass the message on; not calling it stops the message; throwing refuses it.
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
