import { PassingMessage } from '../../../src/pipeline/passing-message.js';

/** A message for middleware to look at. */
export function messageOf(body: unknown): PassingMessage {
  return new PassingMessage('outgoing', 'task', 'resize', {}, body, undefined);
}

/** A request for middleware to answer. */
export function requestOf(body: unknown): PassingMessage {
  return new PassingMessage('outgoing', 'request', 'resize', {}, body, undefined);
}
