import { createError } from './create-error.js';
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

/** The error that a peer's words stand for. A code that is not ours was answered by the peer all the same. */
export function fromWireError(wire: WireError): LiberZMQError {
  const error = createError(wire.code, wire.message, { retryable: wire.retryable, details: wire.details });
  return error.name === 'RemoteError' && error.outcome !== 'answered'
    ? createError(wire.code, wire.message, { retryable: wire.retryable, details: wire.details, outcome: 'answered' })
    : error;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && typeof (error as { message?: unknown }).message === 'string') {
    return (error as { message: string }).message;
  }
  return String(error);
}
