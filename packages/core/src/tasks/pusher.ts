import type { Message } from '../contract/message.js';
import type { Sender, SendOptions } from '../contract/sender.js';
import { DEFAULTS } from '../defaults.js';
import { uuidv7 } from '../ids.js';
import { badOption, describe, option } from '../options.js';
import { checkName, checkSendOptions, SendingEndpoint } from '../sockets/sending-endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import type { SocketSettings } from '../sockets/open-socket.js';
import { settledWithin } from '../timing/wait.js';
import { ClassicCodec, UNKNOWN_TYPE } from '../wire/classic/envelope.js';
import { pipeSettings, type PrefetchOptions } from './prefetch.js';
import { taskToWire, type NewTask, type Task } from './task.js';

/** How a pusher is set up. */
export interface PusherOptions extends EndpointOptions, PrefetchOptions {}

/** What one task may be given beside its type and data. */
export interface PushOptions extends SendOptions {
  /**
   * Carried to the handler. It does not change the order.
   * @defaultValue 0
   */
  priority?: number | undefined;
}

/**
 * Hands out tasks: each goes to one of the pullers that are connected and have room, in turn.
 * While there is none, tasks wait here. A task that was handed over is lost if its worker dies: where that must not be, use a task broker.
 * @example
 * ```ts
 * const pusher = new Pusher({ address: 'tcp://127.0.0.1:5557' });
 * await pusher.pushTask('resize', { file: 'a.png' });
 * ```
 */
export class Pusher extends SendingEndpoint implements Sender {
  readonly #codec: ClassicCodec;
  readonly #pusherOptions: PusherOptions;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: PusherOptions) {
    super(
      { name: 'Pusher', socket: 'push', bind: true, policy: 'wait', options: { prefetchBytes: option.limit } },
      options,
    );
    this.#pusherOptions = options;
    this.#codec = new ClassicCodec(this.serializer);
  }

  /**
   * Pushes a task. Resolves with its id when the transport has taken it, which may be a while: that is the back-pressure.
   * @throws SerializationError ENCODE; ConnectionError BACKPRESSURE, CLOSED, BIND_FAILED; TimeoutError TIMEOUT; CancelledError ABORTED; ConfigurationError BAD_OPTION
   */
  async pushTask(task: NewTask, options?: PushOptions): Promise<string>;
  async pushTask(type: string, data?: unknown, options?: PushOptions): Promise<string>;
  async pushTask(first: string | NewTask, second?: unknown, third?: PushOptions): Promise<string> {
    const [given, options] =
      typeof first === 'string' ? [{ type: first, data: second }, third ?? {}] : [first, (second ?? {}) as PushOptions];
    checkSendOptions('pushTask', options);
    const task = completeTask(given, options);
    await this.#push(task.type, task.data, task.headers, options, (message) =>
      this.#codec.encodeTask(
        taskToWire({ ...task, type: message.subject, data: message.body, headers: message.headers }),
      ),
    );
    return task.id;
  }

  /** Pushes tasks in their order. Resolves with their ids when the transport has taken all. @throws as {@link pushTask} does */
  async pushBatch(tasks: readonly NewTask[], options: PushOptions = {}): Promise<string[]> {
    if (!Array.isArray(tasks)) throw badOption(`pushBatch: tasks must be an array, not ${describe(tasks)}`);
    return Promise.all((tasks as readonly NewTask[]).map((task) => this.pushTask(task, options)));
  }

  /** Pushes a bare value without an envelope; it arrives as a task of the type `unknown`. @throws as {@link pushTask} does */
  async pushSimple(data: unknown, options: SendOptions = {}): Promise<void> {
    checkSendOptions('pushSimple', options);
    await this.#push(UNKNOWN_TYPE, data, {}, options, (message) => this.#codec.encodeValue(message.body, 'a task'));
  }

  /** {@link pushTask}, as every sender has it. */
  async send(type: string, data: unknown, options?: SendOptions): Promise<void> {
    await this.pushTask(type, data, options);
  }

  protected override socketSettings(): Partial<SocketSettings> {
    return pipeSettings(this.#pusherOptions.prefetchBytes ?? DEFAULTS.prefetchBytes, this.options.highWaterMark);
  }

  protected onFrames(): void {
    // A PUSH socket receives nothing.
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.outbox.empty(), until - performance.now());
  }

  async #push(
    type: string,
    data: unknown,
    headers: Task['headers'],
    options: SendOptions,
    encode: (message: Message) => Uint8Array,
  ): Promise<void> {
    const message: Message = {
      direction: 'outgoing',
      pattern: 'task',
      subject: type,
      headers,
      body: data,
      context: undefined,
    };
    await this.sendOneWay({
      message,
      options,
      describe: ({ subject }) => `task '${subject}' to ${this.address}`,
      encode: (out) => [encode(out)],
    });
  }
}

function completeTask(given: NewTask, options: PushOptions): Task {
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw badOption(`pushTask: give a type and data, or a task { type, data }, not ${describe(given)}`);
  }
  checkName('pushTask', "task's type", given.type);
  const { id = uuidv7(), priority = options.priority ?? 0, headers = options.headers ?? {}, data } = given;
  if (typeof priority !== 'number' || Number.isNaN(priority))
    throw badOption(`pushTask: the priority must be a number, not ${describe(priority)}`);
  checkName('pushTask', "task's id", id);
  return { ...given, id, data, priority, headers, timestamp: Date.now() };
}
