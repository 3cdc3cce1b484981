import type { Requester, RequestOptions } from '../contract/requester.js';
import { DEFAULTS } from '../defaults.js';
import { Operation } from '../diagnostics/operation.js';
import { ConnectionError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { withoutStack } from '../errors/without-stack.js';
import { messageOf } from '../errors/wire-error.js';
import { option } from '../options/check-options.js';
import { requestBudget } from '../service/request-budget.js';
import { RecordEndpoint } from '../sockets/record-endpoint.js';
import type { Heartbeat } from '../sockets/heartbeat.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import { isPacket } from '../wire/native/packet-reader.js';
import type { ClientEvents, ClientOptions } from './client-options.js';
import type { PendingRequest } from './pending-request.js';
import { PendingRequests } from './pending-requests.js';
import { ReplyReader } from './reply-reader.js';
import { RequestQueue } from './request-queue.js';
import { RequestSender } from './request-sender.js';
import type { RequestWatcher } from './request-watcher.js';

/** Of requests that are in flight together about so many travel in one packet: then both sides work at the same time, not in turns. */
const PACKETS_IN_FLIGHT = 4;
const FEWEST_TOGETHER = 8;
const MOST_TOGETHER = 64;

/**
 * Sends requests to a server and resolves with its answers, any number at a time over one connection.
 * @example
 * ```ts
 * const client = new Client({ address: 'tcp://127.0.0.1:5556' });
 * const sum = await client.sendRequest('add', { a: 1, b: 2 }, { timeoutMs: 1_000 });
 * await client.close();
 * ```
 */
export class Client extends RecordEndpoint<ClientEvents> implements Requester {
  readonly #classic: ClassicCodec;
  readonly #pending: PendingRequests;
  readonly #sender: RequestSender;
  readonly #replies: ReplyReader;
  readonly #timeoutMs: number;
  readonly #waitsForConnection: boolean;
  readonly #heartbeat: Heartbeat;
  /** What is on its way takes memory as well as what waits in the outbox: policy `reject` counts both. */
  readonly #mostInFlight: number;
  /** Holds back what is to wait for the next connection, once the server has said goodbye on this one. */
  readonly #queue: RequestQueue;
  #silentLooks = 0;
  /** Looks since the server has said goodbye. */
  #drainingLooks = 0;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ClientOptions) {
    super(
      {
        name: 'Client',
        socket: 'dealer',
        bind: false,
        policy: 'wait',
        options: { timeoutMs: option.duration, waitForConnection: option.boolean },
      },
      options,
    );
    this.#timeoutMs = options.timeoutMs ?? DEFAULTS.requestTimeoutMs;
    this.#waitsForConnection = options.waitForConnection ?? true;
    const { maxMessages = DEFAULTS.outboxMaxMessages } = options.outbox ?? {};
    this.#mostInFlight = this.outboxPolicy === 'reject' ? maxMessages : Infinity;
    this.#classic = new ClassicCodec(() => this.serializer);
    this.#pending = new PendingRequests(this.address, (request, failure) => {
      this.#onFailed(request, failure);
    });
    this.#replies = new ReplyReader({
      address: this.address,
      classic: this.#classic,
      counter: this.counter,
      pending: this.#pending,
      pipeline: this.pipeline,
      serializer: () => this.serializer,
      dropped: (reason, description) => {
        this.dropped(reason, description);
      },
      malformed: (error, peer) => {
        this.malformed(error, peer);
      },
      unreadable: (error, peer) => {
        this.unreadable(error, peer);
      },
    });
    const held = this.newOutbox(
      this.address,
      () => false,
      (frames) => this.sendFrames(frames),
    );
    this.#queue = new RequestQueue(this.outbox, held, this.#pending);
    this.#sender = new RequestSender({
      classic: this.#classic,
      isNative: this.isNative,
      pipeline: this.pipeline,
      queue: this.#queue,
      serializer: () => this.serializer,
      dropped: (reason, description) => {
        this.dropped(reason, description);
      },
      onAnswered: (request, asked) => {
        this.#replies.takeAnswer(request, asked);
      },
      encodeRecord: (outbox, record, data, request) =>
        this.encodeRecord(outbox, record, this.serializer, data, request),
      sizeOf: (frames, description) => this.sizeOf(frames, description),
    });
    this.#heartbeat = this.newHeartbeat(() => {
      this.#look();
    });
  }

  /**
   * Runs an action on the server and resolves with its result. Connects by itself. Never throws synchronously.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CONNECTION_LOST, CLOSED, BACKPRESSURE; RemoteError REMOTE, UNKNOWN_ACTION;
   * OverloadedError OVERLOADED, DRAINING; SerializationError ENCODE, DECODE, TOO_LARGE, UNKNOWN_CODEC; ConfigurationError BAD_OPTION; and what the handler
   * threw, if it is one of ours. `outcome` says whether it may have run.
   */
  sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.sendWatched(action, data, options, undefined);
  }

  /** The same as {@link sendRequest}, for a layer that asks one of many servers and may have to ask another one. */
  sendWatched(
    action: string,
    data: unknown,
    options: RequestOptions | undefined,
    watcher: RequestWatcher | undefined,
  ): Promise<unknown> {
    let request;
    try {
      const budget = requestBudget(action, options, this.#timeoutMs);
      if (!this.isAccepting) throw this.closedError();
      if (this.#pending.size >= this.#mostInFlight) throw this.#tooMany(action);
      if (!this.#waitsForConnection && (!this.hasConnection || this.#queue.isHolding)) {
        // Those that come later may find a connection.
        this.openSoon();
        throw this.#notConnected(action);
      }
      request = this.#pending.add(action, budget);
      if (Operation.isObserved) request.operation = Operation.begin(this, 'request', 'request', action);
    } catch (error) {
      return (
        watcher?.failed(error, false) ?? Promise.reject(error instanceof Error ? error : new Error(messageOf(error)))
      );
    }
    if (watcher !== undefined) {
      request.watcher = watcher;
      watcher.began(request);
    }
    // If it cannot be opened, the outbox fails what waits in it, this request among them.
    this.openSoon();
    try {
      this.#sender.send(request, data, options);
    } catch (error) {
      request.fail(error);
    }
    return request.promise;
  }

  /**
   * Calls a method in the manner of the original library: the action `call`, with `{ method, args, kwargs }` as its data.
   * @throws as {@link sendRequest} does
   */
  call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.sendRequest('call', { method, args, kwargs: {} });
  }

  /**
   * Asks whether somebody answers there, and resolves with the time that it took, in ms. Any answer will do, an error too.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CONNECTION_LOST, CLOSED
   */
  async ping(options: WaitOptions = {}): Promise<number> {
    const from = performance.now();
    try {
      await this.sendRequest('ping', this.isNative ? undefined : {}, options);
    } catch (error) {
      if (!(error instanceof LiberZMQError) || error.outcome !== 'answered') throw error;
    }
    return performance.now() - from;
  }

  /** Those who watch the requests that are under way, beginning with the oldest request. */
  watchers(): readonly RequestWatcher[] {
    return [...this.#pending].flatMap(({ watcher }) => watcher ?? []);
  }

  protected override get inFlight(): number {
    return this.#pending.size;
  }

  protected override get queued(): { messages: number; bytes: number } {
    return this.#queue.queued;
  }

  protected override get recordsTogether(): number {
    const share = this.#pending.size / PACKETS_IN_FLIGHT;
    return share < FEWEST_TOGETHER ? FEWEST_TOGETHER : share > MOST_TOGETHER ? MOST_TOGETHER : Math.ceil(share);
  }

  protected override wantsFrames(): boolean {
    return true;
  }

  protected override onOpen(): void {
    this.#silentLooks = 0;
    this.#queue.release();
    if (this.isNative && !this.isBound) this.#heartbeat.start();
  }

  /** The first ping tells the server how long this client may be silent. */
  protected override onConnected(): void {
    if (this.isNative && !this.isBound && this.#heartbeat.isOn)
      this.outbox.add(this.newControl(this.#heartbeat.ping()));
  }

  protected onFrames(frames: Buffer[]): void {
    this.#silentLooks = 0;
    if (!isPacket(frames[0])) {
      this.#replies.takeClassic(frames);
      return;
    }
    for (const record of this.readRecords(frames, 0, this.address).records) this.#takeRecord(record);
  }

  /**
   * What was handed over is lost with the connection, or has run; nobody can say. A client that is bound to several servers cannot tell
   * whose connection it was, and leaves that to the time-outs while one of them is there.
   */
  protected override onDisconnected(): void {
    if (this.isBound && this.hasConnection) return;
    this.outbox.dropControls();
    for (const request of this.#pending) {
      if (request.phase !== 'handed') continue;
      request.fail(
        new ConnectionError(
          'CONNECTION_LOST',
          `the connection was lost while ${request.describe()} waited for its answer; it may have run`,
        ),
      );
    }
    this.#failWaiting();
    // What was on its way to libzmq comes back when the socket has been let go of.
    if (!this.#waitsForConnection)
      setImmediate(() => {
        if (!this.hasConnection) this.#failWaiting();
      });
  }

  /** Requests that nothing was sent of do not wait for another connection, where they are not to. */
  #failWaiting(): void {
    if (this.#waitsForConnection) return;
    for (const request of this.#pending) if (!request.hasLeft) request.fail(this.#notConnected(request.action));
  }

  #notConnected(action: string): ConnectionError {
    const why = this.#queue.isHolding ? 'the server is closing' : 'there is no connection';
    const what = `request '${action}' to ${this.address} was not sent: ${why}`;
    return withoutStack(() => new ConnectionError('UNREACHABLE', what));
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.#pending.empty(), until - performance.now());
  }

  protected override onClosed(): void {
    this.#heartbeat.stop();
    for (const request of this.#pending) {
      request.fail(
        new ConnectionError('CLOSED', `the client was closed while ${request.describe()} waited for its answer`, {
          outcome: request.hasLeft ? 'unknown' : 'not-sent',
        }),
      );
    }
  }

  /** Nothing new is sent on this connection: what waits waits for the next one. The server is told, so that it knows when all has come that will. */
  #startDraining(): void {
    this.#queue.hold();
    this.#drainingLooks = 0;
    this.outbox.add(this.newControl(new OutgoingRecord(KIND.goodbye, 0)));
    this.#failWaiting();
    this.emit('draining', { address: this.address });
  }

  /**
   * A connection that outlives its goodbye for so long: whoever said it has thought better of it, or takes long over what it has. Requests are not to wait for the end
   * of that without knowing: one that still drains says so.
   */
  #resume(): void {
    this.#queue.release();
    this.emit('resumed', { address: this.address });
  }

  #tooMany(action: string): ConnectionError {
    this.counter.failed('BACKPRESSURE');
    const what = `request '${action}' to ${this.address} was not sent: ${String(this.#pending.size)} requests wait for their answers already. Send less, raise outbox.maxMessages, or use outbox.policy 'wait'`;
    return withoutStack(() => new ConnectionError('BACKPRESSURE', what));
  }

  /** What was sent and is wanted no longer is taken back, so that its handler need not go on. */
  #onFailed(request: PendingRequest, failure: unknown): void {
    if (!(failure instanceof LiberZMQError)) return;
    this.counter.failed(failure.code);
    if (failure.outcome !== 'unknown' || request.record === undefined) return;
    // A server that takes next to nothing knows by itself when the time of a request is up.
    const isNews = failure.code === 'ABORTED' || (failure.code === 'TIMEOUT' && this.outbox.isFlowing);
    if (isNews) {
      this.outbox.add(this.newControl(new OutgoingRecord(KIND.cancel, request.id)));
    }
  }

  #takeRecord(record: NativeRecord): void {
    switch (record.kind) {
      case KIND.response:
      case KIND.error:
        this.#replies.takeRecord(record);
        return;
      case KIND.goodbye:
        if (!this.isBound && !this.#queue.isHolding) this.#startDraining();
        return;
      default:
        this.unexpected(record, this.address);
    }
  }

  /** Asks at every interval whether the server is there, and gives the connection up when nothing has come for long. */
  #look(): void {
    if (!this.hasConnection) {
      this.#silentLooks = 0;
      return;
    }
    if (this.#silentLooks >= this.#heartbeat.patience) {
      this.#silentLooks = 0;
      this.log.warn({ address: this.address }, 'the server gives no sign of life; the connection is given up');
      this.giveUpConnection();
      return;
    }
    this.#silentLooks += 1;
    this.#drainingLooks += 1;
    if (this.#queue.isHolding && this.#drainingLooks > 2 * this.#heartbeat.patience) this.#resume();
    this.outbox.add(this.newControl(this.#heartbeat.ping()));
  }
}
