import type { SendOptions } from '@liberzmq/core';
import { whatIsLeft, withinLimits } from '../time-limit.js';
import { validationError } from '../validation-error.js';
import type { Checked } from '../validator/checked.js';

type Settled = Checked<unknown>;

/** Keeps messages in their order where checks of some take a while. */
export class OutgoingChecks {
  readonly #onInvalid: () => void;
  #last: Promise<unknown> | undefined;

  /** @param onInvalid called for each message that is not valid. */
  constructor(onInvalid: () => void) {
    this.#onInvalid = onInvalid;
  }

  /** Whether a message that is ready has to wait for earlier ones. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** The error of a message that is not valid. */
  refuse(what: string, checked: Settled): Error {
    this.#onInvalid();
    return validationError('INVALID_INPUT', what, checked.issues ?? [], 'not-sent');
  }

  /**
   * Sends a message when its check is done and all earlier ones have been handed on.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ValidationError INVALID_INPUT; what `send` does
   */
  async inTurn<O extends SendOptions, T>(
    what: string,
    check: Settled | Promise<Settled>,
    options: O | undefined,
    send: (value: unknown, options: O | undefined) => Promise<T>,
  ): Promise<T> {
    const before = this.#last;
    const started = performance.now();
    const waiting = Promise.all([check, before]).then(([checked]) => checked);
    const ready = withinLimits(waiting, what, options ?? {}, 'not-sent').then((checked) => {
      if (checked.issues !== undefined) throw this.refuse(what, checked);
      // Wrapped, so that whoever comes next waits until it is handed on, not until it is sent.
      return { sent: send(checked.value, whatIsLeft(options, started)) };
    });
    const turn = Promise.allSettled([ready, before]).then(() => {
      if (this.#last === turn) this.#last = undefined;
    });
    this.#last = turn;
    return (await ready).sent;
  }
}
