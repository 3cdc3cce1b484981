import { createError, type CloseOptions, type Requester, type RequestOptions, type Sender } from '@liberzmq/core';
import type { SendOptions } from '@liberzmq/core';

/** A call of an inner requester, which the test settles. */
export interface InnerCall {
  readonly action: string;
  readonly data: unknown;
  readonly options: RequestOptions | undefined;
  readonly resolve: (value?: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** An inner requester that knows no limits: it settles when the test says so. */
export class FakeRequester implements Requester {
  readonly calls: InnerCall[] = [];
  readonly closes: (CloseOptions | undefined)[] = [];

  sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.calls.push({ action, data, options, resolve, reject });
    });
  }

  close(options?: CloseOptions): Promise<void> {
    this.closes.push(options);
    return Promise.resolve();
  }

  get last(): InnerCall {
    return this.calls.at(-1) as InnerCall;
  }
}

/** An inner requester that does what the next entry says: an error is thrown, anything else is the result. Aborts are heeded while it waits for `hang`. */
export class ScriptedRequester implements Requester {
  readonly calls: string[] = [];
  script: unknown[] = [];

  async sendRequest(action: string, _data?: unknown, options?: RequestOptions): Promise<unknown> {
    this.calls.push(action);
    const next = this.script.shift();
    if (next === 'hang') return hang(options?.signal);
    if (next instanceof Error) throw next;
    return next;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(createError('ABORTED', 'hang was aborted')), { once: true });
  });
}

/** A message that an inner sender was given, which the test settles. */
export interface SentMessage {
  readonly subject: string;
  readonly data: unknown;
  readonly options: SendOptions | undefined;
}

/** An inner sender that notes what it is given. */
export class FakeSender implements Sender {
  readonly sent: SentMessage[] = [];
  readonly closes: (CloseOptions | undefined)[] = [];
  /** What each send waits for. */
  result: Promise<void> = Promise.resolve();

  send(subject: string, data: unknown, options?: SendOptions): Promise<void> {
    this.sent.push({ subject, data, options });
    return this.result;
  }

  close(options?: CloseOptions): Promise<void> {
    this.closes.push(options);
    return Promise.resolve();
  }

  get data(): unknown[] {
    return this.sent.map((each) => each.data);
  }
}
