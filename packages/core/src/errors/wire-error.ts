import { defaultsOf, isKnown } from './codes.js';
import { createError } from './create-error.js';
import { markAnswer } from './inner-call.js';
import { LiberZMQError } from './liberzmq-error.js';

/** What of an error crosses the wire. Never a stack. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: unknown;
}

/**
 * What a peer is told about an error that a handler threw.
 * @param expose whether the message of an error that is not one of ours is told; `false` hides it behind a neutral one.
 */
export function toWireError(error: unknown, expose: boolean): WireError {
  if (error instanceof LiberZMQError) {
    const { code, message, retryable, details } = error;
    return details === undefined ? { code, message, retryable } : { code, message, retryable, details };
  }
  return { code: 'REMOTE', message: expose ? messageOf(error) : 'the handler failed', retryable: false };
}

/**
 * The error that a peer's words stand for. The peer had the request and answered it: what says `not-sent` there was about a message of its
 * own. What it did not know itself stays unknown, and so does what was closed there while it had the request: that may have been under way. What it calls
 * safe to repeat it did know.
 */
export function fromWireError(wire: WireError): LiberZMQError {
  const { code, message, retryable, details } = wire;
  const isUnknownThere = code === 'CLOSED' || (isKnown(code) && defaultsOf(code).outcome === 'unknown');
  const isInDoubt = isUnknownThere && !retryable;
  return markAnswer(createError(code, message, { retryable, details, outcome: isInDoubt ? 'unknown' : 'answered' }));
}

/** The error that a decoded body stands for, whatever a peer has put there. */
export function readWireError(body: unknown): LiberZMQError {
  const { code, message, retryable, details } = (typeof body === 'object' && body !== null ? body : {}) as Partial<
    Record<keyof WireError, unknown>
  >;
  return fromWireError({
    code: typeof code === 'string' ? code : 'REMOTE',
    message: typeof message === 'string' ? message : 'the server answered with an error that has no message',
    retryable: retryable === true,
    details,
  });
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && typeof (error as { message?: unknown }).message === 'string') {
    return (error as { message: string }).message;
  }
  try {
    return String(error);
  } catch {
    return Object.prototype.toString.call(error);
  }
}
