import { SerializationError, type Message, type Middleware, type Step } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { describeMessage } from './describe-message.js';
import { jsonBytes } from './json-bytes.js';

/** For {@link sizeLimit}. */
export interface SizeLimitOptions {
  /** How many bytes a body may have at most, as JSON, about; bytes in it count as they are. A whole number from 1 on; `Infinity` is allowed. */
  maxBytes: number;
}

/**
 * Refuses messages whose body is larger than you want, in both directions, replies too. It is counted without being encoded, about. What an endpoint takes at most
 * off the wire, exactly, is its option `maxMessageBytes`: this is for a limit of your own below that, with `when()` one for each action.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * server.addMiddleware(when(({ subject }) => subject === 'comment', sizeLimit({ maxBytes: 10_000 })));
 * ```
 */
export function sizeLimit(options: SizeLimitOptions): Middleware {
  checkOptions('sizeLimit', options, { maxBytes: option.limit }, ['maxBytes']);
  const { maxBytes } = options;
  const step: Step = (message, next) => {
    if (maxBytes !== Infinity && jsonBytes(message.body, maxBytes) > maxBytes) throw tooLarge(message, maxBytes);
    return next();
  };
  return { name: 'sizeLimit', outgoing: step, incoming: step };
}

function tooLarge(message: Message, maxBytes: number): SerializationError {
  const isSent = message.direction === 'incoming' || message.request !== undefined;
  return new SerializationError(
    'TOO_LARGE',
    `${describeMessage(message)} has a body of more than ${String(maxBytes)} bytes: send less of it at a time, or raise maxBytes of sizeLimit()`,
    { outcome: isSent ? 'answered' : 'not-sent' },
  );
}
