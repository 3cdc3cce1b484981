import { AsyncLocalStorage } from 'node:async_hooks';
import type { PassingMessage } from './passing-message.js';

/** An incoming message that has come through the steps, until its handlers have ended. */
export class ArrivedMessage {
  readonly message: PassingMessage;
  readonly #run: (<T>(handle: () => T) => T) | undefined;

  /** Made where `next` was called. @param keepsAsyncContext whether the asynchronous context of that place is to be that of the handlers */
  constructor(message: PassingMessage, keepsAsyncContext: boolean) {
    this.message = message;
    this.#run = keepsAsyncContext ? AsyncLocalStorage.snapshot() : undefined;
  }

  run<T>(handle: () => T): T {
    return this.#run === undefined ? handle() : this.#run(handle);
  }
}
