import type { CloseOptions } from '../contract/closable.js';
import type { Message } from '../contract/message.js';
import type { Requester } from '../contract/requester.js';
import { DEFAULTS } from '../defaults.js';
import {
  CancelledError,
  ConnectionError,
  MessageError,
  OverloadedError,
  RemoteError,
  SerializationError,
  TimeoutError,
} from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { toWireError, type WireError } from '../errors/wire-error.js';
import { badOption, option } from '../options.js';
import type { ActionHandler } from '../service/action-handler.js';
import { json } from '../serializers/json.js';
import { raw } from '../serializers/raw.js';
import { Service } from '../service/service.js';
import { Endpoint } from '../sockets/endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import { Notice } from '../sockets/notice.js';
import { Peers, type Peer } from '../sockets/peers.js';
import type { Heartbeat } from '../sockets/heartbeat.js';
import { settledWithin } from '../timing/wait.js';
import { isThenable } from '../timing/work-queue.js';
import { ClassicCodec, UNKNOWN_TYPE } from '../wire/classic/envelope.js';
import { codecNamed, codecOf, decodeBody } from '../wire/native/body-decoder.js';
import { KIND, type Kind } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { isPacket, type NativeRecord } from '../wire/native/packet-reader.js';
import { Admission } from './admission.js';
import { ClientSession } from './client-session.js';
import { splitRequest } from './request-frames.js';
import { ServerRequest, type RequestForm, type RequestOwner } from './server-request.js';

/** How a server is set up. */
export interface ServerOptions extends EndpointOptions {
  /**
   * What answers the requests: a service, or any requester (a balancer, say, which makes this server a gateway). It is closed with the server.
   * @defaultValue a new, empty {@link Service}
   */
  service?: Requester | undefined;
  /**
   * Whether a client is told the message of an error that a handler threw without meaning it for the client. `false` says only that it failed.
   * The error is logged here in any case, with its stack.
   * @defaultValue true
   */
  exposeErrors?: boolean | undefined;
  /**
   * The longest time that a request may take, in ms, whatever its client allows. Must be above 0.
   * @defaultValue Infinity: the client's word holds
   */
  maxTimeoutMs?: number | undefined;
  /**
   * How many handlers may be at work at once, from 1 on. What comes beyond waits for its turn, client by client.
   * @defaultValue Infinity: only you know what a handler costs
   */
  maxConcurrency?: number | undefined;
  /**
   * How many requests may wait for their turn. What comes beyond is answered `OVERLOADED` before anything of it has run. 0 lets none wait.
   * @defaultValue 1000
   */
  maxQueue?: number | undefined;
  /**
   * How many of them may be of one client, so that one that floods the server does not take all places.
   * @defaultValue 250
   */
  maxQueuePerPeer?: number | undefined;
}

/** Of an error's message that cannot be sent with all that belongs to it. */
const LONGEST_MESSAGE = 256;

/** How long clients may take to say that they send nothing more. One that stands still must not hold up the close for long. */
const GOODBYE_MS = 1_000;

/** What a service may take longer to close than it was given. */
const SERVICE_CLOSE_MS = 100;

/**
 * Answers requests: each by the handler of its action, any number at a time.
 * @example
 * ```ts
 * const server = new Server({ address: 'tcp://127.0.0.1:5556' });
 * server.registerHandler('add', (data) => {
 *   const { a, b } = data as { a: number; b: number };
 *   return a + b;
 * });
 * await server.startServer();
 * ```
 */
