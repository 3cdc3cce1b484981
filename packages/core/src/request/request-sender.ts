import type { MessageHeaders } from '../contract/message.js';
import type { RequestOptions } from '../contract/requester.js';
import type { Serializer } from '../contract/serializer.js';
import { CancelledError } from '../errors/error-classes.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import { uuidv7 } from '../ids.js';
import type { EndpointPipeline, OutgoingRun } from '../pipeline/endpoint-pipeline.js';
import { json } from '../serializers/json.js';
import type { Frame } from '../sockets/open-socket.js';
import type { Outbox } from '../sockets/outbox.js';
import { isThenable } from '../timing/is-thenable.js';
import type { ClassicCodec } from '../wire/classic/envelope.js';
import { encodeAhead, type PreparedBody } from '../wire/native/body-encoder.js';
import { ANSWER_IN, KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { PendingRequest } from './pending-request.js';
import { CLASSIC_ID_BYTES } from './reply-reader.js';
import type { RequestQueue } from './request-queue.js';

const NO_BYTES = new Uint8Array(0);
const NO_HEADERS: MessageHeaders = Object.freeze({});

/** What a request sender uses of its client. */
export interface RequestSenderHost {
  readonly classic: ClassicCodec;
  readonly isNative: boolean;
  readonly pipeline: EndpointPipeline;
  readonly queue: RequestQueue;
  serializer(): Serializer;
  dropped(reason: string, description: string): void;
  /** A middleware has answered a request. */
  onAnswered(request: PendingRequest, asked: PassingMessage): void;
  /** @throws SerializationError ENCODE, TOO_LARGE */
  encodeRecord(outbox: Outbox, record: OutgoingRecord, data: unknown, request: PendingRequest): number;
  /** @throws SerializationError TOO_LARGE */
  sizeOf(frames: readonly Frame[], description: string): number;
}

/** Brings requests into the outbox in their order, through the middleware and the serializer. */
export class RequestSender {
  readonly #host: RequestSenderHost;

  constructor(host: RequestSenderHost) {
    this.#host = host;
  }

  /** Sends a request; what goes wrong later than this call it hears itself. @throws SerializationError ENCODE, TOO_LARGE */
  send(request: PendingRequest, data: unknown, options: RequestOptions | undefined): void {
    const { pipeline } = this.#host;
    if (pipeline.hasAny) {
      request.message = messageOf(request, data, options);
      pipeline.settleWith(request.message, request.promise);
    }
    if (pipeline.hasOutgoing || pipeline.isBusy) {
      this.#sendInTurn(request, request.message ?? messageOf(request, data, options));
      return;
    }
    const prepared = this.prepare(request, request.action, data);
    if (isThenable(prepared)) this.#sendInTurn(request, messageOf(request, data, options), prepared);
    else this.#hand(request, request.action, prepared ?? data, options?.headers);
  }

  /** Hands over a request that has come through the middleware. */
  sendUnlessOver(request: PendingRequest, message: PassingMessage, prepared: PreparedBody | undefined): void {
    if (request.isOver) return;
    try {
      const headers = message.headers === NO_HEADERS ? undefined : message.headers;
      this.#hand(request, message.subject, prepared ?? message.body, headers);
    } catch (error) {
      request.fail(error);
    }
  }

  /** Begins to encode data that may take a while. @throws SerializationError ENCODE */
  prepare(request: PendingRequest, action: string, data: unknown): PreparedBody | Promise<PreparedBody> | undefined {
    const serializer = this.#host.serializer();
    if (serializer.serializeAsync === undefined || request.isOver || !this.#host.isNative) return undefined;
    request.action = action;
    return encodeAhead(serializer, data, request, { pattern: 'request', subject: action });
  }

  /** Sends a request when a middleware or the serializer has done with it, and those before it are sent. */
  #sendInTurn(request: PendingRequest, message: PassingMessage, prepared?: Promise<PreparedBody>): void {
    try {
      const cameThrough = this.#host.pipeline.runOutgoing(message, new RequestRun(this, request, message, prepared));
      if (typeof cameThrough === 'boolean') this.#passed(request, message, cameThrough);
      else void this.#passedLater(request, message, cameThrough);
    } catch (error) {
      request.fail(error);
    }
  }

  async #passedLater(request: PendingRequest, message: PassingMessage, cameThrough: Promise<boolean>): Promise<void> {
    try {
      this.#passed(request, message, await cameThrough);
    } catch (error) {
      request.fail(error);
    }
  }

  #passed(request: PendingRequest, message: PassingMessage, cameThrough: boolean): void {
    if (cameThrough) return;
    if (message.stop?.kind === 'answered') {
      this.#host.onAnswered(request, message);
      return;
    }
    this.#host.dropped(message.dropReason, request.describe());
    const what = `${request.describe()} was stopped by a middleware${message.why}`;
    const error = new CancelledError('ABORTED', what, { outcome: 'not-sent' });
    this.#host.pipeline.settle(message, error, message.dropReason);
    request.fail(error);
  }

  /** @throws SerializationError ENCODE, TOO_LARGE */
  #hand(request: PendingRequest, action: string, data: unknown, headers: MessageHeaders | undefined): void {
    request.action = action;
    const outbox = this.#host.queue.open;
    if (this.#host.isNative) {
      if (!outbox.refuses()) {
        const record = new OutgoingRecord(KIND.request, request.id, action, this.#headersOf(data, headers));
        request.record = record;
        request.bytes = this.#host.encodeRecord(outbox, record, data, request);
      }
    } else {
      const idFrame = Buffer.allocUnsafe(CLASSIC_ID_BYTES);
      idFrame.writeUInt32BE(request.id);
      const body = this.#host.classic.encodeRequest({
        action,
        data,
        headers: headers ?? NO_HEADERS,
        requestId: uuidv7(),
      });
      request.frames = [idFrame, NO_BYTES, body];
      request.bytes = this.#host.sizeOf(request.frames, request.describe());
    }
    outbox.add(request);
  }

  /** Where there is no data to tell in which format the answer is to be, a header does. */
  #headersOf(data: unknown, headers: MessageHeaders | undefined): MessageHeaders | undefined {
    if (data !== undefined || this.#host.serializer() === json) return headers;
    return { ...headers, [ANSWER_IN]: this.#host.serializer().name };
  }
}

