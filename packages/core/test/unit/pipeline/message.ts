import type { Message } from '../../../src/contract/message.js';

/** A message for middleware to look at. */
export function messageOf(body: unknown): Message {
  return { direction: 'outgoing', pattern: 'task', subject: 'resize', headers: {}, body, context: undefined };
}