export class Server extends Endpoint {
  readonly #classic: ClassicCodec;
  readonly #service: Requester;
  readonly #exposeErrors: boolean;
  readonly #maxTimeoutMs: number;
  readonly #peers: Peers<ClientSession>;
  readonly #admission: Admission;
  readonly #heartbeat: Heartbeat;
  readonly #owner: RequestOwner;
  #requests = 0;
  #lastClassicId = 0;
  #listening = false;
  /** Called when a request is over, and when a client has said goodbye or gone. */
  #onProgress: (() => void) | undefined;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ServerOptions) {
    super(
      {
        name: 'Server',
        socket: 'router',
        bind: true,
        policy: 'drop-newest',
        options: {
          service: option.object,
          exposeErrors: option.boolean,
          maxTimeoutMs: option.duration,
          maxConcurrency: option.limit,
          maxQueue: option.limitOrZero,
          maxQueuePerPeer: option.limitOrZero,
        },
      },
      options,
    );
    this.#classic = new ClassicCodec(this.serializer);
    this.#service = options.service ?? new Service({ timeoutMs: Infinity });
    this.#exposeErrors = options.exposeErrors ?? true;
    this.#maxTimeoutMs = options.maxTimeoutMs ?? Infinity;
    this.#owner = {
      onSucceeded: (request, result) => {
        this.#succeeded(request, result);
      },
      onFailed: (request, error) => {
        this.#failed(request, error);
      },
      onEnded: (request) => {
        this.#admission.ended(request);
      },
    };
    this.#admission = new Admission(
      {
        maxConcurrency: options.maxConcurrency ?? Infinity,
        maxQueue: options.maxQueue ?? DEFAULTS.maxQueue,
        maxQueuePerPeer: options.maxQueuePerPeer ?? DEFAULTS.maxQueuePerPeer,
      },
      (request) => {
        this.#run(request);
      },
    );
    this.#peers = new Peers(
      (name, id) =>
        this.newOutbox(
          `the client ${name}`,
          () => this.hasSocket,
          (frames) => this.#peers.sendTo(id, this.sendFrames([id, ...frames])),
        ),
      () => new ClientSession(),
      (peer) => {
        this.#abandonAll(peer, new CancelledError('ABORTED', `the client ${peer.name} is gone`));
        this.#onProgress?.();
      },
    );
    this.#heartbeat = this.newHeartbeat(() => {
      this.#lookForSilentClients();
    });
  }

  /**
   * Sets the handler of an action.
   * @throws ConfigurationError BAD_OPTION if the action has one, or if the server was given a requester that is no {@link Service}
   */
  registerHandler(action: string, handler: ActionHandler): this {
    this.#ownService('registerHandler').registerHandler(action, handler);
    return this;
  }

  /** Takes a handler away. @returns whether there was one. */
  unregisterHandler(action: string): boolean {
    return this.#ownService('unregisterHandler').unregisterHandler(action);
  }

  /** Sets what answers an action that has no handler. `context.action` says which was asked for; a body without an envelope is the action `unknown`. */
  setDefaultHandler(handler: ActionHandler | undefined): this {
    this.#ownService('setDefaultHandler').setDefaultHandler(handler);
    return this;
  }

  /** Starts answering. Resolves when it listens. @throws ConnectionError BIND_FAILED, CLOSED */
  async startServer(): Promise<this> {
    this.#listening = true;
    await this.open();
    this.wakeInbox();
    return this;
  }

  /** Tells the clients to send nothing new here, finishes what runs, and closes. The same as {@link close}. */
  stopServer(options?: CloseOptions): Promise<void> {
    return this.close(options);
  }

  protected override get inFlight(): number {
    return this.#requests;
  }

  protected override get queued(): { messages: number; bytes: number } {
    return this.#peers.queued;
  }

  protected override wantsFrames(): boolean {
    return this.#listening;
  }

  protected override onOpen(): void {
    this.#heartbeat.start();
  }

  protected onFrames(frames: Buffer[]): void {
    const [id, first] = frames;
    if (id === undefined) return;
    if (frames.length === 2 && first?.length === 0) {
      this.#peers.gone(id);
      return;
    }
    const peer = this.#peers.of(id);
    peer.session.silentLooks = 0;
    if (isPacket(first)) this.#takePacket(peer, frames);
    else this.#takeClassic(peer, frames.slice(1));
  }

  /** Tells the clients, lets the running handlers end and refuses new requests meanwhile, then lets the replies leave. */
  protected async drain(until: number): Promise<void> {
    for (const peer of this.#peers) {
      if (peer.session.isNative) this.#sendControl(peer, KIND.goodbye, 0);
    }
    // A socket that is closed while a client still sends takes with it the replies that the client has not read yet.
    const isAnswered = (): boolean => [...this.#peers].every(({ session }) => !session.isNative || session.saidGoodbye);
    await this.#waitFor(isAnswered, Math.min(GOODBYE_MS, until - performance.now()));
    await this.#waitFor(() => this.#requests === 0, until - performance.now());
    await this.#closeService(until - performance.now());
    await settledWithin(this.#peers.empty(), until - performance.now());
  }

  protected override onClosed(): void {
    this.#heartbeat.stop();
    void this.#closeService(0);
    for (const peer of this.#peers) this.#abandonAll(peer, this.closedError());
    this.#peers.close();
  }

  async #waitFor(condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return;
    const met = new Promise<void>((resolve) => {
      this.#onProgress = () => {
        if (condition()) resolve();
      };
    });
    await settledWithin(met, timeoutMs);
    this.#onProgress = undefined;
  }

  /** A service of somebody else's making may fail to close, or never end. */
  async #closeService(timeoutMs: number): Promise<void> {
    const close = async (): Promise<void> => this.#service.close({ timeoutMs: Math.max(0, timeoutMs) });
    const closed = close().catch((error: unknown) => {
      this.log.error({ err: error }, 'the service could not be closed');
    });
    await settledWithin(closed, Math.max(0, timeoutMs) + SERVICE_CLOSE_MS);
  }

  #takePacket(peer: Peer<ClientSession>, frames: readonly Buffer[]): void {
    let records;
    try {
      ({ records } = this.readPacket(frames, 1));
    } catch (error) {
      this.unreadable(error, peer.name);
      this.#answerUnreadable(peer, error);
      return;
    }
    peer.session.isNative = true;
    const now = performance.now();
    for (const record of records) this.#takeRecord(peer, record, now);
    // What could be answered at once goes back now, so that the client has work while the next packet is read.
    peer.outbox.flush();
  }

  #takeRecord(peer: Peer<ClientSession>, record: NativeRecord, now: number): void {
    switch (record.kind) {
      case KIND.request:
        this.#takeRequest(peer, record, now);
        return;
      case KIND.cancel:
        peer.session.requests
          .get(record.id)
          ?.abandon(new CancelledError('ABORTED', 'the client has taken the request back'));
        return;
      case KIND.goodbye:
        peer.session.saidGoodbye = true;
        this.#onProgress?.();
        return;
      case KIND.ping:
        if (record.timeLeftMs !== undefined) peer.session.patience = this.#heartbeat.looksIn(record.timeLeftMs);
        this.#answerPing(peer, record.id);
        return;
      default:
        this.unexpected(record, peer.name);
    }
  }

  #takeRequest(peer: Peer<ClientSession>, record: NativeRecord, now: number): void {
    const { subject: action = UNKNOWN_TYPE, headers, timeLeftMs = Infinity } = record;
    const timeoutMs = Math.min(timeLeftMs, this.#maxTimeoutMs);
    const limit = { timeoutMs, deadline: now + timeoutMs };
    let codec = this.serializer;
    let unknownCodec: unknown;
    try {
      const named = codecNamed(codecOf(record) ?? codec.name, codec);
      // Bytes that came by themselves say nothing about what goes back.
      if (named !== raw) codec = named;
    } catch (error) {
      unknownCodec = error;
    }
    const request = new ServerRequest(action, peer, { dialect: 'native', record, codec }, headers, limit, this.#owner);
    this.#admit(request, record.id, unknownCodec);
  }

  #takeClassic(peer: Peer<ClientSession>, frames: readonly Buffer[]): void {
    const parts = splitRequest(frames);
    if (parts === undefined) {
      this.unreadable(
        new MessageError(
          'PROTOCOL',
          `a request is a packet, or a body, alone or behind an id or an empty frame; this has ${String(frames.length)} frames`,
        ),
        peer.name,
      );
      return;
    }
    const { envelope, body } = parts;
    let decoded = {
      action: UNKNOWN_TYPE,
      data: undefined as unknown,
      headers: {},
      requestId: undefined as string | undefined,
    };
    let unreadable: unknown;
    try {
      decoded = { ...this.#classic.decodeRequest(body) };
    } catch (error) {
      unreadable = error;
      this.malformed(error, peer.name);
    }
    const { action, data, headers, requestId } = decoded;
    const form: RequestForm = { dialect: 'classic', envelope, requestId, data };
    this.#lastClassicId -= 1;
    const limit = { timeoutMs: this.#maxTimeoutMs, deadline: performance.now() + this.#maxTimeoutMs };
    this.#admit(new ServerRequest(action, peer, form, headers, limit, this.#owner), this.#lastClassicId, unreadable);
  }

  /** @param error why it cannot be run at all, if it cannot. */
  #admit(request: ServerRequest, id: number, error: unknown): void {
    const { requests } = request.from.session;
    if (requests.has(id)) {
      this.unreadable(
        new MessageError('PROTOCOL', `request ${String(id)} came while another one of this id ran`),
        request.from.name,
      );
      return;
    }
    this.#requests += 1;
    request.id = id;
    requests.set(id, request);
    try {
      if (error instanceof Error) throw error;
      if (!this.isAccepting) throw new OverloadedError('DRAINING', 'this server is closing: ask another one');
      this.#admission.take(request);
    } catch (failure) {
      request.stop(failure as Error);
    }
  }

  /** Runs an admitted request, unless its time has passed while it waited. */
  #run(request: ServerRequest): void {
    const { action, deadline } = request;
    try {
      if (deadline <= performance.now()) {
        throw new TimeoutError('TIMEOUT', `'${action}' was not run: its time was up before its turn came`, {
          outcome: 'not-sent',
        });
      }
      this.#handle(request, this.#dataOf(request));
    } catch (error) {
      request.stop(error as Error);
      this.#admission.ended(request);
    }
  }

  #dataOf({ form, action, from }: ServerRequest): unknown {
    if (form.dialect === 'classic') return form.data;
    try {
      return decodeBody(form.record, this.serializer, () => `the data of request '${action}'`);
    } catch (error) {
      this.malformed(error, from.name);
      throw error;
    }
  }

  #handle(request: ServerRequest, data: unknown): void {
    const { action } = request;
    const service = this.#service;
    if (this.pipeline.hasIncoming || this.pipeline.hasOutgoing) {
      request.start(() => this.#throughMiddleware(request, data), data);
    } else if (service instanceof Service && (action !== 'ping' || service.hasHandler('ping'))) {
      service.execute(request, data);
    } else {
      request.start(() => this.#ask(request, action, data), data);
    }
  }

  /** What the service says. A ping that it has no handler for is answered here. */
  #ask(request: ServerRequest, action: string, data: unknown, headers = request.headers): unknown {
    const service = this.#service;
    if (action === 'ping' && !(service instanceof Service && service.hasHandler('ping'))) return { status: 'SERVING' };
    // A service of our own runs as long as its handlers do. Any other requester has a limit of its own: nobody may hoard requests for ever.
    const timeoutMs = service instanceof Service ? Infinity : undefined;
    return service.sendRequest(action, data, { timeoutMs, headers, context: request.context });
  }

  /** The service's answer to what the middleware has made of a request. A message that is as it came needs no context of its own. */
  #askFor(request: ServerRequest, { subject, headers, body }: Message): unknown {
    const service = this.#service;
    const isAsItCame = subject === request.action && headers === request.headers;
    if (isAsItCame && service instanceof Service && (subject !== 'ping' || service.hasHandler('ping'))) {
      return service.handlerOf(subject)(body, request.context);
    }
    return this.#ask(request, subject, body, headers);
  }

  /** Runs the middleware and the handler; resolves with what is to be answered. */
  async #throughMiddleware(request: ServerRequest, data: unknown): Promise<unknown> {
    const { action, headers, context } = request;
    const message: Message = {
      direction: 'incoming',
      pattern: 'request',
      subject: action,
      headers,
      body: data,
      context,
    };
    let result: unknown;
    const handle = (): void | Promise<void> => {
      const answer = this.#askFor(request, message);
      if (!isThenable(answer)) {
        result = answer;
        return undefined;
      }
      return Promise.resolve(answer).then((value: unknown) => {
        result = value;
      });
    };
    if (!this.pipeline.hasIncoming) await handle();
    else if (!(await this.pipeline.runIncoming(message, handle))) throw this.#stopped('request', action);
    if (!this.pipeline.hasOutgoing) return result;
    const reply: Message = {
      direction: 'outgoing',
      pattern: 'request',
      subject: action,
      headers: { ...request.givenHeaders },
      body: result,
      context,
    };
    if (!(await this.pipeline.runReply(reply))) throw this.#stopped('reply to', action);
    request.replaceReplyHeaders(reply.headers);
    return reply.body;
  }

  #stopped(what: string, action: string): RemoteError {
    this.dropped('middleware', `the ${what} '${action}'`);
    return new RemoteError('REMOTE', `the ${what} '${action}' was stopped by a middleware of the server`);
  }

  #succeeded(request: ServerRequest, result: unknown): void {
    try {
      this.#reply(request, KIND.response, result);
    } catch (error) {
      this.#refuse(request, error);
    } finally {
      this.#over(request);
    }
  }

  #failed(request: ServerRequest, error: unknown): void {
    try {
      if (!request.isAbandoned) this.#refuse(request, error);
    } finally {
      this.#over(request);
    }
  }

  #over(request: ServerRequest): void {
    this.#admission.forget(request);
    request.from.session.requests.delete(request.id);
    this.#requests -= 1;
    this.#onProgress?.();
  }

  #refuse(request: ServerRequest, error: unknown): void {
    const { action, from } = request;
    const known = error instanceof LiberZMQError;
    this.counter.failed(known ? error.code : 'REMOTE');
    if (!known) this.log.error({ err: error, action, peer: from.name }, `the handler of '${action}' failed`);
    const wire = this.#wireError(error);
    try {
      this.#reply(request, KIND.error, wire);
    } catch {
      // Details that cannot be encoded, or are too large, must not cost the client its answer.
      this.#refuseBriefly(request, wire);
    }
  }

  #refuseBriefly(request: ServerRequest, { code, message, retryable }: WireError): void {
    try {
      this.#reply(request, KIND.error, { code, message: message.slice(0, LONGEST_MESSAGE), retryable });
    } catch (error) {
      // With so small a limit there is no answer at all: the client's time will be up.
      this.failed(error, request.describe());
    }
  }

  /**
   * A handler that fails because a call of its own was not sent has run all the same: that another try of its call is safe says nothing
   * about another try of the whole. Behind a gateway it is the request itself that was not sent.
   */
  #wireError(error: unknown): WireError {
    const wire = toWireError(error, this.#exposeErrors);
    const ran = this.#service instanceof Service && error instanceof LiberZMQError && error.outcome !== 'answered';
    return ran ? { ...wire, retryable: false } : wire;
  }

  /** @throws SerializationError ENCODE, TOO_LARGE */
  #reply(request: ServerRequest, kind: typeof KIND.response | typeof KIND.error, body: unknown): void {
    const { from, form } = request;
    // A client that is gone, or takes nothing, is counted; there is nobody else to tell.
    const reply = new Notice(request);
    if (form.dialect === 'classic') {
      reply.frames = [...form.envelope, this.#classicReply(request, kind, body)];
      reply.bytes = this.sizeOf(reply.frames, request.describe());
    } else if (!from.outbox.refuses()) {
      const isError = kind === KIND.error;
      if (!isError) checkReplyHeaders(request);
      const record = new OutgoingRecord(kind, form.record.id, undefined, isError ? undefined : request.givenHeaders);
      reply.record = record;
      reply.bytes = this.encodeRecord(from.outbox, record, isError ? json : form.codec, body, request);
    }
    from.outbox.add(reply);
  }

  #classicReply({ action }: ServerRequest, kind: Kind, body: unknown): Uint8Array {
    return kind === KIND.error
      ? this.#classic.encodeError(body as WireError, action)
      : this.#classic.encodeResult(body, action);
  }

  /** One answer that waits is enough: how many questions come is up to the client. */
  #answerPing({ outbox, session }: Peer<ClientSession>, id: number): void {
    if (session.pong?.isOver === false) return;
    session.pong = this.newControl(new OutgoingRecord(KIND.pong, id));
    outbox.add(session.pong);
  }

  #sendControl(peer: Peer<ClientSession>, kind: Kind, id: number): void {
    peer.outbox.add(this.newControl(new OutgoingRecord(kind, id)));
  }

  /** A packet of another version has a client that waits for something: it is told in the form that all versions share. */
  #answerUnreadable(peer: Peer<ClientSession>, error: unknown): void {
    const record = new OutgoingRecord(KIND.error, 0);
    const control = this.newControl(record);
    try {
      control.bytes = this.encodeRecord(peer.outbox, record, json, toWireError(error, true), 'an error');
    } catch (failure) {
      this.failed(failure, 'the answer to a packet that cannot be read');
      return;
    }
    peer.outbox.add(control);
  }

  #abandonAll({ session }: Peer<ClientSession>, reason: Error): void {
    for (const request of [...session.requests.values()]) request.abandon(reason);
  }

  /**
   * A client that has been silent for as long as it said is taken for dead: its handlers are stopped. It is told so for each of its requests, in case it
   * was only held up.
   */
  #lookForSilentClients(): void {
    for (const { name, session } of this.#peers) {
      session.silentLooks += 1;
      if (session.silentLooks <= session.patience) continue;
      session.patience = Infinity;
      for (const request of [...session.requests.values()]) {
        request.stop(
          new ConnectionError(
            'CONNECTION_LOST',
            `the client ${name} was silent for too long; '${request.action}' may have run`,
          ),
        );
      }
    }
  }

  #ownService(method: string): Service {
    if (this.#service instanceof Service) return this.#service;
    throw badOption(`${method}: this server was given a requester that has its own actions; register them there`);
  }
}

/** @throws SerializationError ENCODE */
function checkReplyHeaders(request: ServerRequest): void {
  const wanted = request.givenHeaders === undefined ? undefined : option.headers(request.givenHeaders);
  if (wanted === undefined) return;
  throw new SerializationError('ENCODE', `the reply headers of '${request.action}' must be ${wanted}`);
}
