import type { Outcome } from '../../../src/errors/outcome.js';

/** A code, the classes of its error from the most specific one on, its usual outcome, and whether it is retried by default. */
export type CodeRow = readonly [code: string, classes: readonly string[], outcome: Outcome, retryable: boolean];

/** The table of the design's section on errors, row by row. */
export const CODE_ROWS: readonly CodeRow[] = [
  ['UNREACHABLE', ['ConnectionError'], 'not-sent', true],
  ['BIND_FAILED', ['ConnectionError'], 'not-sent', true],
  ['BACKPRESSURE', ['ConnectionError'], 'not-sent', true],
  ['CLOSED', ['ConnectionError'], 'not-sent', false],
  ['CONNECTION_LOST', ['ConnectionError'], 'unknown', false],
  ['TIMEOUT', ['TimeoutError'], 'unknown', false],
  ['OVERLOADED', ['OverloadedError'], 'answered', true],
  ['DRAINING', ['OverloadedError'], 'answered', true],
  ['REMOTE', ['RemoteError'], 'answered', false],
  ['UNKNOWN_ACTION', ['RemoteError'], 'answered', false],
  ['INVALID_INPUT', ['ValidationError'], 'answered', false],
  ['INVALID_OUTPUT', ['ValidationError'], 'answered', false],
  ['ENCODE', ['SerializationError'], 'not-sent', false],
  ['DECODE', ['SerializationError'], 'unknown', false],
  ['TOO_LARGE', ['SerializationError'], 'not-sent', false],
  ['UNKNOWN_CODEC', ['SerializationError'], 'not-sent', false],
  ['PROTOCOL', ['MessageError'], 'unknown', false],
  ['ABORTED', ['CancelledError'], 'unknown', false],
  ['UNAUTHENTICATED', ['AuthenticationError'], 'not-sent', false],
  ['FORBIDDEN', ['AuthenticationError'], 'answered', false],
  ['BREAKER_OPEN', ['BreakerOpenError'], 'not-sent', false],
  ['POOL_TIMEOUT', ['PoolError'], 'not-sent', true],
  ['POOL_EXHAUSTED', ['PoolError'], 'not-sent', true],
  ['POOL_MISUSE', ['PoolError'], 'not-sent', false],
  ['LOCK_TIMEOUT', ['LockError'], 'answered', false],
  ['LOCK_LOST', ['LockError'], 'answered', false],
  ['NOT_OWNER', ['LockError'], 'answered', false],
  ['UPGRADE_REFUSED', ['LockError'], 'answered', false],
  ['INDETERMINATE', ['LockError'], 'unknown', false],
  ['STALE_LEASE', ['StaleLeaseError', 'TaskError'], 'answered', false],
  ['QUEUE_FULL', ['QueueFullError', 'TaskError'], 'answered', true],
  ['BAD_OPTION', ['ConfigurationError'], 'not-sent', false],
  ['BAD_ADDRESS', ['ConfigurationError'], 'not-sent', false],
  ['INSECURE', ['ConfigurationError'], 'not-sent', false],
  ['UNRECOVERABLE', ['UnrecoverableError'], 'answered', false],
];
