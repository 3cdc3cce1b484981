import type { Message, MessageHeaders } from '../contract/message.js';
import type { RequestOptions } from '../contract/requester.js';
import type { Serializer } from '../contract/serializer.js';
import { CancelledError } from '../errors/error-classes.js';
import { uuidv7 } from '../ids.js';
import type { EndpointPipeline } from '../pipeline/endpoint-pipeline.js';
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
  readonly serializer: Serializer;
  dropped(reason: string, description: string): void;
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
    if (pipeline.hasOutgoing || pipeline.isBusy) {
      this.#sendInTurn(request, data, options);
      return;
    }
    const prepared = this.#prepare(request, request.action, data);
    if (isThenable(prepared)) this.#sendInTurn(request, data, options, prepared);
    else this.#hand(request, request.action, prepared ?? data, options?.headers);
  }

  /** Sends a request when a middleware or the serializer has done with it, and those before it are sent. */
  #sendInTurn(
    request: PendingRequest,
    data: unknown,
    options: RequestOptions | undefined,
    prepared?: Promise<PreparedBody>,
  ): void {
    const message: Message = {
      direction: 'outgoing',
      pattern: 'request',
      subject: request.action,
      headers: options?.headers ?? NO_HEADERS,
      body: data,
      context: options?.context,
    };
    const prepare = async (): Promise<PreparedBody | undefined> => {
      try {
        return await (prepared ?? this.#prepare(request, message.subject, message.body));
      } catch (error) {
        request.fail(error);
        return undefined;
      }
    };
    this.#throughPipeline(request, message, prepare);
  }

  #throughPipeline(request: PendingRequest, message: Message, prepare: () => Promise<PreparedBody | undefined>): void {
    const refuse = (error: unknown): void => {
      request.fail(error);
    };
    const settle = (cameThrough: boolean): void => {
      if (cameThrough) return;
      this.#host.dropped('middleware', request.describe());
      const why = `${request.describe()} was stopped by a middleware`;
      refuse(new CancelledError('ABORTED', why, { outcome: 'not-sent' }));
    };
    try {
      const cameThrough = this.#host.pipeline.runOutgoing(
        message,
        (body) => {
          this.#sendUnlessOver(request, message, body);
        },
        {
          onTurn: (giveAway) => (request.onOver = giveAway),
          ...(this.#host.serializer.serializeAsync !== undefined && { prepare }),
        },
      );
      if (typeof cameThrough === 'boolean') settle(cameThrough);
      else void cameThrough.then(settle, refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #sendUnlessOver(request: PendingRequest, message: Message, prepared: PreparedBody | undefined): void {
    if (request.isOver) return;
    try {
      this.#hand(request, message.subject, prepared ?? message.body, message.headers);
    } catch (error) {
      request.fail(error);
    }
  }

  /** @throws SerializationError ENCODE */
  #prepare(request: PendingRequest, action: string, data: unknown): PreparedBody | Promise<PreparedBody> | undefined {
    if (this.#host.serializer.serializeAsync === undefined || request.isOver || !this.#host.isNative) return undefined;
    request.action = action;
    return encodeAhead(this.#host.serializer, data, request, { pattern: 'request', subject: action });
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
    if (data !== undefined || this.#host.serializer === json) return headers;
    return { ...headers, [ANSWER_IN]: this.#host.serializer.name };
  }
}
