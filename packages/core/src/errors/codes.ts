import type { Outcome } from './outcome.js';

/** What a code says of itself. */
export interface CodeDefaults {
  readonly outcome: Outcome;
  readonly retryable: boolean;
  /** Becomes retryable when the outcome is `not-sent`, whatever the code's usual outcome. */
  readonly retryableIfNotSent: boolean;
}

function row(outcome: Outcome, retryable: 'yes' | 'no' | 'if-not-sent'): CodeDefaults {
  return { outcome, retryable: retryable === 'yes', retryableIfNotSent: retryable === 'if-not-sent' };
}

/** What each code says about the outcome, and whether a retry is safe by default. The one table. */
const CODES = {
  UNREACHABLE: row('not-sent', 'yes'),
  BIND_FAILED: row('not-sent', 'yes'),
  BACKPRESSURE: row('not-sent', 'yes'),
  CLOSED: row('not-sent', 'no'),
  CONNECTION_LOST: row('unknown', 'if-not-sent'),
  TIMEOUT: row('unknown', 'if-not-sent'),
  OVERLOADED: row('answered', 'yes'),
  DRAINING: row('answered', 'yes'),
  REMOTE: row('answered', 'no'),
  UNKNOWN_ACTION: row('answered', 'no'),
  INVALID_INPUT: row('answered', 'no'),
  INVALID_OUTPUT: row('answered', 'no'),
  ENCODE: row('not-sent', 'no'),
  DECODE: row('unknown', 'no'),
  TOO_LARGE: row('not-sent', 'no'),
  UNKNOWN_CODEC: row('not-sent', 'no'),
  PROTOCOL: row('unknown', 'no'),
  ABORTED: row('unknown', 'no'),
  UNAUTHENTICATED: row('not-sent', 'no'),
  FORBIDDEN: row('answered', 'no'),
  BREAKER_OPEN: row('not-sent', 'no'),
  POOL_TIMEOUT: row('not-sent', 'yes'),
  POOL_EXHAUSTED: row('not-sent', 'yes'),
  POOL_MISUSE: row('not-sent', 'no'),
  LOCK_TIMEOUT: row('answered', 'no'),
  LOCK_LOST: row('answered', 'no'),
  NOT_OWNER: row('answered', 'no'),
  UPGRADE_REFUSED: row('answered', 'no'),
  INDETERMINATE: row('unknown', 'no'),
  STALE_LEASE: row('answered', 'no'),
  QUEUE_FULL: row('answered', 'yes'),
  UNRECOVERABLE: row('answered', 'no'),
  BAD_OPTION: row('not-sent', 'no'),
  BAD_ADDRESS: row('not-sent', 'no'),
  INSECURE: row('not-sent', 'no'),
} satisfies Record<string, CodeDefaults>;

/** The codes of this library's errors. */
export type ErrorCode = keyof typeof CODES;

const FOREIGN = row('unknown', 'no');

/** Whether a code is one of ours. */
export function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}

/** The defaults of a code; of a code that is not ours, the cautious ones. */
export function defaultsOf(code: string): CodeDefaults {
  return isKnown(code) ? CODES[code] : FOREIGN;
}
