import { CancelledError, TimeoutError, type Outcome } from '@liberzmq/core';
import type { Limits } from './request-limits.js';
import { watchLimits } from './watch-limits.js';

/** What is waited for, and how the wait may end without it. */
export interface WaitSettings {
  readonly limits: Limits;
  /** What happens meanwhile, as the error says it: `request 'add' waited for its turn`. */
  readonly what: string;
  /** What is known of the request when the wait is cut short. */
  readonly outcome: Outcome;
  /** The error when the time is up, where it is not a plain `TIMEOUT`. */
  readonly expired?: (() => Error) | undefined;
  /** Called once, when it has settled; with the error if its own limits have ended it. */
  readonly onOver?: ((error?: Error) => void) | undefined;
}

/** Somebody who waits until there is a result or an error, the time is up, or a signal aborts: whichever is first. */
export class Wait<T> {
  readonly promise: Promise<T>;
  readonly #settings: WaitSettings;
  readonly #stopWatching: () => void;
  #resolve!: (value: T | Promise<T>) => void;
  #reject!: (error: unknown) => void;
  #isOver = false;

  constructor(settings: WaitSettings) {
    this.#settings = settings;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#stopWatching = watchLimits(settings.limits, {
      expired: () => {
        this.#end(settings.expired?.() ?? this.#timeout());
      },
      aborted: (reason) => {
        this.#end(this.#cancelled(reason));
      },
    });
    const aborted = settings.limits.signals.find((each) => each.aborted);
    if (aborted !== undefined) this.#end(this.#cancelled(aborted.reason));
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

  #end(error: Error): void {
    if (this.#settle(error)) this.#reject(error);
  }

  #settle(error?: Error): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#stopWatching();
    this.#settings.onOver?.(error);
    return true;
  }

  #timeout(): Error {
    const { what, outcome } = this.#settings;
    return new TimeoutError('TIMEOUT', `the time was up while ${what}`, { outcome });
  }

  #cancelled(cause: unknown): Error {
    const { what, outcome } = this.#settings;
    return new CancelledError('ABORTED', `it was aborted while ${what}`, { outcome, cause });
  }
}
