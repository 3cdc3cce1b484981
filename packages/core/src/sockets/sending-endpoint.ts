import type { Message } from '../contract/message.js';
import { CancelledError, ConnectionError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { badOption, checkOptions, option } from '../options.js';
import { WAIT_OPTIONS, type WaitOptions } from '../timing/wait.js';
import { Endpoint, type EndpointEvents } from './endpoint.js';
import type { Frame } from './open-socket.js';
import type { Outbox } from './outbox.js';
import { SendOperation } from './send-operation.js';

/** A message that is to go out one way. */
export interface OneWayMessage {
  readonly message: Message;
  readonly options: WaitOptions;
  /** What it is, for messages of errors: `task 'resize' to tcp://127.0.0.1:5557`. */
  readonly describe: (message: Message) => string;
  /** The frames of what came through the middleware. */
  readonly encode: (message: Message) => Frame[];
  /** @defaultValue the endpoint's own */
  readonly outbox?: Outbox;
}

/** An endpoint that sends messages one way, through its middleware and an outbox. */
export abstract class SendingEndpoint<Events extends EndpointEvents = EndpointEvents> extends Endpoint<Events> {
  readonly #inMiddleware = new Set<SendOperation>();

  /** Resolves when the transport has taken the message. The time limit and the signal hold while a middleware has it as well. */
  protected async sendOneWay({
    message,
    options,
    describe,
    encode,
    outbox = this.outbox,
  }: OneWayMessage): Promise<void> {
    if (!this.isAccepting) throw this.closedError();
    const { signal, timeoutMs = Infinity } = options;
    if (signal?.aborted === true) {
      throw new CancelledError('ABORTED', `${describe(message)} was aborted before it was sent`, {
        outcome: 'not-sent',
        cause: signal.reason,
      });
    }
    const operation = new SendOperation(describe(message), timeoutMs, signal === undefined ? [] : [signal]);
    // If it cannot be opened, the outbox fails what waits in it, this message among them.
    this.open().catch(() => undefined);
    this.#throughMiddleware(operation, message, () => {
      operation.frames = encode(message);
      operation.bytes = this.sizeOf(operation.frames, describe(message));
      outbox.add(operation);
    }).catch((error: unknown) => {
      operation.fail(error);
    });
    try {
      await operation.promise;
    } catch (error) {
      if (error instanceof LiberZMQError) this.counter.failed(error.code);
      throw error;
    }
  }

  protected override onClosed(): void {
    for (const operation of this.#inMiddleware) {
      const outcome = operation.hasLeft ? 'unknown' : 'not-sent';
      operation.fail(
        new ConnectionError('CLOSED', `the endpoint was closed while a middleware had ${operation.describe()}`, {
          outcome,
        }),
      );
    }
  }

  async #throughMiddleware(operation: SendOperation, message: Message, enqueue: () => void): Promise<void> {
    if (!this.pipeline.hasOutgoing) {
      enqueue();
      return;
    }
    this.#inMiddleware.add(operation);
    try {
      const cameThrough = await this.pipeline.runOutgoing(
        message,
        () => {
          if (!operation.isOver) enqueue();
        },
        (giveAway) => (operation.onOver = giveAway),
      );
      if (cameThrough) return;
      this.dropped('middleware', operation.describe());
      operation.drop();
    } finally {
      this.#inMiddleware.delete(operation);
    }
  }
}

/** @throws ConfigurationError BAD_OPTION */
export function checkSendOptions(where: string, options: object): void {
  checkOptions(where, options, { ...WAIT_OPTIONS, headers: option.headers, priority: option.any });
}

/** @throws ConfigurationError BAD_OPTION unless it is a string that is not empty. */
export function checkName(where: string, noun: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '') return;
  throw badOption(`${where}: the ${noun} must be a string that is not empty`);
}
