import { defaultsOf, type CodeDefaults, type ErrorCode } from './codes.js';
import type { Outcome } from './outcome.js';

/** What can be said about an error beyond its code and message. What is left out comes from the code's row in the table of codes. */
export interface LiberZMQErrorOptions {
  outcome?: Outcome | undefined;
  /** Whether trying again is safe and may help, without the caller having said that the operation is idempotent. */
  retryable?: boolean | undefined;
  /** Facts for programs, sent over the wire as they are. */
  details?: unknown;
  cause?: unknown;
}

const KINDS = Symbol.for('@liberzmq/error-kinds');
const KIND = Symbol.for('@liberzmq/error-kind');

/**
 * The base of every error that this library throws.
 *
 * Tell errors apart by {@link code}. `instanceof` works as well, also when two copies of the package are installed.
 */
export class LiberZMQError extends Error {
  /** What went wrong, for programs: one of {@link ErrorCode}, or a code of the application's own. */
  readonly code: ErrorCode | (string & Record<never, never>);
  /** Whether the operation may have run. See {@link Outcome}. */
  readonly outcome: Outcome;
  /** Whether a retry is safe by default. `false` where the operation may have run and nobody said that it is idempotent. */
  readonly retryable: boolean;
  /** Facts for programs, if there are any. */
  readonly details?: unknown;

  constructor(code: string, message: string, options: LiberZMQErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    const defaults = defaultsOf(code);
    this.code = code;
    this.outcome = options.outcome ?? defaults.outcome;
    this.retryable = options.retryable ?? isRetryable(defaults, this.outcome);
    if (options.details !== undefined) this.details = options.details;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!Object.hasOwn(this, KIND)) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== 'object' || value === null) return false;
    const kinds = (value as Record<symbol, unknown>)[KINDS];
    return Array.isArray(kinds) && kinds.includes((this as unknown as Record<symbol, unknown>)[KIND]);
  }
}

/** What may have run is not to be run again, whatever its code; what has not left may be, where only that was in doubt. */
function isRetryable(defaults: CodeDefaults, outcome: Outcome): boolean {
  if (outcome === 'unknown') return false;
  return defaults.retryable || (defaults.retryableIfNotSent && outcome === 'not-sent');
}

/**
 * Gives an error class its name, and the mark by which `instanceof` knows it in another copy of the package.
 * A class of the user's own that is not branded behaves as any class does.
 */
export function brand(errorClass: { readonly prototype: LiberZMQError }, name: string): void {
  const parent = Object.getPrototypeOf(errorClass.prototype) as Record<symbol, unknown>;
  const inherited = (parent[KINDS] as readonly string[] | undefined) ?? [];
  Object.defineProperty(errorClass, KIND, { value: name });
  Object.defineProperty(errorClass.prototype, KINDS, { value: [...inherited, name] });
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
}

brand(LiberZMQError, 'LiberZMQError');
