import type { CloseOptions } from '../contract/closable.js';
import { DEFAULTS } from '../defaults.js';
import { ConnectionError } from '../errors/error-classes.js';
import type { Outcome } from '../errors/outcome.js';
import { checkOptions, option } from '../options/check-options.js';
import { rejected } from './rejected.js';

/** The end of something that is closed, which comes once. */
export class Closing {
  readonly #whose: string;
  #done: Promise<void> | undefined;

  /** @param whose what is closed, as errors say it: `its layer`. */
  constructor(whose: string) {
    this.#whose = whose;
  }

  get hasBegun(): boolean {
    return this.#done !== undefined;
  }

  /**
   * Begins the end, unless it has begun. Wrong options are rejected, and change nothing.
   * @param end called at once, with the time that it has, in ms.
   * @throws ConfigurationError BAD_OPTION
   */
  begin(options: CloseOptions | undefined, end: (timeoutMs: number) => Promise<void>): Promise<void> {
    let timeoutMs: number;
    try {
      timeoutMs = closeTimeout(options);
    } catch (error) {
      return rejected(error);
    }
    if (this.#done === undefined) {
      let start!: (done: Promise<void>) => void;
      // What ends meanwhile must find it begun.
      this.#done = new Promise((resolve) => (start = resolve));
      start(end(timeoutMs));
    }
    return this.#done;
  }

  /**
   * @param what what comes too late, as the error says it: `request 'add'`, `a new member`.
   * @throws ConnectionError CLOSED, `not-sent`, from when the end has begun.
   */
  refuse(what: string): void {
    if (this.hasBegun) throw closedError(`${what} was refused: ${this.#whose} is closed`, 'not-sent');
  }
}

export function closedError(message: string, outcome: Outcome): ConnectionError {
  return new ConnectionError('CLOSED', message, { outcome });
}

/** How long a close may wait, in ms. @throws ConfigurationError BAD_OPTION */
function closeTimeout(options: CloseOptions = {}): number {
  checkOptions('close', options, { timeoutMs: option.durationOrZero, drain: option.boolean });
  return options.drain === false ? 0 : (options.timeoutMs ?? DEFAULTS.closeTimeoutMs);
}
