import type { MessageHeaders } from '../contract/message.js';
import type { Serializer } from '../contract/serializer.js';
import { CancelledError, MessageError } from '../errors/error-classes.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import { readWireError } from '../errors/wire-error.js';
import type { EndpointPipeline } from '../pipeline/endpoint-pipeline.js';
import type { StatsCounter } from '../sockets/stats.js';
import type { ClassicCodec } from '../wire/classic/envelope.js';
import { json } from '../serializers/json.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND } from '../wire/native/format.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import type { PendingRequest } from './pending-request.js';
import type { PendingRequests } from './pending-requests.js';

/** What a reply reader uses of its client. */
export interface ReplyReaderHost {
  readonly address: string;
  readonly classic: ClassicCodec;
  readonly counter: StatsCounter;
  readonly pending: PendingRequests;
  readonly pipeline: EndpointPipeline;
  serializer(): Serializer;
  dropped(reason: string, description: string): void;
  unreadable(error: unknown, peer?: string): void;
  malformed(error: unknown, peer: string): void;
}

/** Bytes of the id before a reply of the classic dialect. */
export const CLASSIC_ID_BYTES = 4;

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** Reads replies, and settles the requests that wait for them, through the middleware if there is any. */
export class ReplyReader {
  readonly #host: ReplyReaderHost;

  constructor(host: ReplyReaderHost) {
    this.#host = host;
  }

  /** Takes a response or an error. */
  takeRecord(record: NativeRecord): void {
    const { pending, address } = this.#host;
    const request = pending.find(record.id);
    if (request === undefined) {
      if (record.id === 0) this.#host.unreadable(this.#complaint(record), address);
      else this.#host.counter.dropped('late-reply');
      return;
    }
    let body;
    try {
      // An error is JSON, whatever the serializer, and whatever has been registered by that name.
      body =
        record.kind === KIND.error
          ? decodeBody(record, json, 'control', `the error of '${request.action}'`)
          : decodeBody(record, this.#host.serializer(), 'reply', request.action);
    } catch (error) {
      this.#host.malformed(error, address);
      request.fail(error);
      return;
    }
    if (record.kind === KIND.error) request.refuse(readWireError(body));
    else this.#succeed(request, body, record.headers);
  }

  /** Takes a message of the classic dialect: an id, an empty frame and a body. */
  takeClassic(frames: readonly Buffer[]): void {
    const { classic, counter, pending, address } = this.#host;
    const body = frames.at(-1);
    const id = frames[0]?.length === CLASSIC_ID_BYTES ? frames[0].readUInt32BE() : undefined;
    if (id === undefined || body === undefined || frames.length !== 3 || frames[1]?.length !== 0) {
      const what = `a reply is a packet, or an id of ${String(CLASSIC_ID_BYTES)} bytes, an empty frame and a body; this has ${String(frames.length)} frames`;
      this.#host.unreadable(new MessageError('PROTOCOL', what));
      return;
    }
    const request = pending.find(id);
    if (request === undefined) {
      counter.dropped('late-reply');
      return;
    }
    let reply;
    try {
      reply = classic.decodeReply(body, request.action);
    } catch (error) {
      this.#host.malformed(error, address);
      request.fail(error);
      return;
    }
    if ('error' in reply) request.refuse(reply.error);
    else this.#succeed(request, reply.result, NO_HEADERS);
  }

  /** The server could not read a packet of ours, and so cannot say which request it is about. */
  #complaint(record: NativeRecord): unknown {
    try {
      return readWireError(decodeBody(record, json, 'control', 'an error'));
    } catch (error) {
      return error;
    }
  }

  /** Takes the answer that a middleware of the client has given. */
  takeAnswer(request: PendingRequest, asked: PassingMessage): void {
    if (asked.stop?.kind !== 'answered') return;
    const { result, headers = NO_HEADERS, place } = asked.stop;
    if (this.#host.pipeline.hasIncoming) this.#throughMiddleware(request, result, headers, place);
    else request.succeed(result);
  }

  #succeed(request: PendingRequest, result: unknown, headers: MessageHeaders): void {
    // What was asked before there was any middleware is none of its business.
    const isSeen = request.message !== undefined && this.#host.pipeline.hasIncoming;
    if (isSeen) this.#throughMiddleware(request, result, headers);
    else request.succeed(result);
  }

  /** @param answeredAt the place of the step that has answered, if one of the client's has */
  #throughMiddleware(request: PendingRequest, body: unknown, headers: MessageHeaders, answeredAt?: number): void {
    const { action, message: asked } = request;
    const message = new PassingMessage('incoming', 'request', action, headers, body, undefined, asked);
    try {
      const cameThrough = this.#host.pipeline.runIncoming(message, request, answeredAt);
      if (typeof cameThrough !== 'boolean') void this.#passLater(request, message, cameThrough);
      else if (!cameThrough) this.#stopped(request, message);
    } catch (error) {
      request.fail(error);
    }
  }

  async #passLater(request: PendingRequest, reply: PassingMessage, cameThrough: Promise<boolean>): Promise<void> {
    try {
      if (!(await cameThrough)) this.#stopped(request, reply);
    } catch (error) {
      request.fail(error);
    }
  }

  #stopped(request: PendingRequest, { subject, dropReason, why }: PassingMessage): void {
    this.#host.dropped(dropReason, `the reply to '${subject}'`);
    request.fail(new CancelledError('ABORTED', `the reply to '${subject}' was stopped by a middleware${why}`));
  }
}
