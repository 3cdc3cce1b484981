import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import { checkOptions, option } from '../options/check-options.js';
import { Deadline, deadlines } from './deadline-wheel.js';
import { offAbort, onAbort } from './on-abort.js';

/** For anything that waits. */
export interface WaitOptions {
  /** How long to wait, in ms. Must be above 0; `Infinity` waits for ever. */
  timeoutMs?: number | undefined;
  /** Aborting it ends the waiting, with `ABORTED`. */
  signal?: AbortSignal | undefined;
}

export const WAIT_OPTIONS = { timeoutMs: option.duration, signal: option.signal };

/** Someone who waits for a value, until it comes, the time is up, or the signal aborts. */
export class Waiter<T> extends Deadline {
  readonly promise: Promise<T>;
  readonly #what: string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onGone: (waiter: Waiter<T>) => void;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #settled = false;

  /**
   * @param what what is waited for, as the error says it: `no task came`.
   * @param onGone told when the waiting ends without a value.
   */
  constructor(what: string, options: WaitOptions, onGone: (waiter: Waiter<T>) => void) {
    super();
    this.#what = what;
    this.#timeoutMs = options.timeoutMs ?? Infinity;
    this.#signal = options.signal;
    this.#onGone = onGone;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.#signal?.aborted === true) {
      this.onAborted(this.#signal.reason);
      return;
    }
    if (this.#signal !== undefined) onAbort(this.#signal, this);
    if (this.#timeoutMs !== Infinity) deadlines.add(this, performance.now() + this.#timeoutMs);
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(value: T): void {
    if (this.#end()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (!this.#end()) return;
    this.#reject(error);
    this.#onGone(this);
  }

  expire(): void {
    this.reject(
      new TimeoutError('TIMEOUT', `${this.#what} within ${String(this.#timeoutMs)} ms`, { outcome: 'not-sent' }),
    );
  }

  /** The signal has aborted. */
  onAborted(cause: unknown): void {
    this.reject(
      new CancelledError('ABORTED', `${this.#what} before the wait was aborted`, { outcome: 'not-sent', cause }),
    );
  }

  #end(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    deadlines.remove(this);
    if (this.#signal !== undefined) offAbort(this.#signal, this);
    return true;
  }
}

/** @throws ConfigurationError BAD_OPTION */
export function checkWaitOptions(where: string, options: WaitOptions): void {
  checkOptions(where, options, WAIT_OPTIONS);
}

/** Resolves when the promise has settled or the time is up, whichever is first, and tells which. Leaves no timer. */
export async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  if (timeoutMs <= 0) return false;
  const waiter = new Waiter<boolean>('waiting', { timeoutMs }, () => undefined);
  const done = (): void => {
    waiter.resolve(true);
  };
  promise.then(done, done);
  return waiter.promise.catch(() => false);
}
