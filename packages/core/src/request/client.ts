import type { Message } from '../contract/message.js';
import type { Requester, RequestOptions } from '../contract/requester.js';
import { DEFAULTS } from '../defaults.js';
import { CancelledError, ConnectionError, MessageError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { uuidv7 } from '../ids.js';
import { option } from '../options.js';
import { requestBudget, type RequestBudget } from '../service/request-budget.js';
import { Endpoint } from '../sockets/endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { PendingRequest } from './pending-request.js';

/** How a client is set up. */
export interface ClientOptions extends EndpointOptions {
  /**
   * The time of a request that names none, in ms. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000
   */
  timeoutMs?: number | undefined;
}

const ID_BYTES = 4;
const LARGEST_ID = 0xffff_ffff;
const NO_BYTES = new Uint8Array(0);

/**
 * Sends requests to a server and resolves with its answers, any number at a time over one connection.
 * @example
 * ```ts
 * const client = new Client({ address: 'tcp://127.0.0.1:5556' });
 * const sum = await client.sendRequest('add', { a: 1, b: 2 }, { timeoutMs: 1_000 });
 * await client.close();
 * ```
 */
export class Client extends Endpoint implements Requester {
  readonly #codec: ClassicCodec;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #timeoutMs: number;
  #lastId = 0;
  #onIdle: (() => void) | undefined;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ClientOptions) {
    super(
      { name: 'Client', socket: 'dealer', bind: false, policy: 'wait', options: { timeoutMs: option.duration } },
      options,
    );
    this.#timeoutMs = options.timeoutMs ?? DEFAULTS.requestTimeoutMs;
    this.#codec = new ClassicCodec(this.serializer);
  }

  /**
   * Runs an action on the server and resolves with its result. Connects by itself. Never throws synchronously.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CONNECTION_LOST, CLOSED, BACKPRESSURE; RemoteError REMOTE, UNKNOWN_ACTION;
   * SerializationError ENCODE, DECODE; ConfigurationError BAD_OPTION; and what the handler threw, if it is one of ours. `outcome` says whether it may have run.
   */
  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const budget = requestBudget(action, options, this.#timeoutMs);
    if (!this.isAccepting) throw this.closedError();
    const message: Message = {
      direction: 'outgoing',
      pattern: 'request',
      subject: action,
      headers: options?.headers ?? {},
      body: data,
      context: options?.context,
    };
    const request = this.#newRequest(action, budget);
    this.#start(request, message).catch((error: unknown) => {
      request.fail(error);
    });
    try {
      return await request.promise;
    } catch (error) {
      if (error instanceof LiberZMQError) this.counter.failed(error.code);
      throw error;
    }
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

  protected override wantsFrames(): boolean {
    return true;
  }

  protected onFrames(frames: Buffer[]): void {
    const body = frames.at(-1);
    const id = frames[0]?.length === ID_BYTES ? frames[0].readUInt32BE() : undefined;
    if (id === undefined || body === undefined || frames.length !== 3 || frames[1]?.length !== 0) {
      this.unreadable(
        new MessageError(
          'PROTOCOL',
          `a reply has an id of ${String(ID_BYTES)} bytes, an empty frame and a body; this has ${String(frames.length)} frames`,
        ),
      );
      return;
    }
    const request = this.#pending.get(id);
    if (request === undefined) {
      this.counter.dropped('late-reply');
      return;
    }
    this.#takeReply(request, body);
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
    const request = new PendingRequest(this.#newId(), action, this.address, budget, (over) => {
      this.#forget(over);
    });
    this.#pending.set(request.id, request);
    return request;
  }

  async #start(request: PendingRequest, message: Message): Promise<void> {
    // If it cannot be opened, the outbox fails what waits in it, this request among them.
    this.open().catch(() => undefined);
    if (!this.pipeline.hasOutgoing) {
      this.#send(request, message);
      return;
    }
    const cameThrough = await this.pipeline.runOutgoing(
      message,
      () => {
        if (!request.isOver) this.#send(request, message);
      },
      (giveAway) => (request.onOver = giveAway),
    );
    if (cameThrough) return;
    this.dropped('middleware', request.describe());
    request.fail(
      new CancelledError('ABORTED', `${request.describe()} was stopped by a middleware`, { outcome: 'not-sent' }),
    );
  }

  #send(request: PendingRequest, message: Message): void {
    const { subject: action, body: data, headers } = message;
    request.action = action;
    const idFrame = Buffer.allocUnsafe(ID_BYTES);
    idFrame.writeUInt32BE(request.id);
    request.frames = [idFrame, NO_BYTES, this.#codec.encodeRequest({ action, data, headers, requestId: uuidv7() })];
    request.bytes = this.sizeOf(request.frames, request.describe());
    this.outbox.add(request);
  }

  #newId(): number {
    do this.#lastId = this.#lastId === LARGEST_ID ? 1 : this.#lastId + 1;
    while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  #forget(request: PendingRequest): void {
    this.#pending.delete(request.id);
    if (this.#pending.size === 0) this.#onIdle?.();
  }

  #takeReply(request: PendingRequest, body: Buffer): void {
    let reply;
    try {
      reply = this.#codec.decodeReply(body, request.action);
    } catch (error) {
      this.malformed(error, this.address);
      request.fail(error);
      return;
    }
    if ('error' in reply) request.fail(reply.error);
    else if (this.pipeline.hasIncoming) void this.#replyThroughMiddleware(request, reply.result);
    else request.succeed(reply.result);
  }

  async #replyThroughMiddleware(request: PendingRequest, body: unknown): Promise<void> {
    const message: Message = {
      direction: 'incoming',
      pattern: 'request',
      subject: request.action,
      headers: {},
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
}
