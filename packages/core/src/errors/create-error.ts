import {
  AuthenticationError,
  BreakerOpenError,
  CancelledError,
  ConfigurationError,
  ConnectionError,
  LockError,
  MessageError,
  OverloadedError,
  PoolError,
  QueueFullError,
  RemoteError,
  SerializationError,
  StaleLeaseError,
  TimeoutError,
  UnrecoverableError,
  ValidationError,
} from './error-classes.js';
import type { LiberZMQError, LiberZMQErrorOptions } from './liberzmq-error.js';

type ErrorClass = new (code: string, message: string, options?: LiberZMQErrorOptions) => LiberZMQError;

const CLASSES: readonly (readonly [ErrorClass, readonly string[]])[] = [
  [ConnectionError, ['UNREACHABLE', 'BIND_FAILED', 'BACKPRESSURE', 'CLOSED', 'CONNECTION_LOST']],
  [TimeoutError, ['TIMEOUT']],
  [CancelledError, ['ABORTED']],
  [OverloadedError, ['OVERLOADED', 'DRAINING']],
  [ValidationError, ['INVALID_INPUT', 'INVALID_OUTPUT']],
  [SerializationError, ['ENCODE', 'DECODE', 'TOO_LARGE', 'UNKNOWN_CODEC']],
  [MessageError, ['PROTOCOL']],
  [AuthenticationError, ['UNAUTHENTICATED', 'FORBIDDEN']],
  [BreakerOpenError, ['BREAKER_OPEN']],
  [PoolError, ['POOL_TIMEOUT', 'POOL_EXHAUSTED', 'POOL_MISUSE']],
  [LockError, ['LOCK_TIMEOUT', 'LOCK_LOST', 'NOT_OWNER', 'UPGRADE_REFUSED', 'INDETERMINATE']],
  [StaleLeaseError, ['STALE_LEASE']],
  [QueueFullError, ['QUEUE_FULL']],
  [ConfigurationError, ['BAD_OPTION', 'BAD_ADDRESS', 'INSECURE']],
];

const CLASS_OF_CODE = new Map(
  CLASSES.flatMap(([errorClass, codes]) => codes.map((code) => [code, errorClass] as const)),
);

/** The error of the class that a code belongs to; a code that is not ours makes a {@link RemoteError}. */
export function createError(code: string, message: string, options?: LiberZMQErrorOptions): LiberZMQError {
  if (code === 'UNRECOVERABLE') return new UnrecoverableError(message, options);
  return new (CLASS_OF_CODE.get(code) ?? RemoteError)(code, message, options);
}