/** What happens to one request at the end of the middleware. */
class RequestRun implements OutgoingRun<PreparedBody> {
  readonly #sender: RequestSender;
  readonly #request: PendingRequest;
  readonly #message: PassingMessage;
  /** Its body is being encoded already. */
  readonly #prepared: Promise<PreparedBody> | undefined;

  constructor(
    sender: RequestSender,
    request: PendingRequest,
    message: PassingMessage,
    prepared: Promise<PreparedBody> | undefined,
  ) {
    this.#sender = sender;
    this.#request = request;
    this.#message = message;
    this.#prepared = prepared;
  }

  last(prepared: PreparedBody | undefined): void {
    this.#sender.sendUnlessOver(this.#request, this.#message, prepared);
  }

  onTurn(giveAway: () => void): void {
    if (this.#request.isOver) giveAway();
    else this.#request.onOver = giveAway;
  }

  /** If it cannot be encoded, the request hears it. */
  prepare(): PreparedBody | Promise<PreparedBody | undefined> | undefined {
    const { subject, body } = this.#message;
    try {
      const prepared = this.#prepared ?? this.#sender.prepare(this.#request, subject, body);
      return isThenable(prepared) ? this.#settled(prepared) : prepared;
    } catch (error) {
      this.#request.fail(error);
      return undefined;
    }
  }

  async #settled(prepared: PromiseLike<PreparedBody>): Promise<PreparedBody | undefined> {
    try {
      return await prepared;
    } catch (error) {
      this.#request.fail(error);
      return undefined;
    }
  }
}

function messageOf(request: PendingRequest, data: unknown, options: RequestOptions | undefined): PassingMessage {
  const headers = options?.headers ?? NO_HEADERS;
  return new PassingMessage('outgoing', 'request', request.action, headers, data, options?.context);
}
