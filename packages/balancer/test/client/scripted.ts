import type { CloseOptions, Requester, RequestOptions } from '@liberzmq/core';

/** A requester that does with each call what it is told to, and remembers them. */
export class Scripted implements Requester {
  readonly calls: (RequestOptions | undefined)[] = [];
  readonly closes: (CloseOptions | undefined)[] = [];

  /** @param script what the call of this number, from 1 on, comes to; an error is thrown. */
  constructor(readonly script: (call: number, options: RequestOptions) => unknown) {}

  async sendRequest(_action: string, _data?: unknown, options: RequestOptions = {}): Promise<unknown> {
    this.calls.push(options);
    const next = await this.script(this.calls.length, options);
    if (next instanceof Error) throw next;
    return next;
  }

  close(options?: CloseOptions): Promise<void> {
    this.closes.push(options);
    return Promise.resolve();
  }
}
