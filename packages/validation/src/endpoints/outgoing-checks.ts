import type { SendOptions, ValidationIssue } from '@liberzmq/core';
import { failPending, whatIsLeft, withinLimits, type Pending } from '../time-limit.js';
import { validationError } from '../validation-error.js';
import { MOST_ISSUES, type Checked } from '../validator/checked.js';

type Settled = Checked<unknown>;

/** Keeps messages in their order where checks of some take a while. */
export class OutgoingChecks {
  readonly #onInvalid: () => void;
  readonly #pending: Pending = new Set();
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
    const ready = withinLimits(waiting, what, options ?? {}, 'not-sent', this.#pending).then((checked) => {
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

  /** Nobody waits for a check any more. @param error what those get who do. */
  close(error: Error): void {
    failPending(this.#pending, error);
  }
}

/** The checks of several values as one of all of them; the paths of issues begin with the value's place. */
export function together(checks: readonly (Settled | Promise<Settled>)[]): Settled | Promise<Settled> {
  if (!checks.some((check) => check instanceof Promise)) return joined(checks as readonly Settled[]);
  return Promise.all(checks.map(async (check) => check)).then(joined);
}

function joined(checks: readonly Settled[]): Settled {
  const issues: ValidationIssue[] = [];
  for (const [index, checked] of checks.entries()) {
    for (const issue of checked.issues ?? []) {
      if (issues.length < MOST_ISSUES) issues.push({ ...issue, path: `/${String(index)}${issue.path}` });
    }
  }
  if (issues.length > 0) return { issues };
  return { value: checks.map((checked) => (checked as { readonly value: unknown }).value) };
}
