import type { Logger } from '../contract/logger.js';
import type { Closable, CloseOptions } from '../contract/closable.js';
import type { Message } from '../contract/message.js';
import type { Middleware } from '../contract/middleware.js';
import type { Serializer } from '../contract/serializer.js';
import { DEFAULTS } from '../defaults.js';
import { CancelledError, ConnectionError, SerializationError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { messageOf } from '../errors/wire-error.js';
import { getLogger } from '../logger.js';
import { badOption, checkOptions, option, type OptionCheck } from '../options.js';
import { EndpointPipeline } from '../pipeline/endpoint-pipeline.js';
import { resolveSerializer } from '../serializers/serializer-factory.js';
import { closeOptionsError, closeTimeout } from '../timing/close-timeout.js';
import { WAIT_OPTIONS, Waiter, type WaitOptions } from '../timing/wait.js';
import { parseAddress, type Address } from './address.js';
import type { ConnectionEvents } from './connection-monitor.js';
import { ENDPOINT_OPTIONS, OUTBOX_OPTIONS, type EndpointOptions, type OutboxPolicy } from './endpoint-options.js';
import { EventHub, type TypedEvent } from './event-hub.js';
import { Link } from './link.js';
import type { Frame, SocketKind, SocketSettings } from './open-socket.js';
import { openEndpoints } from './open-endpoints.js';
import { Outbox, type DropReason } from './outbox.js';
import type { Outgoing } from './outgoing.js';
import { SendOperation } from './send-operation.js';
import { socketErrorCode } from './socket-error.js';
import { StatsCounter, type EndpointStats } from './stats.js';

/** Sockets whose send waits a while for room; those that serve many peers answer at once. See `open-socket.ts`. */
const WAITS_FOR_ROOM: ReadonlySet<SocketKind> = new Set(['dealer', 'push']);

/** How long messages that arrived just before a connection was lost may take to be read. */
const LAST_MESSAGES_MS = 100;

/** How far an endpoint's life has come. `closed` is the end: make a new one to start anew. */
export type EndpointState = 'idle' | 'opening' | 'open' | 'closing' | 'closed';

/** What every endpoint reports. */
export interface EndpointEvents extends ConnectionEvents {
  /** It is bound; the address has the port that was picked. */
  bound: { readonly address: string };
  /** A message was dropped here, and counted. */
  dropped: { readonly reason: string; readonly description: string };
  /** A peer sent something that cannot be understood. It was counted and dropped, or answered with an error. */
  malformed: { readonly message: string; readonly peer: string | undefined };
  /** It is closed. */
  closed: object;
}

/** For {@link Endpoint.connect}. */
export interface ConnectOptions extends WaitOptions {
  /**
   * Whether to wait until a peer has answered the handshake.
   * @defaultValue false: resolves when it is bound, or when the attempt to connect is under way
   */
  waitForConnection?: boolean | undefined;
}

/** What a kind of endpoint is built on. */
export interface EndpointKind {
  /** The class's name, for messages. */
  readonly name: string;
  readonly socket: SocketKind;
  readonly bind: boolean;
  readonly policy: OutboxPolicy;
  /** The checks of the options that this kind has beyond those of all. */
  readonly options?: Readonly<Record<string, OptionCheck>>;
}

/**
 * The life of every endpoint: connecting, its events, figures and middleware, and closing. Settled here once, for all of them.
 */
export abstract class Endpoint<Events extends EndpointEvents = EndpointEvents> implements Closable, AsyncDisposable {
  protected readonly counter = new StatsCounter();
  protected readonly pipeline = new EndpointPipeline();
  protected readonly serializer: Serializer;
  protected readonly log: Logger;
  protected readonly options: EndpointOptions;
  readonly #kind: EndpointKind;
  readonly #bind: boolean;
  readonly #address: Address;
  readonly #events = new EventHub<Events>();
  readonly #outbox: Outbox;
  readonly #connectionWaiters = new Set<Waiter<void>>();
  #state: EndpointState = 'idle';
  #link: Link | undefined;
  readonly #inMiddleware = new Set<SendOperation>();
  #renewing = false;
  #reconnect: NodeJS.Timeout | undefined;
  #opened: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  protected constructor(kind: EndpointKind, options: EndpointOptions) {
    checkOptions(kind.name, options, { ...ENDPOINT_OPTIONS, ...kind.options }, ['address']);
    checkOptions(`${kind.name}, option outbox`, options.outbox ?? {}, OUTBOX_OPTIONS);
    this.#kind = kind;
    this.options = options;
    this.#bind = options.bind ?? kind.bind;
    this.#address = parseAddress(options.address, this.#bind, options.insecure ?? false);
    this.serializer = resolveSerializer(options.serializer ?? 'json');
    this.log = getLogger(`liberzmq:${kind.name.toLowerCase()}`);
    this.#outbox = this.newOutbox(
      this.#address.endpoint,
      () => this.canSend,
      (frames) => this.sendFrames(frames),
    );
  }

  /** The address as libzmq has it. */
  get address(): string {
    return this.#address.endpoint;
  }

  /** Where it is bound, with the port that was picked; `undefined` until it is, and for an endpoint that connects. */
  get boundAddress(): string | undefined {
    return this.#link?.boundAddress;
  }

  get state(): EndpointState {
    return this.#state;
  }

  /**
   * Binds or connects now, instead of at first use, and shows what is wrong. Resolves with the endpoint itself.
   * @throws ConnectionError BIND_FAILED, or CLOSED on an endpoint that was closed; with `waitForConnection` also TimeoutError TIMEOUT and CancelledError ABORTED
   */
  async connect(options: ConnectOptions = {}): Promise<this> {
    checkOptions('connect', options, { ...WAIT_OPTIONS, waitForConnection: option.boolean });
    if (options.signal?.aborted === true) {
      throw new CancelledError('ABORTED', 'connect was aborted before it began', {
        outcome: 'not-sent',
        cause: options.signal.reason,
      });
    }
    await this.open();
    if (options.waitForConnection === true && !this.hasConnection) {
      const timeoutMs = options.timeoutMs ?? DEFAULTS.requestTimeoutMs;
      const waiter = new Waiter<void>(`no peer answered at ${this.address}`, { ...options, timeoutMs }, (gone) =>
        this.#connectionWaiters.delete(gone),
      );
      if (!waiter.settled) this.#connectionWaiters.add(waiter);
      await waiter.promise;
    }
    return this;
  }

  /**
   * Takes no new work, finishes what is under way within the time, then closes the socket. What could not be sent is rejected with `CLOSED`.
   * A second call returns the same promise.
   */
  close(options?: CloseOptions): Promise<void> {
    const wrong = closeOptionsError(options);
    if (wrong !== undefined) return Promise.reject(wrong);
    this.#closed ??= this.#close(closeTimeout(options));
    return this.#closed;
  }

  /** The same as {@link close}, by the name that the original library has for it. */
  disconnect(options?: CloseOptions): Promise<void> {
    return this.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it has done so far. */
  stats(): EndpointStats {
    return this.counter.snapshot(this.inFlight, this.queued);
  }

  on<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): this {
    this.#events.on(type, listener);
    return this;
  }

  off<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): this {
    this.#events.off(type, listener);
    return this;
  }

  /** All events from now on, one after the other, until it is closed. A loop that is too slow misses the oldest beyond a thousand. */
  events(): AsyncIterableIterator<TypedEvent<Events>> {
    return this.#events.iterate();
  }

  /**
   * Adds a middleware behind those that are there. Outgoing messages pass them first to last, incoming ones last to first.
   * @throws ConfigurationError BAD_OPTION
   */
  addMiddleware(middleware: Middleware): this {
    this.pipeline.add(middleware);
    return this;
  }

  /** Binds or connects if that has not been done. */
  protected open(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.closedError());
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** What the socket needs beyond the kind's and the user's options. */
  protected socketSettings(): Partial<SocketSettings> {
    return {};
  }

  /** Takes a message from the socket. Must not throw. If it returns a promise, the next message waits for it. */
  protected abstract onFrames(frames: Buffer[]): void | Promise<void>;

  /** Whether another message is wanted now. */
  protected wantsFrames(): boolean {
    return false;
  }

  /** Called once, when the socket is bound or connecting. */
  protected onOpen(): void {}

  /** Called when a connection is gone, and all that had arrived on it has been read. */
  protected onDisconnected(): void {}

  /** Finishes what is under way, until the moment given on the clock of `performance.now()`. */
  protected abstract drain(until: number): Promise<void>;

  /** Settles everything that still waits: there is no socket any more. */
  protected onClosed(): void {}

  /** Requests that wait, or handlers that run. */
  protected get inFlight(): number {
    return 0;
  }

  /** What waits in outboxes. */
  protected get queued(): { messages: number; bytes: number } {
    return { messages: this.#outbox.messages, bytes: this.#outbox.bytes };
  }

  protected get outbox(): Outbox {
    return this.#outbox;
  }

  protected get outboxPolicy(): OutboxPolicy {
    return this.options.outbox?.policy ?? this.#kind.policy;
  }

  /** Whether the endpoint takes new work. */
  protected get isAccepting(): boolean {
    return this.#closed === undefined;
  }

  protected get transport(): string {
    return this.#address.transport;
  }

  protected get isBound(): boolean {
    return this.#bind;
  }

  /** Whether a peer is there. Of `inproc` peers libzmq tells nothing: they count as there from the start. */
  protected get hasConnection(): boolean {
    return this.#address.transport === 'inproc' || (this.#link?.connections ?? 0) > 0;
  }

  /** Whether messages may be handed to libzmq now. */
  protected get canSend(): boolean {
    return this.hasSocket && this.hasConnection && !this.#renewing;
  }

  /** Whether the socket is bound or connecting, and not closed. */
  protected get hasSocket(): boolean {
    return this.#state === 'open' || (this.#state === 'closing' && openEndpoints.has(this));
  }

  /** Says that more messages may be wanted than before. */
  protected wakeInbox(): void {
    this.#link?.wake();
  }

  protected emit<K extends keyof Events>(type: K, event: Events[K]): void {
    this.#events.emit(type, event);
  }

  /** Counts and reports a message that was dropped. */
  protected dropped(reason: string, description: string): void {
    this.counter.dropped(reason);
    this.log.warn({ reason }, `dropped ${description}`);
    this.#report('dropped', { reason, description });
  }

  /** Counts and reports a message that nobody can understand, and the error with it, for which there is no caller. */
  protected unreadable(error: unknown, peer?: string): void {
    if (error instanceof LiberZMQError) this.counter.failed(error.code);
    this.malformed(error, peer);
  }

  /** Counts and reports what a peer sent and nobody can understand. */
  protected malformed(error: unknown, peer?: string): void {
    this.counter.dropped('malformed');
    this.log.warn({ peer }, `malformed message: ${messageOf(error)}`);
    this.#report('malformed', { message: messageOf(error), peer });
  }

  protected closedError(): ConnectionError {
    return new ConnectionError(
      'CLOSED',
      `this ${this.#kind.name} is closed; a closed endpoint stays closed: make a new one`,
    );
  }

  protected newOutbox(to: string, isOpen: () => boolean, send: (frames: Frame[]) => Promise<void>): Outbox {
    const { maxMessages = DEFAULTS.outboxMaxMessages, maxBytes = DEFAULTS.outboxMaxBytes } = this.options.outbox ?? {};
    return new Outbox({
      maxMessages,
      maxBytes,
      policy: this.outboxPolicy,
      to,
      waitsForRoom: WAITS_FOR_ROOM.has(this.#kind.socket),
      isOpen,
      send,
      onSent: (outgoing) => {
        this.counter.sent(outgoing.bytes);
      },
      onDropped: (reason: DropReason, outgoing: Outgoing) => {
        this.dropped(reason, outgoing.describe());
      },
    });
  }

  /**
   * The size of a message's frames in bytes.
   * @throws SerializationError TOO_LARGE for a message that no endpoint with our limit would take: its peer would cut the connection
   */
  protected sizeOf(frames: readonly Frame[], description: string): number {
    const { maxMessageBytes = DEFAULTS.maxMessageBytes } = this.options;
    let bytes = 0;
    for (const frame of frames) bytes += typeof frame === 'string' ? Buffer.byteLength(frame) : frame.byteLength;
    if (bytes <= maxMessageBytes) return bytes;
    throw new SerializationError(
      'TOO_LARGE',
      `${description} has ${String(bytes)} bytes, more than the ${String(maxMessageBytes)} that maxMessageBytes allows; send it in parts, or raise maxMessageBytes on both sides`,
    );
  }

  /** Hands frames to libzmq. */
  protected sendFrames(frames: Frame[]): Promise<void> {
    return this.#link === undefined ? Promise.reject(this.closedError()) : this.#link.send(frames);
  }

  /**
   * Sends a one-way message through the middleware and an outbox.
   * @param encode makes the frames of what came through the middleware.
   */
  protected async sendOneWay(
    message: Message,
    options: WaitOptions,
    describe: (message: Message) => string,
    encode: (message: Message) => Frame[],
    outbox: Outbox = this.#outbox,
  ): Promise<void> {
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
    this.#sendThroughMiddleware(operation, message, () => {
      operation.frames = encode(message);
      operation.bytes = this.sizeOf(operation.frames, describe(message));
      outbox.add(operation);
    }).catch((error: unknown) => {
      operation.fail(error);
    });
    await operation.promise;
  }

  /** The time limit and the signal hold while a middleware has the message as well. */
  async #sendThroughMiddleware(operation: SendOperation, message: Message, enqueue: () => void): Promise<void> {
    if (!this.pipeline.hasOutgoing) {
      enqueue();
      return;
    }
    this.#inMiddleware.add(operation);
    try {
      const cameThrough = await this.pipeline.runOutgoing(message, () => {
        if (!operation.isOver) enqueue();
      });
      if (cameThrough) return;
      this.dropped('middleware', operation.describe());
      operation.drop();
    } finally {
      this.#inMiddleware.delete(operation);
    }
  }

  async #open(): Promise<void> {
    this.#state = 'opening';
    const { endpoint } = this.#address;
    const link = this.#newLink();
    this.#link = link;
    try {
      if (this.#bind) await link.bind(endpoint);
      else link.connect(endpoint);
    } catch (error) {
      this.#link = undefined;
      this.#state = 'idle';
      link.discard();
      const failure = this.#openError(error);
      this.#outbox.failAll(() => failure);
      throw failure;
    }
    if (this.#closed !== undefined) return;
    this.#state = 'open';
    openEndpoints.add(this);
    if (this.boundAddress !== undefined) this.#report('bound', { address: this.boundAddress });
    this.log.debug({ address: this.boundAddress ?? this.address }, `${this.#kind.name} is open`);
    this.onOpen();
    link.wake();
    this.#outbox.wake();
  }

  #newLink(): Link {
    const link: Link = new Link(
      {
        kind: this.#kind.socket,
        options: this.options,
        ipv6: this.#address.ipv6,
        highWaterMark: this.options.highWaterMark ?? DEFAULTS.highWaterMark,
        ...this.socketSettings(),
      },
      this.#address.transport !== 'inproc',
      {
        onConnectionEvent: (type, event) => {
          if (this.#link === link) this.#onConnectionEvent(type, event);
        },
        onFrames: (frames) => {
          this.counter.received(frames);
          return this.onFrames(frames);
        },
        wantsFrames: () => this.wantsFrames(),
        onReadError: (error) => {
          this.log.error({ err: error }, `${this.#kind.name} can read its socket no more`);
        },
      },
    );
    return link;
  }

  #openError(error: unknown): ConnectionError {
    const why = socketErrorCode(error) === 'EADDRINUSE' ? 'something else listens there already' : messageOf(error);
    const what = `${this.#kind.name} cannot ${this.#bind ? 'bind' : 'connect'} to ${this.#address.endpoint}: ${why}`;
    return new ConnectionError(this.#bind ? 'BIND_FAILED' : 'UNREACHABLE', what, { cause: error });
  }

  async #close(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    await this.#opened?.catch(() => undefined);
    const wasOpen = this.#state === 'open';
    this.#state = 'closing';
    if (wasOpen) await this.drain(until);
    clearTimeout(this.#reconnect);
    this.#outbox.close();
    for (const operation of this.#inMiddleware) operation.fail(this.closedError());
    for (const waiter of [...this.#connectionWaiters]) waiter.reject(this.closedError());
    await this.#link?.close();
    this.onClosed();
    this.#state = 'closed';
    openEndpoints.delete(this);
    this.#report('closed', {});
    this.#events.end();
  }

  #onConnectionEvent<K extends keyof ConnectionEvents>(type: K, event: ConnectionEvents[K]): void {
    this.log.debug(event, type);
    this.#link?.poke();
    if (type === 'connected') {
      for (const waiter of [...this.#connectionWaiters]) {
        this.#connectionWaiters.delete(waiter);
        waiter.resolve();
      }
      this.#outbox.wake();
    } else if (type === 'disconnected') {
      void this.#afterDisconnect();
    }
    this.#report(type, event as EndpointEvents[K]);
  }

  /**
   * What a DEALER had been given for a connection that is lost, libzmq would replay to the next one, to run what the caller was told had
   * failed. So a lost connection takes its socket with it, once all that had arrived before has been read.
   */
  async #afterDisconnect(): Promise<void> {
    const renews = this.#kind.socket === 'dealer' && !this.#bind;
    if (this.#renewing) return;
    this.#renewing = renews;
    await this.#arrivedIsRead();
    this.onDisconnected();
    if (!renews) return;
    this.#renewing = false;
    if (this.#state !== 'open') return;
    this.#link?.discard();
    const link = this.#newLink();
    this.#link = link;
    link.wake();
    const pauseMs = (this.options.reconnectIntervalMs ?? DEFAULTS.reconnectIntervalMs) * (0.5 + Math.random() / 2);
    this.#reconnect = setTimeout(() => {
      link.connect(this.#address.endpoint);
    }, pauseMs);
  }

  /**
   * Two turns of the event loop without a message: in the first, the socket is polled; in the second, what it had has been read.
   * The socket itself must not be asked while a receive is pending.
   */
  async #arrivedIsRead(): Promise<void> {
    const until = performance.now() + LAST_MESSAGES_MS;
    let read;
    do {
      read = this.counter.receivedMessages;
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.counter.receivedMessages > read && performance.now() < until);
  }

  /** The events that all endpoints have are among those of each. */
  #report<K extends keyof EndpointEvents>(type: K, event: EndpointEvents[K]): void {
    this.#events.emit(type, event as Events[K]);
  }
}

/** An options object with keys that a method does not know is a mistake. @throws ConfigurationError BAD_OPTION */
export function checkSendOptions(where: string, options: object): void {
  checkOptions(where, options, { ...WAIT_OPTIONS, headers: option.headers, priority: option.any });
}

/** @throws ConfigurationError BAD_OPTION unless it is a string that is not empty. */
export function checkName(where: string, noun: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '')
    throw badOption(`${where}: the ${noun} must be a string that is not empty`);
}
