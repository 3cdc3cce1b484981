import type { Logger } from '../contract/logger.js';
import type { Closable, CloseOptions } from '../contract/closable.js';
import type { EndpointInfo, EndpointStats } from '../contract/endpoint-info.js';
import type { AddMiddlewareOptions, Middleware } from '../contract/middleware.js';
import type { Serializer } from '../contract/serializer.js';
import { DEFAULTS } from '../defaults.js';
import { endpointChannel } from '../diagnostics/endpoint-channel.js';
import { CancelledError, ConnectionError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { messageOf } from '../errors/wire-error.js';
import { getLogger } from '../logger.js';
import { parseAddress, type Address } from '../options/address.js';
import { badOption, checkOptions, option } from '../options/check-options.js';
import { EndpointPipeline } from '../pipeline/endpoint-pipeline.js';
import type { PassingMessage } from '../pipeline/passing-message.js';
import { resolveSerializer } from '../serializers/serializer-factory.js';
import { Closing } from '../timing/closing.js';
import { WAIT_OPTIONS } from '../timing/wait.js';
import { Connection } from './connection.js';
import {
  checkLiveness,
  ENDPOINT_OPTIONS,
  OUTBOX_OPTIONS,
  type EndpointOptions,
  type OutboxPolicy,
} from './endpoint-options.js';
import type { ConnectOptions, EndpointEvents, EndpointKind, EndpointState } from './endpoint-events.js';
import { EventHub, type TypedEvent } from '../timing/event-hub.js';
import type { Frame, SocketKind, SocketSettings } from './open-socket.js';
import { openEndpoints } from './open-endpoints.js';
import { Outbox, type DropReason } from './outbox.js';
import type { Outgoing } from './outgoing.js';
import { socketErrorCode } from './socket-error.js';
import { isControl, type SenderMark } from '../wire/native/format.js';
import { StatsCounter } from './stats.js';

/** Sockets whose send waits a while for room; the others answer at once. See `open-socket.ts`. */
const WAITS_FOR_ROOM: ReadonlySet<SocketKind> = new Set(['push']);

/** Enough that the cost of a ZeroMQ message counts for little, and few enough that both ends work at the same time instead of in turns. */
const RECORDS_TOGETHER = 64;

/**
 * The life of every endpoint: connecting, its events, figures and middleware, and closing. Settled here once, for all of them.
 */
export abstract class Endpoint<Events extends EndpointEvents = EndpointEvents>
  implements Closable, AsyncDisposable, EndpointInfo
{
  /** The address as libzmq has it. */
  readonly address: string;
  protected readonly counter = new StatsCounter();
  protected readonly pipeline: EndpointPipeline;
  protected readonly log: Logger;
  protected readonly options: EndpointOptions;
  /** What each packet of this endpoint carries beside its records. */
  protected readonly packets: { readonly checksum: boolean; sender?: SenderMark };
  readonly #kind: EndpointKind;
  readonly #bind: boolean;
  readonly #connection: Connection;
  readonly #events = new EventHub<Events>();
  readonly #outbox: Outbox;
  #serializer: Serializer;
  #hasUsedSerializer = false;
  #state: EndpointState = 'idle';
  #opened: Promise<void> | undefined;
  readonly #closing: Closing;

  protected constructor(kind: EndpointKind, options: EndpointOptions) {
    checkOptions(kind.name, options, { ...ENDPOINT_OPTIONS, ...kind.options }, ['address']);
    checkOptions(`${kind.name}, option outbox`, options.outbox ?? {}, OUTBOX_OPTIONS);
    checkLiveness(kind.name, options);
    this.#kind = kind;
    this.#closing = new Closing(`this ${kind.name}`);
    this.options = options;
    this.packets = { checksum: options.checksum ?? false };
    this.#bind = options.bind ?? kind.bind;
    const address = parseAddress(options.address, this.#bind, options.insecure ?? false);
    this.address = address.endpoint;
    this.#connection = this.#newConnection(address);
    this.#serializer = resolveSerializer(options.serializer ?? 'json');
    this.pipeline = new EndpointPipeline({
      wrapSerializer: (wrap) => {
        this.#wrapSerializer(wrap);
      },
      failed: (error, description) => {
        this.failed(error, description);
      },
    });
    this.log = getLogger(`liberzmq:${kind.name.toLowerCase()}`);
    this.#outbox = this.newOutbox(
      this.address,
      () => this.canSend,
      (frames) => this.sendFrames(frames),
    );
  }

  /** Where it is bound, with the port that was picked; `undefined` until it is, and for an endpoint that connects. */
  get boundAddress(): string | undefined {
    return this.#connection.boundAddress;
  }

  /** How values become bytes. Middleware may have put something around what the options say. */
  protected get serializer(): Serializer {
    this.#hasUsedSerializer = true;
    return this.#serializer;
  }

  /** Its class: `Client`. */
  get kind(): string {
    return this.#kind.name;
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
    const { waitForConnection = false, signal, timeoutMs = DEFAULTS.requestTimeoutMs } = options;
    if (waitForConnection) await this.#connection.waitForPeer({ signal, timeoutMs });
    return this;
  }

  /**
   * Takes no new work, finishes what is under way within the time, then closes the socket. What could not be sent is rejected with `CLOSED`.
   * A second call returns the same promise.
   */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) => this.#close(timeoutMs));
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
    return this.counter.snapshot({ peers: this.#connection.peers, inFlight: this.inFlight, queued: this.queued });
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
   * Adds a middleware behind those that are there, or before them with `position: 'first'`. Outgoing messages pass them first to last, incoming ones
   * last to first.
   * @throws ConfigurationError BAD_OPTION
   */
  addMiddleware(middleware: Middleware, options: AddMiddlewareOptions = {}): this {
    checkOptions('addMiddleware', options, { position: option.oneOf('first', 'last') });
    this.pipeline.add(middleware, options.position);
    return this;
  }

  /** Binds or connects if that has not been done. */
  protected open(): Promise<void> {
    if (this.#closing.hasBegun) return Promise.reject(this.closedError());
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** The same for loops: what keeps it from being opened ends them. */
  protected openForLoop(): Promise<void> | undefined {
    return this.isAccepting && !this.hasSocket ? this.open() : undefined;
  }

  /** The same for whoever cannot wait: if it fails, the outbox fails what waits in it. */
  protected openSoon(): void {
    if (this.#state !== 'open') this.open().catch(() => undefined);
  }

  /** The peer is taken for dead, although its connection says nothing: goes on with a new one. */
  protected giveUpConnection(): void {
    this.#connection.giveUp();
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

  /** Called when the socket is bound or connecting, and again when it had to be made anew. */
  protected onOpen(): void {}

  /** Called when a peer has answered the handshake. */
  protected onConnected(): void {}

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
    return !this.#closing.hasBegun;
  }

  protected get isBound(): boolean {
    return this.#bind;
  }

  /** Whether a peer is there. */
  protected get hasConnection(): boolean {
    return this.#connection.hasPeer;
  }

  /** Whether messages may be handed to libzmq now. */
  protected get canSend(): boolean {
    return this.hasSocket && this.#connection.isReady;
  }

  /** Whether the socket is bound or connecting, and not closed. */
  protected get hasSocket(): boolean {
    return this.#state === 'open' || (this.#state === 'closing' && openEndpoints.has(this));
  }

  /** Says that more messages may be wanted than before. */
  protected wakeInbox(): void {
    this.#connection.wake();
  }

  protected emit<K extends keyof Events & string>(type: K, event: Events[K]): void {
    this.#diagnose(type, event as object);
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

  /** Counts and logs an error of a handler or a middleware, for which there is no caller. */
  protected failed(error: unknown, description: string): void {
    this.counter.failed(error instanceof LiberZMQError ? error.code : 'HANDLER');
    this.log.error({ err: error }, `${description} failed: ${messageOf(error)}`);
  }

  /**
   * Runs an incoming one-way message through the middleware. What does not come through is counted. Costs no promise if all steps are done at once.
   * @param onError hears what a step threw.
   */
  protected receiveThroughMiddleware(
    message: PassingMessage,
    deliver: () => void,
    describe: () => string,
    onError: (error: unknown) => void = (error) => {
      this.failed(error, describe());
    },
  ): void | Promise<void> {
    this.pipeline.expect(message);
    let cameThrough;
    try {
      cameThrough = this.pipeline.runIncoming(message, { passed: deliver });
    } catch (error) {
      this.#refused(message, describe, onError, error);
      return undefined;
    }
    if (typeof cameThrough !== 'boolean') return this.#receiveLater(cameThrough, message, describe, onError);
    if (!cameThrough) this.#stopped(message, describe);
    return undefined;
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
      packets: this.packets,
      recordsTogether: () => this.recordsTogether,
      maxMessageBytes: this.options.maxMessageBytes ?? DEFAULTS.maxMessageBytes,
      maxMessages,
      maxBytes,
      policy: this.outboxPolicy,
      to,
      waitsForRoom: WAITS_FOR_ROOM.has(this.#kind.socket),
      isOpen,
      send,
      onSent: ({ record, messages, bytes }) => {
        if (record === undefined || !isControl(record.kind)) this.counter.sent(messages, bytes);
      },
      onDropped: (reason: DropReason, outgoing: Outgoing, messages: number) => {
        for (let left = messages; left > 0; left -= 1) this.dropped(reason, outgoing.describe());
      },
    });
  }

  /** How many records travel together at most. */
  protected get recordsTogether(): number {
    return RECORDS_TOGETHER;
  }

  /** Hands frames to libzmq. */
  protected sendFrames(frames: Frame[]): Promise<void> {
    return this.#connection.send(frames);
  }

  #wrapSerializer(wrap: (inner: Serializer) => Serializer): void {
    if (this.#hasUsedSerializer) {
      throw badOption(
        'addMiddleware: this one changes how values become bytes, and must be added before the endpoint sends or receives its first message',
      );
    }
    this.#serializer = resolveSerializer(wrap(this.#serializer));
  }

  async #receiveLater(
    passage: Promise<boolean>,
    message: PassingMessage,
    describe: () => string,
    onError: (error: unknown) => void,
  ): Promise<void> {
    try {
      if (!(await passage)) this.#stopped(message, describe);
    } catch (error) {
      this.#refused(message, describe, onError, error);
    }
  }

  /** A step has thrown. */
  #refused(message: PassingMessage, describe: () => string, onError: (error: unknown) => void, error: unknown): void {
    onError(error);
    this.dropped(message.dropReason, describe());
    this.pipeline.settle(message, error);
  }

  /** A step has not passed it on. */
  #stopped(message: PassingMessage, describe: () => string): void {
    this.dropped(message.dropReason, describe());
    this.pipeline.settle(message, undefined, message.dropReason);
  }

  async #open(): Promise<void> {
    this.#state = 'opening';
    try {
      await this.#connection.open();
    } catch (error) {
      this.#state = 'idle';
      const failure = this.#openError(error);
      this.#outbox.failAll(() => failure);
      throw failure;
    }
    this.#state = 'open';
    openEndpoints.add(this);
    this.#diagnose('opened', {});
    if (this.boundAddress !== undefined) this.#report('bound', { address: this.boundAddress });
    this.log.debug({ address: this.boundAddress ?? this.address }, `${this.#kind.name} is open`);
    this.onOpen();
    this.#connection.wake();
    this.#outbox.wake();
  }

  #newConnection(address: Address): Connection {
    return new Connection(address, this.#bind, {
      socketSettings: () => ({
        kind: this.#kind.socket,
        options: this.options,
        ipv6: address.ipv6,
        highWaterMark: this.options.highWaterMark ?? DEFAULTS.highWaterMark,
        ...this.socketSettings(),
      }),
      onConnectionEvent: (type, event) => {
        this.log.debug(event, type);
        if (type === 'connected') {
          this.onConnected();
          this.#outbox.wake();
        }
        this.#report(type, event as EndpointEvents[typeof type]);
      },
      onDisconnected: () => {
        this.onDisconnected();
      },
      onRenewed: () => {
        this.onOpen();
      },
      onFrames: (frames) => {
        this.counter.received(frames);
        return this.onFrames(frames);
      },
      wantsFrames: () => this.wantsFrames(),
      onReadError: (error) => {
        this.log.error({ err: error }, `${this.#kind.name} can read its socket no more`);
      },
    });
  }

  #openError(error: unknown): ConnectionError {
    const why = socketErrorCode(error) === 'EADDRINUSE' ? 'something else listens there already' : messageOf(error);
    const what = `${this.#kind.name} cannot ${this.#bind ? 'bind' : 'connect'} to ${this.address}: ${why}`;
    const retryable = error instanceof LiberZMQError ? { retryable: error.retryable } : {};
    return new ConnectionError(this.#bind ? 'BIND_FAILED' : 'UNREACHABLE', what, { ...retryable, cause: error });
  }

  async #close(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    await this.#opened?.catch(() => undefined);
    const wasOpen = this.#state === 'open';
    this.#state = 'closing';
    try {
      if (wasOpen) await this.drain(until);
    } catch (error) {
      this.log.error({ err: error }, `${this.#kind.name} could not finish its work`);
    }
    this.#outbox.close();
    await this.#connection.close(this.closedError());
    this.onClosed();
    this.pipeline.settleAll();
    this.#state = 'closed';
    openEndpoints.delete(this);
    this.#report('closed', {});
    this.#events.end();
  }

  /** The events that all endpoints have are among those of each. */
  #report<K extends keyof EndpointEvents>(type: K, event: EndpointEvents[K]): void {
    this.#diagnose(type, event);
    this.#events.emit(type, event as Events[K]);
  }

  #diagnose(type: string, event: object): void {
    if (endpointChannel.hasSubscribers) endpointChannel.publish({ endpoint: this, type, event });
  }
}
