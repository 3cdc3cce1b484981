import type { Message, MessageHeaders } from '../contract/message.js';
import type { Requester, RequestOptions } from '../contract/requester.js';
import { DEFAULTS } from '../defaults.js';
import { CancelledError, ConnectionError, MessageError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { messageOf, readWireError } from '../errors/wire-error.js';
import { uuidv7 } from '../ids.js';
import { option } from '../options.js';
import { requestBudget, type RequestBudget } from '../service/request-budget.js';
import { Endpoint, type EndpointEvents } from '../sockets/endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import type { Heartbeat } from '../sockets/heartbeat.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { isPacket, type NativeRecord } from '../wire/native/packet-reader.js';
import { PendingRequest } from './pending-request.js';

/** How a client is set up. */
export interface ClientOptions extends EndpointOptions {
  /**
   * The time of a request that names none, in ms. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000
   */
  timeoutMs?: number | undefined;
}

/** What a client reports beside what every endpoint does. */
export interface ClientEvents extends EndpointEvents {
  /** The server is closing: requests from now on wait for the next connection. */
  draining: { readonly address: string };
}

const ID_BYTES = 4;
const LARGEST_ID = 0xffff_ffff;
const NO_BYTES = new Uint8Array(0);
const NO_HEADERS: MessageHeaders = Object.freeze({});

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
export class Client extends Endpoint<ClientEvents> implements Requester {
  readonly #classic: ClassicCodec;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #timeoutMs: number;
  readonly #heartbeat: Heartbeat;
  readonly #owner = {
    onOver: (request: PendingRequest, failure: unknown): void => {
      this.#onOver(request, failure);
    },
  };
  #lastId = 0;
  #onIdle: (() => void) | undefined;
  /** The server has said goodbye on this connection. */
  #isDraining = false;
  /** Requests that wait for the next connection. */
  readonly #held: PendingRequest[] = [];
  #silentLooks = 0;
  /** Looks since the server has said goodbye. */
  #drainingLooks = 0;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ClientOptions) {
    super(
      { name: 'Client', socket: 'dealer', bind: false, policy: 'wait', options: { timeoutMs: option.duration } },
      options,
    );
    this.#timeoutMs = options.timeoutMs ?? DEFAULTS.requestTimeoutMs;
    this.#classic = new ClassicCodec(this.serializer);
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
    let request;
    try {
      const budget = requestBudget(action, options, this.#timeoutMs);
      if (!this.isAccepting) throw this.closedError();
      request = this.#newRequest(action, budget);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(messageOf(error)));
    }
    // If it cannot be opened, the outbox fails what waits in it, this request among them.
    this.openSoon();
    try {
      if (this.pipeline.hasOutgoing) void this.#throughMiddleware(request, data, options);
      else this.#send(request, action, data, options?.headers);
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
      await this.sendRequest('ping', {}, options);
    } catch (error) {
      if (!(error instanceof LiberZMQError) || error.outcome !== 'answered') throw error;
    }
    return performance.now() - from;
  }

  protected override get inFlight(): number {
    return this.#pending.size;
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
    this.#endDraining();
    if (this.isNative && !this.isBound) this.#heartbeat.start();
  }

  /** The first ping tells the server how long this client may be silent. */
  protected override onConnected(): void {
    if (this.isNative && !this.isBound && this.#heartbeat.isOn)
      this.outbox.add(this.newControl(this.#heartbeat.ping()));
  }

  protected onFrames(frames: Buffer[]): void {
    this.#silentLooks = 0;
    if (isPacket(frames[0])) this.#takePacket(frames);
    else this.#takeClassic(frames);
  }

  /**
   * What was handed over is lost with the connection, or has run; nobody can say. A client that is bound to several servers cannot tell
   * whose connection it was, and leaves that to the time-outs while one of them is there.
   */
  protected override onDisconnected(): void {
    if (this.isBound && this.hasConnection) return;
    for (const request of [...this.#pending.values()]) {
      if (request.phase !== 'handed') continue;
      request.fail(
        new ConnectionError(
          'CONNECTION_LOST',
          `the connection was lost while ${request.describe()} waited for its answer; it may have run`,
        ),
      );
    }
  }

  protected async drain(until: number): Promise<void> {
    if (this.#pending.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    await settledWithin(idle, until - performance.now());
  }

  protected override onClosed(): void {
    this.#heartbeat.stop();
    for (const request of [...this.#pending.values()]) {
      request.fail(
        new ConnectionError('CLOSED', `the client was closed while ${request.describe()} waited for its answer`, {
          outcome: request.hasLeft ? 'unknown' : 'not-sent',
        }),
      );
    }
  }

  /** From here on the request has its time limit and its signals, wherever it is. */
  #newRequest(action: string, budget: RequestBudget): PendingRequest {
    const request = new PendingRequest(this.#newId(), action, this.address, budget, this.#owner);
    this.#pending.set(request.id, request);
    return request;
  }

  async #throughMiddleware(request: PendingRequest, data: unknown, options: RequestOptions | undefined): Promise<void> {
    const message: Message = {
      direction: 'outgoing',
      pattern: 'request',
      subject: request.action,
      headers: options?.headers ?? NO_HEADERS,
      body: data,
      context: options?.context,
    };
    try {
      const cameThrough = await this.pipeline.runOutgoing(
        message,
        () => {
          if (!request.isOver) this.#send(request, message.subject, message.body, message.headers);
        },
        (giveAway) => (request.onOver = giveAway),
      );
      if (cameThrough) return;
      this.dropped('middleware', request.describe());
      request.fail(
        new CancelledError('ABORTED', `${request.describe()} was stopped by a middleware`, { outcome: 'not-sent' }),
      );
    } catch (error) {
      request.fail(error);
    }
  }

  /** @throws SerializationError ENCODE, TOO_LARGE */
  #send(request: PendingRequest, action: string, data: unknown, headers: MessageHeaders | undefined): void {
    request.action = action;
    if (this.isNative) {
      if (this.#isDraining || !this.outbox.refuses()) {
        const record = new OutgoingRecord(KIND.request, request.id, action, headers);
        request.record = record;
        request.bytes = this.encodeRecord(this.outbox, record, this.serializer, data, request);
      }
    } else {
      const idFrame = Buffer.allocUnsafe(ID_BYTES);
      idFrame.writeUInt32BE(request.id);
      const body = this.#classic.encodeRequest({ action, data, headers: headers ?? NO_HEADERS, requestId: uuidv7() });
      request.frames = [idFrame, NO_BYTES, body];
      request.bytes = this.sizeOf(request.frames, request.describe());
    }
    if (this.#isDraining) this.#held.push(request);
    else this.outbox.add(request);
  }

  /** Nothing new is sent on this connection: what waits waits for the next one. The server is told, so that it knows when all has come that will. */
  #startDraining(): void {
    this.#isDraining = true;
    this.#drainingLooks = 0;
    for (const request of this.#pending.values()) {
      if (request.phase !== 'queued') continue;
      this.outbox.withdraw(request);
      this.#held.push(request);
    }
    this.outbox.add(this.newControl(new OutgoingRecord(KIND.goodbye, 0)));
    this.emit('draining', { address: this.address });
  }

  /** There is another connection; or this one has outlived its goodbye for so long that whoever said it has thought better of it. */
  #endDraining(): void {
    this.#isDraining = false;
    for (const request of this.#held.splice(0)) if (!request.isOver) this.outbox.add(request);
  }

  #newId(): number {
    do this.#lastId = this.#lastId === LARGEST_ID ? 1 : this.#lastId + 1;
    while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  /** What was sent and is wanted no longer is taken back, so that its handler need not go on. */
  #onOver(request: PendingRequest, failure: unknown): void {
    this.#pending.delete(request.id);
    if (failure instanceof LiberZMQError) {
      this.counter.failed(failure.code);
      const wasTakenBack = failure.code === 'TIMEOUT' || failure.code === 'ABORTED';
      if (wasTakenBack && failure.outcome === 'unknown' && request.record !== undefined) {
        this.outbox.add(this.newControl(new OutgoingRecord(KIND.cancel, request.id)));
      }
    }
    if (this.#pending.size === 0) this.#onIdle?.();
  }

  #takePacket(frames: readonly Buffer[]): void {
    for (const record of this.readRecords(frames, 0, this.address).records) this.#takeRecord(record);
  }

  #takeRecord(record: NativeRecord): void {
    switch (record.kind) {
      case KIND.response:
      case KIND.error:
        this.#takeAnswer(record);
        return;
      case KIND.goodbye:
        if (!this.isBound && !this.#isDraining) this.#startDraining();
        return;
      default:
        this.unexpected(record, this.address);
    }
  }

  #takeAnswer(record: NativeRecord): void {
    const request = this.#pending.get(record.id);
    if (request === undefined) {
      if (record.id === 0) this.unreadable(this.#complaint(record), this.address);
      else this.counter.dropped('late-reply');
      return;
    }
    let body;
    try {
      body = decodeBody(record, this.serializer, () => `the reply to '${request.action}'`);
    } catch (error) {
      this.malformed(error, this.address);
      request.fail(error);
      return;
    }
    if (record.kind === KIND.error) request.fail(readWireError(body));
    else this.#succeed(request, body, record.headers);
  }

  /** The server could not read a packet of ours, and so cannot say which request it is about. */
  #complaint(record: NativeRecord): unknown {
    try {
      return readWireError(decodeBody(record, this.serializer, () => 'an error'));
    } catch (error) {
      return error;
    }
  }

  #takeClassic(frames: readonly Buffer[]): void {
    const body = frames.at(-1);
    const id = frames[0]?.length === ID_BYTES ? frames[0].readUInt32BE() : undefined;
    if (id === undefined || body === undefined || frames.length !== 3 || frames[1]?.length !== 0) {
      this.unreadable(
        new MessageError(
          'PROTOCOL',
          `a reply is a packet, or an id of ${String(ID_BYTES)} bytes, an empty frame and a body; this has ${String(frames.length)} frames`,
        ),
      );
      return;
    }
    const request = this.#pending.get(id);
    if (request === undefined) {
      this.counter.dropped('late-reply');
      return;
    }
    let reply;
    try {
      reply = this.#classic.decodeReply(body, request.action);
    } catch (error) {
      this.malformed(error, this.address);
      request.fail(error);
      return;
    }
    if ('error' in reply) request.fail(reply.error);
    else this.#succeed(request, reply.result, NO_HEADERS);
  }

  #succeed(request: PendingRequest, result: unknown, headers: MessageHeaders): void {
    if (this.pipeline.hasIncoming) void this.#replyThroughMiddleware(request, result, headers);
    else request.succeed(result);
  }

  async #replyThroughMiddleware(request: PendingRequest, body: unknown, headers: MessageHeaders): Promise<void> {
    const message: Message = {
      direction: 'incoming',
      pattern: 'request',
      subject: request.action,
      headers,
      body,
      context: undefined,
    };
    try {
      const cameThrough = await this.pipeline.runIncoming(message, () => {
        request.succeed(message.body);
      });
      if (cameThrough) return;
      this.dropped('middleware', `the reply to '${request.action}'`);
      request.fail(new CancelledError('ABORTED', `the reply to '${request.action}' was stopped by a middleware`));
    } catch (error) {
      request.fail(error);
    }
  }

  /** Asks whether the server is there when nothing has come for an interval, and gives the connection up when nothing comes for long. */
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
    if (this.#isDraining && this.#drainingLooks > 2 * this.#heartbeat.patience) this.#endDraining();
    this.outbox.add(this.newControl(this.#heartbeat.ping()));
  }
}
