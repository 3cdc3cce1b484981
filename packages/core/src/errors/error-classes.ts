import { brand, LiberZMQError, type LiberZMQErrorOptions } from './liberzmq-error.js';

/** There is no way to the peer: `UNREACHABLE`, `BIND_FAILED`, `BACKPRESSURE` (an outbox is full), `CLOSED`, or `CONNECTION_LOST` while a request ran. */
export class ConnectionError extends LiberZMQError {}
brand(ConnectionError, 'ConnectionError');

/** The time was up (`TIMEOUT`). The outcome says whether the request had left this process. */
export class TimeoutError extends LiberZMQError {}
brand(TimeoutError, 'TimeoutError');

/** The caller aborted it (`ABORTED`). The outcome says whether it had left this process; `cause` is the signal's reason. */
export class CancelledError extends LiberZMQError {}
brand(CancelledError, 'CancelledError');

/** The server refused before the handler ran: `OVERLOADED` or `DRAINING`. Another server may take it. */
export class OverloadedError extends LiberZMQError {
  /** When another try may succeed, in ms from now, as far as the server could tell. */
  get retryAfterMs(): number | undefined {
    const { retryAfterMs } = (this.details ?? {}) as { retryAfterMs?: unknown };
    return typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
  }
}
brand(OverloadedError, 'OverloadedError');

/** The handler failed (`REMOTE`), or there is none (`UNKNOWN_ACTION`). Throw one in a handler to choose `retryable` and `details`. */
export class RemoteError extends LiberZMQError {}
brand(RemoteError, 'RemoteError');

/** One thing that is wrong with some data. */
export interface ValidationIssue {
  /** Where, as a JSON pointer: `/user/age`. */
  readonly path: string;
  readonly message: string;
  /** What would have been right, in a few words: `integer`. */
  readonly expected?: string;
  /** What is there instead, in a few words: `string "five"`; `nothing` if nothing is. */
  readonly received?: string;
}

/** Data does not have the agreed form: `INVALID_INPUT` or `INVALID_OUTPUT`. {@link issues} says where. */
export class ValidationError extends LiberZMQError {
  /** Every fault that was found, at least one. */
  get issues(): readonly ValidationIssue[] {
    const { issues } = (this.details ?? {}) as { issues?: unknown };
    return Array.isArray(issues) ? (issues as readonly ValidationIssue[]) : [];
  }
}
brand(ValidationError, 'ValidationError');

/** Bytes and values do not match: `ENCODE`, `DECODE`, `TOO_LARGE`, `UNKNOWN_CODEC`. */
export class SerializationError extends LiberZMQError {}
brand(SerializationError, 'SerializationError');

/** A peer sent what the protocol does not allow (`PROTOCOL`). */
export class MessageError extends LiberZMQError {}
brand(MessageError, 'MessageError');

/** The peer does not know who we are (`UNAUTHENTICATED`), or does and says no (`FORBIDDEN`). */
export class AuthenticationError extends LiberZMQError {}
brand(AuthenticationError, 'AuthenticationError');

/** A circuit breaker is open (`BREAKER_OPEN`): the request was not tried. */
export class BreakerOpenError extends LiberZMQError {}
brand(BreakerOpenError, 'BreakerOpenError');

/** A pool had nothing to give: `POOL_TIMEOUT`, `POOL_EXHAUSTED`; or was misused: `POOL_MISUSE`. */
export class PoolError extends LiberZMQError {}
brand(PoolError, 'PoolError');

/** A lock was not to be had, or is lost: `LOCK_TIMEOUT`, `LOCK_LOST`, `NOT_OWNER`, `UPGRADE_REFUSED`, `INDETERMINATE`. */
export class LockError extends LiberZMQError {}
brand(LockError, 'LockError');

/** A task broker refused: see {@link StaleLeaseError} and {@link QueueFullError}. */
export class TaskError extends LiberZMQError {}
brand(TaskError, 'TaskError');

/** The task has been given to another worker since (`STALE_LEASE`). */
export class StaleLeaseError extends TaskError {}
brand(StaleLeaseError, 'StaleLeaseError');

/** The queue holds as many tasks as it may (`QUEUE_FULL`). */
export class QueueFullError extends TaskError {}
brand(QueueFullError, 'QueueFullError');

/** Something was set up wrongly: `BAD_OPTION`, `BAD_ADDRESS`, `INSECURE`. Thrown at once, where it was written. */
export class ConfigurationError extends LiberZMQError {}
brand(ConfigurationError, 'ConfigurationError');

/** What a task handler throws to say "never again": no retry will help. */
export class UnrecoverableError extends LiberZMQError {
  constructor(message: string, options?: LiberZMQErrorOptions) {
    super('UNRECOVERABLE', message, options);
  }
}
brand(UnrecoverableError, 'UnrecoverableError');
