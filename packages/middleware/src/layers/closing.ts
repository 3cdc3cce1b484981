import { ConnectionError, DEFAULTS, type CloseOptions, type Outcome } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';

/** The end of a layer, which comes once. */
export class Closing {
  #done: Promise<void> | undefined;

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
      timeoutMs = timeoutOf(options);
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

  /** @throws ConnectionError CLOSED, `not-sent`, from when the end has begun. */
  refuse(what: string): void {
    if (this.hasBegun) throw closedError(`${what} was not sent: its layer is closed`, 'not-sent');
  }
}

export function closedError(message: string, outcome: Outcome): ConnectionError {
  return new ConnectionError('CLOSED', message, { outcome });
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}

function timeoutOf(options: CloseOptions = {}): number {
  checkOptions('close', options, { timeoutMs: option.durationOrZero, drain: option.boolean });
  return options.drain === false ? 0 : (options.timeoutMs ?? DEFAULTS.closeTimeoutMs);
}
