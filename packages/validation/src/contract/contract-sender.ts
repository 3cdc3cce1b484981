import { ConnectionError, type Closable, type CloseOptions, type SendOptions } from '@liberzmq/core';
import { OutgoingChecks, together } from '../endpoints/outgoing-checks.js';
import type { Models } from '../models.js';
import { badOption } from '../options.js';
import { onClosed } from '../time-limit.js';
import type { Checked } from '../validator/checked.js';

/** What messages are checked by, and how they are sent. */
export interface ContractSending<O extends SendOptions, R> {
  /** The function that was called, for messages of errors. */
  readonly where: string;
  readonly noun: 'topic' | 'task';
  readonly models: Models;
  /** What the contract has. */
  readonly names: readonly string[];
  readonly sender: Closable;
  send(subject: string, data: unknown, options: O | undefined): Promise<R>;
}

const checksOf = new WeakMap<Closable, OutgoingChecks>();

/** Those of one endpoint, however many contracts are around it: so its messages keep their order. */
function outgoingChecksOf(sender: Closable): OutgoingChecks {
  const known = checksOf.get(sender);
  if (known !== undefined) return known;
  const checks = new OutgoingChecks(() => undefined);
  onClosed(sender, () => {
    checks.close(new ConnectionError('CLOSED', 'it was closed while data was checked', { outcome: 'not-sent' }));
  });
  checksOf.set(sender, checks);
  return checks;
}

/** Sends what a contract has, checked. */
export class ContractSender<O extends SendOptions, R> {
  readonly #sending: ContractSending<O, R>;
  readonly #checks: OutgoingChecks;

  constructor(sending: ContractSending<O, R>) {
    this.#sending = sending;
    this.#checks = outgoingChecksOf(sending.sender);
  }

  send(subject: string, data: unknown, options?: O): Promise<R> {
    const sending = this.#sending;
    const check = sending.models.of(subject)?.checkInput(data);
    if (check === undefined) return Promise.reject(this.#unknown(subject));
    const checks = this.#checks;
    if (check instanceof Promise || checks.isBusy) {
      return checks.inTurn(this.#describe(subject), check, options, (value, left) =>
        sending.send(subject, value, left),
      );
    }
    if (check.issues !== undefined) return Promise.reject(checks.refuse(this.#describe(subject), check));
    return sending.send(subject, check.value, options);
  }

  /** Sends several things as one: all are checked before the first is sent. */
  sendTogether<T>(
    what: string,
    items: readonly { readonly subject: string; readonly data: unknown }[],
    options: O | undefined,
    send: (values: readonly unknown[], options: O | undefined) => Promise<T>,
  ): Promise<T> {
    const { models } = this.#sending;
    const each: (Checked<unknown> | Promise<Checked<unknown>>)[] = [];
    for (const { subject, data } of items) {
      const check = models.of(subject)?.checkInput(data);
      if (check === undefined) return Promise.reject(this.#unknown(subject));
      each.push(check);
    }
    const check = together(each);
    const checks = this.#checks;
    if (check instanceof Promise || checks.isBusy) {
      return checks.inTurn(what, check, options, (values, left) => send(values as readonly unknown[], left));
    }
    if (check.issues !== undefined) return Promise.reject(checks.refuse(what, check));
    return send(check.value as readonly unknown[], options);
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#sending.sender.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #describe(subject: string): string {
    return this.#sending.noun === 'task' ? `the task '${subject}'` : `the message on '${subject}'`;
  }

  #unknown(subject: unknown): Error {
    const { where, noun, names } = this.#sending;
    return badOption(
      `${where}: the contract has no ${noun} '${String(subject)}'; it has ${names.join(', ') || 'none'}`,
    );
  }
}
