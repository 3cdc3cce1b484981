import type { Message } from '../contract/message.js';
import { Operation } from '../diagnostics/operation.js';
import { CancelledError, ConnectionError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import type { PassingMessage } from '../pipeline/passing-message.js';
import { badOption, checkOptions, option } from '../options/check-options.js';
import { isThenable } from '../timing/is-thenable.js';
import type { AbortSource } from '../timing/on-abort.js';
import { WAIT_OPTIONS, type WaitOptions } from '../timing/wait.js';
import type { What } from '../serializers/guarded.js';
import { encodeAhead, type PreparedBody } from '../wire/native/body-encoder.js';
import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { RecordEndpoint } from './record-endpoint.js';
import type { EndpointEvents } from './endpoint-events.js';
import { Notice, type NoticeOwner } from './notice.js';
import type { Frame } from './open-socket.js';
import type { Outbox } from './outbox.js';
import { SendOperation, type SendOwner } from './send-operation.js';
import { Underway } from './underway.js';

/** How a message is sent: frames of the classic dialect, a record whose body is still to be encoded, or not at all: there is nobody to have it. */
export type Formed = Frame[] | OutgoingRecord | undefined;

/** A message that is to go out one way. */
export interface OneWayMessage<T> {
  readonly message: PassingMessage;
  readonly options: WaitOptions | undefined;
  /** What the send resolves with. */
  readonly value: T;
  /** What it is, for messages of errors: `task 'resize' to tcp://127.0.0.1:5557`. */
  readonly describe: (message: Message) => string;
  /** What came through the middleware, as it is sent. @param prepared its body, if that is encoded already */
  readonly form: (message: Message, prepared: PreparedBody | undefined) => Formed;
  /** Whether the body that came through the middleware is that of a record, and so may be encoded before the message's turn comes. */
  readonly mayPrepare: (message: Message) => boolean;
  /** @defaultValue the endpoint's own */
  readonly outbox?: Outbox;
}

const NO_SIGNALS: readonly AbortSource[] = [];

/** An endpoint that sends messages one way, through its middleware and an outbox. */
export abstract class SendingEndpoint<Events extends EndpointEvents = EndpointEvents> extends RecordEndpoint<Events> {
  readonly #underway = new Underway();
  #run: Notice | undefined;
  readonly #accepted: NoticeOwner = {
    describe: ({ record }) => (record === undefined ? '' : this.describeRecord(record)),
    onLost: (notice) => {
      for (let left = notice.messages; left > 0; left -= 1) this.dropped('closed', notice.describe());
    },
  };
  readonly #sendOwner: SendOwner = {
    onSendFailed: (error, { record }) => {
      if (error instanceof LiberZMQError) this.counter.failed(error.code);
      if (record !== undefined) this.onUnsent(record);
    },
    onSendLost: (operation) => {
      this.dropped('closed', operation.describe());
    },
  };

  /** What a record is, for messages of errors. */
  protected abstract describeRecord(record: OutgoingRecord): string;

  /** A record is about to be handed to its outbox, or to be dropped there: nothing can be wrong with it any more. */
  protected onEncoded(_record: OutgoingRecord): void {}

  /** A record whose send had not resolved has failed. */
  protected onUnsent(_record: OutgoingRecord): void {}

  /** Whether messages travel together, so that a send need not wait until its message is handed over while little waits. */
  protected get sendsTogether(): boolean {
    return false;
  }

  /** Whether {@link sendNow} may be used: messages travel together, no middleware wants to see them, little waits, and nothing is rejected. */
  protected get sendsNow(): boolean {
    return (
      this.sendsTogether &&
      !this.pipeline.hasOutgoing &&
      !this.pipeline.hasSettled &&
      this.serializer.serializeAsync === undefined &&
      this.isAccepting &&
      this.outboxPolicy !== 'reject' &&
      this.outbox.isFlowing
    );
  }

  /** What {@link sendNow} has sent last, where more may join it. */
  protected get run(): OutgoingRecord | undefined {
    return this.#run?.record;
  }

  /**
   * Sends a message that is the next one of {@link run}: its id is the next, and all else is the same.
   * @returns false if it cannot join any more
   * @throws SerializationError ENCODE
   */
  protected sendWithRun(body: unknown): boolean {
    return this.#run !== undefined && this.outbox.extend(this.#run, this.serializer, body);
  }

  /**
   * Sends a record that is sure to leave with the next ones. The short way of {@link sendOneWay}, for many small messages.
   * @throws SerializationError ENCODE, TOO_LARGE
   */
  protected sendNow(record: OutgoingRecord, body: unknown): void {
    const notice = new Notice(this.#accepted);
    notice.record = record;
    notice.bytes = this.#encoded(this.outbox, record, body, notice);
    this.onEncoded(record);
    this.outbox.add(notice);
    this.#run = record.count > 0 ? notice : undefined;
  }

  /**
   * Resolves when the transport has taken the message; where messages travel together, as soon as it is sure to leave with the next ones.
   * The time limit and the signal hold while a middleware has it as well.
   */
  protected sendOneWay<T>(sending: OneWayMessage<T>): Promise<T> {
    if (!this.isAccepting) return Promise.reject(this.closedError());
    const { message, options, value, describe } = sending;
    const { signal, timeoutMs = Infinity } = options ?? {};
    if (signal?.aborted === true) {
      return Promise.reject(
        new CancelledError('ABORTED', `${describe(message)} was aborted before it was sent`, {
          outcome: 'not-sent',
          cause: signal.reason,
        }),
      );
    }
    const refusal = this.pipeline.hasOutgoing ? undefined : (sending.outbox ?? this.outbox).refusal;
    if (refusal !== undefined) {
      this.counter.failed(refusal.code);
      return Promise.reject(refusal);
    }
    const signals = signal === undefined ? NO_SIGNALS : [signal];
    const operation = new SendOperation(() => describe(message), timeoutMs, signals, value, this.#sendOwner);
    if (this.pipeline.hasSettled) this.pipeline.settleWith(message, operation.promise, () => operation.droppedAs);
    if (Operation.isObserved) this.#observe(message, operation.promise);
    // If it cannot be opened, the outbox fails what waits in it, this message among them.
    this.openSoon();
    if (this.pipeline.hasOutgoing || this.pipeline.isBusy) {
      this.#throughPipeline(operation, sending);
      return operation.promise;
    }
    const prepared = this.#prepare(operation, sending);
    if (isThenable(prepared)) this.#throughPipeline(operation, sending, prepared);
    else if (!operation.isOver) this.#enqueue(operation, sending, prepared);
    return operation.promise;
  }

  /** Resolves when nothing is on its way any more: neither through a middleware or a serializer, nor in an outbox. */
  protected async allSent(): Promise<void> {
    await this.pipeline.idle();
    await this.outbox.empty();
  }

  protected override onClosed(): void {
    for (const operation of this.#underway) {
      operation.fail(
        new ConnectionError(
          'CLOSED',
          `the endpoint was closed while a middleware or the serializer still had ${operation.describe()}`,
        ),
      );
    }
  }

  protected override get queued(): { messages: number; bytes: number } {
    const { messages, bytes } = this.inOutboxes;
    return { messages: messages + this.#underway.messages, bytes: bytes + this.#underway.bytes };
  }

  /** What waits in the outbox, or in all of them. */
  protected get inOutboxes(): { messages: number; bytes: number } {
    return super.queued;
  }

  /** Encodes a record's body, if that has not been done. @returns the record's bytes, about */
  #encoded(outbox: Outbox, record: OutgoingRecord, body: unknown, what: What): number {
    if (record.codec !== '') return this.recordBytes(record, what);
    return this.encodeRecord(outbox, record, this.serializer, body, what);
  }

  #enqueue<T>(
    operation: SendOperation<T>,
    { message, form, outbox = this.outbox }: OneWayMessage<T>,
    prepared: PreparedBody | undefined,
  ): void {
    try {
      const isFlowing = this.sendsTogether && outbox.isFlowing;
      const formed = form(message, prepared);
      if (formed === undefined) {
        this.#nobodyIsThere(operation);
        return;
      }
      if (Array.isArray(formed)) {
        operation.frames = formed;
        operation.bytes = this.sizeOf(formed, operation.describe());
      } else {
        const isRefused = outbox.refuses();
        if (!isRefused) {
          operation.record = formed;
          operation.bytes = this.#encoded(outbox, formed, prepared ?? message.body, operation);
        }
        // What is dropped has been sent as far as its sender is concerned; what is rejected has not.
        const isRejected = this.outboxPolicy === 'reject' && outbox.refuses(operation.bytes);
        if (!isRejected) this.onEncoded(formed);
      }
      outbox.add(operation);
      if (isFlowing) operation.accept();
    } catch (error) {
      operation.fail(error);
    }
  }

  #observe({ pattern, subject }: PassingMessage, sent: Promise<unknown>): void {
    const observed = Operation.begin(this, 'send', pattern, subject);
    sent.then(
      () => {
        observed.end(undefined);
      },
      (error: unknown) => {
        observed.end(error);
      },
    );
  }

  /** There is nothing to send, but an endpoint that cannot be opened must not look like one without peers. */
  #nobodyIsThere<T>(operation: SendOperation<T>): void {
    if (this.hasSocket) {
      operation.onHandedOver();
      return;
    }
    this.open().then(
      () => {
        operation.onHandedOver();
      },
      (error: unknown) => {
        operation.fail(error);
      },
    );
  }

  /** Encodes a body before the turn of its message, if its serializer may take a while. If that fails, so does the message. */
  #prepare<T>(
    operation: SendOperation<T>,
    { message, mayPrepare }: OneWayMessage<T>,
  ): PreparedBody | Promise<PreparedBody | undefined> | undefined {
    if (this.serializer.serializeAsync === undefined || operation.isOver || !mayPrepare(message)) return undefined;
    const { pattern, subject, body } = message;
    const failed = (error: unknown): undefined => {
      operation.fail(error);
    };
    const encoded = (prepared: PreparedBody): PreparedBody => {
      this.#underway.encoded(operation, prepared.body.byteLength);
      return prepared;
    };
    try {
      const prepared = encodeAhead(this.serializer, body, operation, { pattern, subject });
      return isThenable(prepared) ? prepared.then(encoded, failed) : prepared && encoded(prepared);
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  #throughPipeline<T>(
    operation: SendOperation<T>,
    sending: OneWayMessage<T>,
    prepared?: Promise<PreparedBody | undefined>,
  ): void {
    if (!this.#hasRoom(operation, sending)) return;
    this.#underway.add(operation);
    const arrived = (): void => {
      this.#underway.remove(operation);
      operation.onOver = undefined;
    };
    const settle = (cameThrough: boolean): void => {
      arrived();
      if (cameThrough) return;
      const { message } = sending;
      this.dropped(message.dropReason, operation.describe());
      this.pipeline.settle(message, undefined, message.dropReason);
      operation.drop();
    };
    const refuse = (error: unknown): void => {
      arrived();
      operation.fail(error);
    };
    try {
      const cameThrough = this.pipeline.runOutgoing<PreparedBody | undefined>(sending.message, {
        last: (body) => {
          this.#underway.remove(operation);
          if (!operation.isOver) this.#enqueue(operation, sending, body);
        },
        onTurn: (giveAway) => {
          const onOver = (): void => {
            this.#underway.remove(operation);
            giveAway();
          };
          if (operation.isOver) onOver();
          else operation.onOver = onOver;
        },
        prepare: () => prepared ?? this.#prepare(operation, sending),
      });
      if (typeof cameThrough === 'boolean') settle(cameThrough);
      else void cameThrough.then(settle, refuse);
    } catch (error) {
      refuse(error);
    }
  }

  /** What is underway counts as if it waited in the outbox already. If that is too much, the policy decides who goes. */
  #hasRoom<T>(operation: SendOperation<T>, { outbox = this.outbox }: OneWayMessage<T>): boolean {
    const { messages, bytes } = this.#underway;
    if (this.outboxPolicy === 'wait' || !outbox.isFullWith(messages, bytes)) return true;
    if (this.outboxPolicy === 'drop-oldest') {
      const { first } = this.#underway;
      // Without one, the outbox itself makes room.
      if (first !== undefined) outbox.turnAway(first);
      return true;
    }
    outbox.turnAway(operation);
    return false;
  }
}

const SEND_OPTIONS = { ...WAIT_OPTIONS, headers: option.headers, priority: option.any };

/** @throws ConfigurationError BAD_OPTION */
export function checkSendOptions(where: string, options: object): void {
  checkOptions(where, options, SEND_OPTIONS);
}

/** @throws ConfigurationError BAD_OPTION unless it is a string that is not empty. */
export function checkName(where: string, noun: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '') return;
  throw badOption(`${where}: the ${noun} must be a string that is not empty`);
}
