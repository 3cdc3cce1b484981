import type { Message } from '../contract/message.js';
import type { Requester } from '../contract/requester.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { MessageError, OverloadedError, RemoteError } from '../errors/error-classes.js';
import { toWireError, type WireError } from '../errors/wire-error.js';
import { badOption, option } from '../options.js';
import type { ActionHandler } from '../service/action-handler.js';
import { Cancellation } from '../service/cancellation.js';
import { RequestContext } from '../service/handler-context.js';
import { Service } from '../service/service.js';
import { Endpoint } from '../sockets/endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import type { Frame } from '../sockets/open-socket.js';
import { Peers, type Peer } from '../sockets/peers.js';
import { SendOperation } from '../sockets/send-operation.js';
import { settledWithin } from '../timing/wait.js';
import { ClassicCodec, UNKNOWN_TYPE, type ClassicRequest } from '../wire/classic/envelope.js';
import { splitRequest } from './request-frames.js';

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
}

/** What a service may take longer to close than it was given. */
const SERVICE_CLOSE_MS = 100;

/** A request that is being answered. */
interface RunningRequest {
  readonly peer: Peer;
  readonly envelope: readonly Buffer[];
  readonly cancellation: Cancellation;
}

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
  readonly #codec: ClassicCodec;
  readonly #service: Requester;
  readonly #exposeErrors: boolean;
  readonly #running = new Set<RunningRequest>();
  readonly #peers: Peers;
  #listening = false;
  #onIdle: (() => void) | undefined;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ServerOptions) {
    super(
      {
        name: 'Server',
        socket: 'router',
        bind: true,
        policy: 'drop-newest',
        options: { service: option.object, exposeErrors: option.boolean },
      },
      options,
    );
    this.#codec = new ClassicCodec(this.serializer);
    this.#service = options.service ?? new Service({ timeoutMs: Infinity });
    this.#exposeErrors = options.exposeErrors ?? true;
    this.#peers = new Peers((name, id) =>
      this.newOutbox(
        `the client ${name}`,
        () => this.hasSocket,
        (frames) => this.#peers.sendTo(id, this.sendFrames([id, ...frames])),
      ),
    );
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

  protected override get inFlight(): number {
    return this.#running.size;
  }

  protected override get queued(): { messages: number; bytes: number } {
    return this.#peers.queued;
  }

  protected override wantsFrames(): boolean {
    return this.#listening;
  }

  protected onFrames(frames: Buffer[]): void {
    const [id, ...rest] = frames;
    if (id === undefined) return;
    if (rest.length === 1 && rest[0]?.length === 0) {
      this.#peerGone(id);
      return;
    }
    const peer = this.#peers.of(id);
    const request = splitRequest(rest);
    if (request === undefined) {
      this.unreadable(
        new MessageError(
          'PROTOCOL',
          `a request is a body, alone or behind an id or an empty frame; this has ${String(rest.length)} frames`,
        ),
        peer.name,
      );
      return;
    }
    const running: RunningRequest = { peer, envelope: request.envelope, cancellation: new Cancellation() };
    this.#running.add(running);
    void this.#answer(running, request.body);
  }

  /** Lets the running handlers end and refuses new requests meanwhile, then lets the replies leave. */
  protected async drain(until: number): Promise<void> {
    if (this.#running.size > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
      await settledWithin(idle, until - performance.now());
    }
    await this.#closeService(until - performance.now());
    await settledWithin(this.#peers.empty(), until - performance.now());
  }

  protected override onClosed(): void {
    void this.#closeService(0);
    for (const { cancellation } of this.#running) cancellation.abort(this.closedError());
    this.#peers.close();
  }

  /** A service of somebody else's making may fail to close, or never end. */
  async #closeService(timeoutMs: number): Promise<void> {
    const closed = this.#service.close({ timeoutMs: Math.max(0, timeoutMs) }).catch((error: unknown) => {
      this.log.error({ err: error }, 'the service could not be closed');
    });
    await settledWithin(closed, Math.max(0, timeoutMs) + SERVICE_CLOSE_MS);
  }

  async #answer(running: RunningRequest, body: Buffer): Promise<void> {
    let action = UNKNOWN_TYPE;
    try {
      const request = this.#read(running, body);
      action = request.action;
      if (!this.isAccepting) throw new OverloadedError('DRAINING', 'this server is closing: ask another one');
      const reply = await this.#run(running, request);
      this.#reply(running, action, this.#codec.encodeResult(reply, action));
    } catch (error) {
      this.#refuse(running, action, error);
    } finally {
      this.#running.delete(running);
      if (this.#running.size === 0) this.#onIdle?.();
    }
  }

  #read(running: RunningRequest, body: Buffer): ClassicRequest {
    try {
      return this.#codec.decodeRequest(body);
    } catch (error) {
      this.malformed(error, running.peer.name);
      throw error;
    }
  }

  /** Runs the middleware and the handler; resolves with what is to be answered. */
  async #run(running: RunningRequest, request: ClassicRequest): Promise<unknown> {
    const { action, data, headers, requestId } = request;
    const { peer, cancellation } = running;
    const context = new RequestContext(
      action,
      { headers, peer: peer.name, deadline: Infinity, requestId },
      cancellation,
    );
    const message: Message = {
      direction: 'incoming',
      pattern: 'request',
      subject: action,
      headers,
      body: data,
      context,
    };
    let result: unknown;
    const handle = async (): Promise<void> => {
      result = await this.#handle(message, context);
    };
    if (this.pipeline.hasIncoming) {
      if (!(await this.pipeline.runIncoming(message, handle))) throw this.#stopped('request', action);
    } else {
      await handle();
    }
    if (!this.pipeline.hasOutgoing) return result;
    const reply: Message = {
      direction: 'outgoing',
      pattern: 'request',
      subject: action,
      headers: {},
      body: result,
      context,
    };
    if (!(await this.pipeline.runReply(reply))) throw this.#stopped('reply to', action);
    return reply.body;
  }

  async #handle(message: Message, context: RequestContext): Promise<unknown> {
    const { subject: action, body, headers } = message;
    const service = this.#service;
    if (action === 'ping' && !(service instanceof Service && service.hasHandler('ping'))) return { status: 'SERVING' };
    // A service of our own runs as long as its handlers do. Any other requester has a limit of its own: nobody may hoard requests for ever.
    const timeoutMs = service instanceof Service ? Infinity : undefined;
    return service.sendRequest(action, body, { timeoutMs, headers, context });
  }

  #stopped(what: string, action: string): RemoteError {
    this.dropped('middleware', `the ${what} '${action}'`);
    return new RemoteError('REMOTE', `the ${what} '${action}' was stopped by a middleware of the server`);
  }

  #refuse(running: RunningRequest, action: string, error: unknown): void {
    const known = error instanceof LiberZMQError;
    this.counter.failed(known ? error.code : 'REMOTE');
    if (!known) this.log.error({ err: error, action, peer: running.peer.name }, `the handler of '${action}' failed`);
    const wire = this.#wireError(error);
    try {
      this.#reply(running, action, this.#codec.encodeError(wire, action));
    } catch {
      // Details that cannot be encoded must not cost the client its answer.
      this.#reply(
        running,
        action,
        this.#codec.encodeError({ code: wire.code, message: wire.message, retryable: wire.retryable }, action),
      );
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

  #reply(running: RunningRequest, action: string, body: Uint8Array): void {
    const { peer, envelope } = running;
    const frames: Frame[] = [...envelope, body];
    const bytes = this.sizeOf(frames, `the reply to '${action}'`);
    const operation = new SendOperation(`the reply to '${action}' for ${peer.name}`, Infinity, []);
    operation.frames = frames;
    operation.bytes = bytes;
    // A client that is gone, or takes nothing, is counted; there is nobody else to tell.
    operation.promise.catch(() => undefined);
    peer.outbox.add(operation);
  }

  #peerGone(id: Buffer): void {
    const peer = this.#peers.gone(id);
    if (peer === undefined) return;
    const reason = new Error(`the client ${peer.name} is gone`);
    for (const running of this.#running) if (running.peer === peer) running.cancellation.abort(reason);
  }

  #ownService(method: string): Service {
    if (this.#service instanceof Service) return this.#service;
    throw badOption(`${method}: this server was given a requester that has its own actions; register them there`);
  }
}
