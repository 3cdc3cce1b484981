import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import type { Outcome } from '../errors/outcome.js';
import { checkOptions, option } from '../options/check-options.js';
import { Limited, type Limits } from './limited.js';

/** For anything that waits. */
export interface WaitOptions {
  /** How long to wait, in ms. Must be above 0; `Infinity` waits for ever. */
  timeoutMs?: number | undefined;
  /** Aborting it ends the waiting, with `ABORTED`. */
  signal?: AbortSignal | undefined;
}

export const WAIT_OPTIONS = { timeoutMs: option.duration, signal: option.signal };

/** What is waited for, and how the wait may end without it. */
export interface WaitSettings<T> {
  readonly limits: Limits;
  /** What happens meanwhile, as the error says it: `request 'add' waited for its turn`. */
  readonly what: string;
  /** What is known of the operation when the wait is cut short. */
  readonly outcome: Outcome;
  /** The error when the time is up, where it is not a plain `TIMEOUT`. */
  readonly expired?: (() => Error) | undefined;
  /** The error when a signal aborts, where it is not a plain `ABORTED`. */
  readonly aborted?: ((cause: unknown) => Error) | undefined;
  /** Called once, when it has settled; with the error if its own limits have ended it. */
  readonly onOver?: ((wait: Wait<T>, error?: Error) => void) | undefined;
}

/** Somebody who waits until there is a result or an error, the time is up, or a signal aborts: whichever is first. */
export class Wait<T> extends Limited {
  readonly promise: Promise<T>;
  readonly #settings: WaitSettings<T>;
  #resolve!: (value: T | Promise<T>) => void;
  #reject!: (error: unknown) => void;
  #isOver = false;

  constructor(settings: WaitSettings<T>) {
    super();
    this.#settings = settings;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const aborted = settings.limits.signals.find((each) => each.aborted);
    if (aborted === undefined) this.watch(settings.limits);
    else this.onAborted(aborted.reason);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param value the result, or a promise of it: its own limits are no longer watched then, that is left to whoever has made it. */
  resolve(value: T | Promise<T>): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  override expire(): void {
    const { what, outcome, expired } = this.#settings;
    this.#end(expired?.() ?? new TimeoutError('TIMEOUT', `the time was up while ${what}`, { outcome }));
  }

  override onAborted(cause: unknown): void {
    const { what, outcome, aborted } = this.#settings;
    this.#end(aborted?.(cause) ?? new CancelledError('ABORTED', `it was aborted while ${what}`, { outcome, cause }));
  }

  #end(error: Error): void {
    if (this.#settle(error)) this.#reject(error);
  }

  #settle(error?: Error): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.unwatch();
    this.#settings.onOver?.(this, error);
    return true;
  }
}

/**
 * Waits for something that comes from outside.
 * @param what what has not come when the wait is cut short, as the error says it: `no task came`.
 * @param onOver called once, when it has settled.
 */
export function waitFor<T = void>(what: string, options: WaitOptions, onOver?: (wait: Wait<T>) => void): Wait<T> {
  const { timeoutMs = Infinity, signal } = options;
  const outcome = 'not-sent';
  return new Wait<T>({
    limits: { deadline: performance.now() + timeoutMs, signals: signal === undefined ? [] : [signal] },
    what,
    outcome,
    expired: () => new TimeoutError('TIMEOUT', `${what} within ${String(timeoutMs)} ms`, { outcome }),
    aborted: (cause) => new CancelledError('ABORTED', `${what} before the wait was aborted`, { outcome, cause }),
    onOver,
  });
}

/** @throws ConfigurationError BAD_OPTION */
export function checkWaitOptions(where: string, options: WaitOptions): void {
  checkOptions(where, options, WAIT_OPTIONS);
}

/** Resolves when the promise has settled or the time is up, whichever is first, and tells which. Leaves no timer. */
export async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  if (timeoutMs <= 0) return false;
  const wait = waitFor<boolean>('nothing', { timeoutMs });
  const done = (): void => {
    wait.resolve(true);
  };
  promise.then(done, done);
  return wait.promise.catch(() => false);
}
