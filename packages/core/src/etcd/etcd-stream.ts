import type * as Grpc from '@grpc/grpc-js';
import { TimeoutError } from '../errors/error-classes.js';
import type { LiberZMQError } from '../errors/liberzmq-error.js';
import { asIs } from './grpc.js';
import type { MessageStream } from './message-stream.js';
import { statusError } from './status-error.js';

/** What a stream is opened with. */
export interface EtcdStreamSettings {
  /** As errors say it: `watch of '/a'`. */
  readonly what: string;
  /** Aborting it ends the stream. */
  readonly signal: AbortSignal;
  /** Told of a failure before the loop is, unless it was our own doing. */
  readonly onFailure: (error: LiberZMQError) => void;
  /** Told when whoever reads it has not been answered in time. */
  readonly onSilence: () => void;
}

/** A call with any number of messages in both directions. Whoever iterates over it slowly is sent no more than fits into the windows of HTTP/2. */
export class EtcdStream implements MessageStream {
  readonly #call: Grpc.ClientDuplexStream<Uint8Array, Uint8Array>;
  readonly #settings: EtcdStreamSettings;
  #isCanceled = false;
  readonly #cancel = (): void => {
    this.#isCanceled = true;
    this.#call.cancel();
  };

  constructor(call: Grpc.ClientDuplexStream<Uint8Array, Uint8Array>, settings: EtcdStreamSettings) {
    this.#call = call;
    this.#settings = settings;
    // The loop hears of errors, while there is one.
    call.on('error', () => undefined);
    settings.signal.addEventListener('abort', this.#cancel);
    if (settings.signal.aborted) this.#cancel();
  }

  write(message: Uint8Array): void {
    this.#call.write(asIs(message));
  }

  giveUp(): void {
    const { what, onFailure, onSilence } = this.#settings;
    onSilence();
    onFailure(new TimeoutError('TIMEOUT', `${what} was not answered in time`));
    this.#cancel();
  }

  /** @throws LiberZMQError of whatever has ended the stream */
  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const { what, signal, onFailure } = this.#settings;
    try {
      yield* this.#call;
    } catch (cause) {
      const error = statusError(what, cause as Grpc.ServiceError);
      if (!this.#isCanceled) onFailure(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', this.#cancel);
      this.#cancel();
    }
  }
}
