import type { Logger } from '../contract/logger.js';
import type { Serializer } from '../contract/serializer.js';
import { SerializationError } from '../errors/error-classes.js';
import { isOfCall, isOfInnerCall } from '../errors/inner-call.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { toWireError, type WireError } from '../errors/wire-error.js';
import { option } from '../options/check-options.js';
import type { What } from '../serializers/guarded.js';
import { json } from '../serializers/json.js';
import { Notice } from '../sockets/notice.js';
import type { Frame } from '../sockets/open-socket.js';
import type { Outbox } from '../sockets/outbox.js';
import type { Peer } from '../sockets/peers.js';
import type { StatsCounter } from '../sockets/stats.js';
import { isThenable } from '../timing/is-thenable.js';
import type { ClassicCodec } from '../wire/classic/envelope.js';
import { encodeAhead, type PreparedBody } from '../wire/native/body-encoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { ClientSession } from './client-session.js';
import type { ServerRequest } from './server-request.js';

/** What a replier uses of its server. */
export interface ReplierHost {
  readonly classic: ClassicCodec;
  readonly counter: StatsCounter;
  readonly log: Logger;
  /** @throws SerializationError ENCODE, TOO_LARGE */
  encodeRecord(outbox: Outbox, record: OutgoingRecord, serializer: Serializer, body: unknown, what: What): number;
  newControl(record: OutgoingRecord): Notice;
  /** @throws SerializationError TOO_LARGE */
  sizeOf(frames: readonly Frame[], description: string): number;
  failed(error: unknown, description: string): void;
}

/** Of an error's message that cannot be sent with all that belongs to it. */
const LONGEST_MESSAGE = 256;

/** Sends what a server answers its clients: results, errors, signs of life. */
export class Replier {
  readonly #host: ReplierHost;
  readonly #exposeErrors: boolean;

  constructor(host: ReplierHost, exposeErrors: boolean) {
    this.#host = host;
    this.#exposeErrors = exposeErrors;
  }

  /**
   * Answers with a result; with an error, if it cannot be sent.
   * @returns when it has, if encoding it takes a while
   */
  result(request: ServerRequest, result: unknown): Promise<void> | undefined {
    try {
      const prepared = this.#prepare(request, result);
      if (isThenable(prepared)) return this.#resultLater(request, prepared);
      this.#reply(request, KIND.response, prepared ?? result);
    } catch (error) {
      this.error(request, error);
    }
    return undefined;
  }

  /** Answers with an error. */
  error(request: ServerRequest, error: unknown): void {
    const { action, from } = request;
    const { counter, log } = this.#host;
    request.failure = error;
    const known = error instanceof LiberZMQError;
    counter.failed(known ? error.code : 'REMOTE');
    if (!known) log.error({ err: error, action, peer: from.name }, `the handler of '${action}' failed`);
    const wire = this.#wireError(request, error);
    try {
      this.#reply(request, KIND.error, wire);
    } catch {
      // Details that cannot be encoded, or are too large, must not cost the client its answer.
      this.#errorInBrief(request, wire);
    }
  }

  /** Answers a ping. One answer that waits is enough: how many questions come is up to the client. */
  pong({ outbox, session }: Peer<ClientSession>, id: number): void {
    if (session.pong?.isOver === false) return;
    session.pong = this.#host.newControl(new OutgoingRecord(KIND.pong, id));
    outbox.add(session.pong);
  }

  goodbye({ outbox }: Peer<ClientSession>): void {
    outbox.add(this.#host.newControl(new OutgoingRecord(KIND.goodbye, 0)));
  }

  /** Says that a packet could not be read. One of another version has a client that waits for something: it is told in the form that all versions share. */
  unreadable({ outbox }: Peer<ClientSession>, error: unknown): void {
    const record = new OutgoingRecord(KIND.error, 0);
    const control = this.#host.newControl(record);
    try {
      control.bytes = this.#host.encodeRecord(outbox, record, json, toWireError(error, true), 'an error');
    } catch (failure) {
      this.#host.failed(failure, 'the answer to a packet that cannot be read');
      return;
    }
    outbox.add(control);
  }

  /** @throws SerializationError ENCODE */
  #prepare(request: ServerRequest, result: unknown): PreparedBody | Promise<PreparedBody> | undefined {
    const { form, from, action } = request;
    if (form.dialect === 'classic' || request.isAnsweredByServer || from.outbox.refuses()) return undefined;
    return encodeAhead(form.codec, result, request, { pattern: 'reply', subject: action });
  }

  async #resultLater(request: ServerRequest, prepared: Promise<PreparedBody>): Promise<void> {
    try {
      const body = await prepared;
      if (!request.isAbandoned) this.#reply(request, KIND.response, body);
    } catch (error) {
      if (!request.isAbandoned) this.error(request, error);
    }
  }

  #errorInBrief(request: ServerRequest, { code, message, retryable }: WireError): void {
    try {
      this.#reply(request, KIND.error, { code, message: message.slice(0, LONGEST_MESSAGE), retryable });
    } catch (error) {
      // With so small a limit there is no answer at all: the client's time will be up.
      this.#host.failed(error, request.describe());
    }
  }

  /**
   * A handler that fails because a call of its own was not sent, or was refused, has run all the same: that another try of its call is safe says nothing
   * about another try of the whole. Behind a gateway it is the request itself that was not sent.
   */
  #wireError({ hasRun }: ServerRequest, error: unknown): WireError {
    const wire = toWireError(error, this.#exposeErrors);
    const isOfItsOwn = (hasRun && isOfCall(error)) || isOfInnerCall(error);
    return isOfItsOwn ? { ...wire, retryable: false } : wire;
  }

  /** @throws SerializationError ENCODE, TOO_LARGE */
  #reply(request: ServerRequest, kind: typeof KIND.response | typeof KIND.error, body: unknown): void {
    const { from, form } = request;
    // A client that is gone, or takes nothing, is counted; there is nobody else to tell.
    const reply = new Notice(request);
    if (form.dialect === 'classic') {
      reply.frames = [...form.envelope, this.#classicReply(request, kind, body)];
      reply.bytes = this.#host.sizeOf(reply.frames, request.describe());
    } else if (!from.outbox.refuses()) {
      const isError = kind === KIND.error;
      if (!isError) checkReplyHeaders(request);
      const record = new OutgoingRecord(kind, form.record.id, undefined, isError ? undefined : request.givenHeaders);
      record.answers = request.action;
      reply.record = record;
      const codec = isError || request.isAnsweredByServer ? json : form.codec;
      reply.bytes = this.#host.encodeRecord(from.outbox, record, codec, body, request);
    }
    from.outbox.add(reply);
  }

  #classicReply({ action }: ServerRequest, kind: typeof KIND.response | typeof KIND.error, body: unknown): Uint8Array {
    const { classic } = this.#host;
    return kind === KIND.error ? classic.encodeError(body as WireError, action) : classic.encodeResult(body, action);
  }
}

/** @throws SerializationError ENCODE */
function checkReplyHeaders(request: ServerRequest): void {
  const wanted = request.givenHeaders === undefined ? undefined : option.headers(request.givenHeaders);
  if (wanted === undefined) return;
  throw new SerializationError('ENCODE', `the reply headers of '${request.action}' must be ${wanted}`);
}
