import { CancelledError, type Sender, type SendOptions } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { Wait, withTimeLeft } from '@liberzmq/core/requesters';

/** What messages a newer one takes the place of. */
export type KeyOf = (subject: string, data: unknown) => string;

/** The newest message of a key, which is to be sent, and the sends that it stands for. */
interface Conflated {
  subject: string;
  data: unknown;
  options: SendOptions | undefined;
  deadline: number;
  newest: Wait<void>;
  readonly sends: Set<Wait<void>>;
}

/** Messages that wait, of each key the newest. What has been superseded goes the way of what took its place. */
export class ConflatedMessages {
  readonly #inner: Sender;
  readonly #onTakenBack: (key: string) => void;
  readonly #waiting = new Map<string, Conflated>();

  /** @param onTakenBack told when nothing waits for a key any more because its caller has aborted it, or its time was up. */
  constructor(inner: Sender, onTakenBack: (key: string) => void) {
    this.#inner = inner;
    this.#onTakenBack = onTakenBack;
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** Keeps a message in place of what waits for its key. @throws ConfigurationError BAD_OPTION; CancelledError ABORTED */
  put(key: string, subject: string, data: unknown, options: SendOptions | undefined): Promise<void> {
    const { timeoutMs = Infinity, signal } = limitsOf(options);
    const what = `the message on '${subject}' waited to be sent`;
    if (signal?.aborted === true) {
      throw new CancelledError('ABORTED', `it was aborted before ${what}`, {
        outcome: 'not-sent',
        cause: signal.reason,
      });
    }
    const deadline = performance.now() + timeoutMs;
    const wait = new Wait<void>({
      limits: { deadline, signals: signal === undefined ? [] : [signal] },
      what,
      outcome: 'not-sent',
      onOver: (_wait, error) => {
        if (error !== undefined) this.#takeBack(key, wait, error);
      },
    });
    const sends = this.#waiting.get(key)?.sends ?? new Set();
    this.#waiting.set(key, { subject, data, options, deadline, newest: wait, sends: sends.add(wait) });
    return wait.promise;
  }

  /** Hands the message of a key to the inner sender. */
  handOver(key: string): void {
    const message = this.#waiting.get(key);
    if (message === undefined) return;
    this.#waiting.delete(key);
    const { subject, data, options, deadline, newest, sends } = message;
    const sent = send(this.#inner, subject, data, deadline === Infinity ? options : withTimeLeft(options, deadline));
    newest.resolve(sent);
    sends.delete(newest);
    if (sends.size === 0) return;
    sent.then(
      () => {
        for (const each of sends) each.resolve();
      },
      (error: unknown) => {
        for (const each of sends) each.reject(error);
      },
    );
  }

  handOverAll(): void {
    for (const key of [...this.#waiting.keys()]) this.handOver(key);
  }

  dropAll(error: Error): void {
    const dropped = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { sends } of dropped) for (const each of sends) each.reject(error);
  }

  #takeBack(key: string, wait: Wait<void>, error: Error): void {
    const message = this.#waiting.get(key);
    message?.sends.delete(wait);
    if (message?.newest !== wait) return;
    this.#waiting.delete(key);
    for (const each of message.sends) each.reject(error);
    this.#onTakenBack(key);
  }
}

/** What a message waits for; the rest of its options is the inner sender's to check. @throws ConfigurationError BAD_OPTION */
function limitsOf(options: SendOptions = {}): Pick<SendOptions, 'timeoutMs' | 'signal'> {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw badOption(`send: options must be an object, not ${describe(options)}`);
  }
  const { timeoutMs, signal } = options;
  checkOptions('send', { timeoutMs, signal }, { timeoutMs: option.duration, signal: option.signal });
  return { timeoutMs, signal };
}

/** The key of a message. @throws ConfigurationError BAD_OPTION */
export function keyOf(where: string, by: KeyOf | undefined, subject: string, data: unknown): string {
  const key = by === undefined ? subject : by(subject, data);
  if (typeof key !== 'string') throw badOption(`${where}: 'by' must return a string, not ${describe(key)}`);
  return key;
}

/** As the inner sender, but never throws at once, whatever that does. */
async function send(inner: Sender, subject: string, data: unknown, options: SendOptions | undefined): Promise<void> {
  return inner.send(subject, data, options);
}
