import type { CloseOptions } from '../contract/closable.js';
import type { Requester } from '../contract/requester.js';
import { DEFAULTS } from '../defaults.js';
import { Operation } from '../diagnostics/operation.js';
import { CancelledError, ConnectionError, MessageError, OverloadedError } from '../errors/error-classes.js';
import { badOption } from '../options/check-options.js';
import type { ActionHandler } from '../service/action-handler.js';
import { Service } from '../service/service.js';
import { RecordEndpoint } from '../sockets/record-endpoint.js';
import type { Heartbeat } from '../sockets/heartbeat.js';
import { Peers } from '../sockets/peers.js';
import { settledWithin } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { Admission } from './admission.js';
import { ClientSession } from './client-session.js';
import { Dispatcher, type DispatcherHost } from './dispatcher.js';
import { Intake, type IntakeHost } from './intake.js';
import { Replier, type ReplierHost } from './replier.js';
import { SERVER_OPTIONS, type ServerOptions } from './server-options.js';
import type { ServerRequest } from './server-request.js';
import { checkServingStatus, type ServingStatus } from './serving-status.js';

/** How long clients may take to say that they send nothing more. One that stands still must not hold up the close for long. */
const GOODBYE_MS = 1_000;

/** How long it may take to tell clients what has not run, when there is no time left: they can ask elsewhere at once. */
const LAST_WORDS_MS = 100;

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
export class Server extends RecordEndpoint {
  readonly #service: Requester;
  readonly #peers: Peers<ClientSession>;
  readonly #intake: Intake;
  readonly #admission: Admission;
  readonly #dispatcher: Dispatcher;
  readonly #replier: Replier;
  readonly #heartbeat: Heartbeat;
  #status: ServingStatus = 'SERVING';
  #requests = 0;
  #listening = false;
  /** Called when a request is over, and when a client has said goodbye or gone. */
  #onProgress: (() => void) | undefined;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ServerOptions) {
    super({ name: 'Server', socket: 'router', bind: true, policy: 'drop-newest', options: SERVER_OPTIONS }, options);
    const {
      service = new Service({ timeoutMs: Infinity }),
      exposeErrors = true,
      maxTimeoutMs = Infinity,
      maxConcurrency = Infinity,
      maxQueue = DEFAULTS.maxQueue,
      maxQueuePerPeer = DEFAULTS.maxQueuePerPeer,
      highWaterMark = DEFAULTS.highWaterMark,
    } = options;
    const host = this.#newHost();
    this.#service = service;
    this.#replier = new Replier(host, exposeErrors);
    this.#dispatcher = new Dispatcher(service, host);
    this.#admission = new Admission({ maxConcurrency, maxQueue, maxQueuePerPeer }, this.#run);
    // As many messages of a client wait here as libzmq holds for it.
    this.#intake = new Intake(host, this.#replier, { maxTimeoutMs, mostWaiting: highWaterMark });
    this.#peers = new Peers(
      (name, id) =>
        this.newOutbox(
          `the client ${name}`,
          () => this.hasSocket,
          (frames) => this.#peers.sendTo(id, this.sendFrames([id, ...frames])),
        ),
      () => new ClientSession(),
      (peer) => {
        this.#intake.forget(peer);
        peer.session.abandonAll(new CancelledError('ABORTED', `the client ${peer.name} is gone`));
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

  /** What it says of itself: what {@link setStatus} has set, `DRAINING` while it closes, and `NOT_SERVING` when it is closed. */
  get status(): ServingStatus {
    if (this.isAccepting) return this.#status;
    return this.state === 'closed' ? 'NOT_SERVING' : 'DRAINING';
  }

  /**
   * Sets what the server says of itself to those who ask it for the action `ping`, so that balancers send nothing new here: while a cache warms up, or a database is away. It is a word and no more: whoever
   * sends requests all the same is answered as always. Questions are answered at once, also while all handlers are at work and while it closes. A handler for `ping` answers in its place.
   * @param status `SERVING`, which it is from the start, `DRAINING`, or `NOT_SERVING`.
   * @throws ConfigurationError BAD_OPTION
   * @example
   * ```ts
   * server.setStatus('NOT_SERVING');
   * await warmUp();
   * server.setStatus('SERVING');
   * ```
   */
  setStatus(status: ServingStatus): this {
    this.#status = checkServingStatus(status);
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

  protected onFrames(frames: Buffer[]): void | Promise<void> {
    const [id, first] = frames;
    if (id === undefined) return undefined;
    if (frames.length === 2 && first?.length === 0) {
      this.#peers.gone(id);
      return undefined;
    }
    return this.#intake.take(this.#peers.of(id), frames);
  }

  /** The client at the other end of a connection that it has made itself is gone with it, told by libzmq or not: on the next it has another id. */
  protected override onDisconnected(): void {
    if (!this.isBound) this.#peers.allGone();
  }

  /** Tells the clients, lets the running handlers end and refuses new requests meanwhile, then lets the replies leave. */
  protected async drain(until: number): Promise<void> {
    for (const peer of this.#peers) if (peer.session.isNative) this.#replier.goodbye(peer);
    // A socket that is closed while a client still sends takes with it the replies that the client has not read yet.
    const isAnswered = (): boolean => [...this.#peers].every(({ session }) => !session.isNative || session.saidGoodbye);
    await this.#waitFor(isAnswered, Math.min(GOODBYE_MS, until - performance.now()));
    await this.#waitFor(() => this.#requests === 0, until - performance.now());
    const hasRefused = this.#refuseWaiting();
    this.#abandonAll();
    await this.#dispatcher.closeService(until - performance.now());
    await settledWithin(this.#peers.empty(), Math.max(until - performance.now(), hasRefused ? LAST_WORDS_MS : 0));
  }

  protected override onClosed(): void {
    this.#heartbeat.stop();
    this.#intake.close();
    this.#abandonAll();
    void this.#dispatcher.closeService(0);
    this.#peers.close();
  }

  /** The time is up for what still waits for its turn. @returns whether there is any of that */
  #refuseWaiting(): boolean {
    const error = new OverloadedError('DRAINING', 'this server is closing, and has not run it: ask another one');
    let hasRefused = false;
    for (const { outbox, session } of this.#peers) {
      if (session.waiting.size === 0) continue;
      hasRefused = true;
      session.refuseWaiting(error);
      outbox.flush();
    }
    return hasRefused;
  }

  /**
   * The time is up for what runs. It is not answered: nobody knows how far its handler has come, and a client takes what it has no answer to when the connection ends
   * for what it is, in doubt. So it comes before the service is closed, which would fail it with an error of its own.
   */
  #abandonAll(): void {
    const what = 'the server was closed before the handler had ended';
    const reason = new ConnectionError('CLOSED', what, { outcome: 'unknown' });
    for (const { session } of this.#peers) session.abandonAll(reason);
  }

  /** What the parts of this server use of it. */
  #newHost(): DispatcherHost & IntakeHost & ReplierHost {
    return {
      classic: new ClassicCodec(() => this.serializer),
      counter: this.counter,
      log: this.log,
      pipeline: this.pipeline,
      serializer: () => this.serializer,
      dropped: (reason, description) => {
        this.dropped(reason, description);
      },
      encodeRecord: (outbox, record, serializer, body, what) =>
        this.encodeRecord(outbox, record, serializer, body, what),
      failed: (error, description) => {
        this.failed(error, description);
      },
      looksIn: (ms) => this.#heartbeat.looksIn(ms),
      malformed: (error, peer) => {
        this.malformed(error, peer);
      },
      newControl: (record) => this.newControl(record),
      onEnded: (request) => {
        this.#admission.ended(request);
      },
      onFailed: this.#failed,
      onGoodbye: () => this.#onProgress?.(),
      onRequest: this.#admit,
      onSucceeded: this.#succeeded,
      readPacket: (frames, first) => this.readPacket(frames, first),
      sizeOf: (frames, description) => this.sizeOf(frames, description),
      status: () => this.status,
      unexpected: (record, peer) => {
        this.unexpected(record, peer);
      },
      unreadable: (error, peer) => {
        this.unreadable(error, peer);
      },
    };
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

  /** @param error why it cannot be run at all, if it cannot. */
  readonly #admit = (request: ServerRequest, id: number, error: unknown): void => {
    const { requests } = request.from.session;
    if (requests.get(id) !== undefined) {
      this.unreadable(
        new MessageError('PROTOCOL', `request ${String(id)} came while another one of this id ran`),
        request.from.name,
      );
      return;
    }
    this.#requests += 1;
    if (Operation.isObserved) request.operation = this.#observe(request.action);
    request.id = id;
    requests.set(request);
    try {
      if (error instanceof Error) throw error;
      if (this.#dispatcher.isAboutServer(request.action)) {
        this.#admission.runBeside(request);
        return;
      }
      if (!this.isAccepting) throw new OverloadedError('DRAINING', 'this server is closing: ask another one');
      this.#admission.take(request);
    } catch (failure) {
      request.stop(failure as Error);
    }
  };

  /** Runs an admitted request. */
  readonly #run = (request: ServerRequest): void => {
    try {
      this.#dispatcher.run(request);
    } catch (error) {
      request.stop(error as Error);
      this.#admission.ended(request);
    }
  };

  readonly #succeeded = (request: ServerRequest, result: unknown): void => {
    let sent: Promise<void> | undefined;
    try {
      sent = this.#replier.result(request, result);
    } finally {
      if (sent === undefined) this.#over(request);
    }
    void sent?.finally(() => {
      this.#over(request);
    });
  };

  readonly #failed = (request: ServerRequest, error: unknown): void => {
    request.failure = error;
    try {
      if (!request.isAbandoned) this.#replier.error(request, error);
    } finally {
      this.#over(request);
    }
  };

  #observe(action: string): Operation {
    const service = this.#service;
    // A ping is answered by the server itself.
    const hasHandler = service instanceof Service ? action === 'ping' || service.handles(action) : undefined;
    return Operation.begin(this, 'handle', 'request', action, hasHandler);
  }

  #over(request: ServerRequest): void {
    request.operation?.end(request.failure);
    if (request.message !== undefined) this.pipeline.settle(request.message, request.failure);
    this.#admission.forget(request);
    request.from.session.requests.delete(request.id);
    this.#requests -= 1;
    this.#onProgress?.();
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
      for (const request of session.requests) {
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
