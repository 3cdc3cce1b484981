import type { Message, MessageHeaders } from '../contract/message.js';
import type { Sender, SendOptions } from '../contract/sender.js';
import { DEFAULTS } from '../defaults.js';
import { Operation } from '../diagnostics/operation.js';
import { IdSeries, uuidv7 } from '../ids.js';
import { messageOf } from '../errors/wire-error.js';
import { badOption, describe, option } from '../options/check-options.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import {
  checkName,
  checkSendOptions,
  SendingEndpoint,
  type Formed,
  type OneWayMessage,
} from '../sockets/sending-endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import type { SocketSettings } from '../sockets/open-socket.js';
import { TurnClock } from '../timing/turn-clock.js';
import { settledWithin } from '../timing/wait.js';
import { ClassicCodec, UNKNOWN_TYPE } from '../wire/classic/envelope.js';
import { encodeParts, travelInParts } from '../wire/native/body-encoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { pipeSettings, type PrefetchOptions } from './prefetch.js';
import { bodyWithExtra, saysNoMore, taskToWire, type NewTask, type Task } from './task.js';

/** How a pusher is set up. */
export interface PusherOptions extends EndpointOptions, PrefetchOptions {
  /**
   * Whether tasks travel together, so many to a packet: several times as fast, but all tasks of a packet go to one puller. For tasks that are many,
   * small and quick. Then a push resolves as soon as its task is sure to leave with the next packet. Native dialect only.
   * @defaultValue false: each task goes to the next puller by itself
   */
  batch?: boolean | undefined;
}

/** What one task may be given beside its type and data. */
export interface PushOptions extends SendOptions {
  /**
   * Carried to the handler. It does not change the order.
   * @defaultValue 0
   */
  priority?: number | undefined;
}

/** Of tasks that travel together, so many to a packet: nobody waits for an answer, so that the more the better, until the bytes decide. */
const TASKS_TOGETHER = 512;
/** Packets that libzmq holds for each puller where tasks travel together: enough to keep it busy. */
const PACKETS_IN_PIPE = 32;
const NO_HEADERS: MessageHeaders = Object.freeze({});

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
  readonly #classic: ClassicCodec;
  readonly #pusherOptions: PusherOptions;
  readonly #ids = new IdSeries();
  readonly #clock = new TurnClock();
  readonly #always = (): boolean => this.isNative;
  readonly #describe = ({ subject }: Message): string => `task '${subject}' to ${this.address}`;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: PusherOptions) {
    super(
      {
        name: 'Pusher',
        socket: 'push',
        bind: true,
        policy: 'wait',
        options: { prefetchBytes: option.limit, batch: option.boolean },
      },
      options,
    );
    if (options.batch === true && !this.isNative) {
      throw badOption(
        "Pusher: option 'batch' needs the native dialect: in the classic one each task is a message of its own",
      );
    }
    this.#pusherOptions = options;
    this.#classic = new ClassicCodec(() => this.serializer);
  }

  /**
   * Pushes a task. Resolves with its id when the transport has taken it, which may be a while: that is the back-pressure. With `batch`, as soon as it is
   * sure to leave with the next packet: from then on it cannot be taken back.
   * @throws SerializationError ENCODE, TOO_LARGE; ConnectionError BACKPRESSURE, CLOSED, BIND_FAILED; TimeoutError TIMEOUT; CancelledError ABORTED; ConfigurationError BAD_OPTION
   */
  pushTask(task: NewTask, options?: PushOptions): Promise<string>;
  pushTask(type: string, data?: unknown, options?: PushOptions): Promise<string>;
  pushTask(first: string | NewTask, second?: unknown, third?: PushOptions): Promise<string> {
    try {
      if (this.sendsNow) {
        if (typeof first === 'string') {
          if (third === undefined) return this.#pushNow(first, second);
        } else if (second === undefined && saysNoMore(first)) {
          return this.#pushNow(first.type, first.data);
        }
      }
      const options = typeof first === 'string' ? third : (second as PushOptions | undefined);
      if (options !== undefined) checkSendOptions('pushTask', options);
      const task = typeof first === 'string' ? newTask(first, second, options) : completeTask(first, options);
      return this.#push(task, options, {
        value: task.id,
        form: (message) => this.#formOf(task, message),
        mayPrepare: this.#mayPrepare(task),
      });
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  /** Pushes tasks in their order. Resolves with their ids when the transport has taken all. @throws as {@link pushTask} does */
  async pushBatch(tasks: readonly NewTask[], options?: PushOptions): Promise<string[]> {
    if (!Array.isArray(tasks)) throw badOption(`pushBatch: tasks must be an array, not ${describe(tasks)}`);
    return Promise.all((tasks as readonly NewTask[]).map((task) => this.pushTask(task, options)));
  }

  /** Pushes a bare value without an envelope; it arrives as a task of the type `unknown`. @throws as {@link pushTask} does */
  async pushSimple(data: unknown, options: SendOptions = {}): Promise<void> {
    checkSendOptions('pushSimple', options);
    await this.#push({ type: UNKNOWN_TYPE, data, headers: copyOf(options.headers) }, options, {
      value: undefined,
      form: ({ headers, body }) =>
        this.isNative
          ? new OutgoingRecord(KIND.task, 0, undefined, headers)
          : [this.#classic.encodeValue(body, 'a task')],
      mayPrepare: this.#always,
    });
  }

  /** {@link pushTask}, as every sender has it. */
  async send(type: string, data: unknown, options?: SendOptions): Promise<void> {
    await this.pushTask(type, data, options);
  }

  protected override get sendsTogether(): boolean {
    return this.#pusherOptions.batch === true;
  }

  protected override get recordsTogether(): number {
    return this.sendsTogether ? TASKS_TOGETHER : 1;
  }

  protected describeRecord({ subject = UNKNOWN_TYPE }: OutgoingRecord): string {
    return `task '${subject}' to ${this.address}`;
  }

  protected override socketSettings(): Partial<SocketSettings> {
    const { prefetchBytes = this.sendsTogether ? Infinity : DEFAULTS.prefetchBytes } = this.#pusherOptions;
    const highWaterMark = this.options.highWaterMark ?? (this.sendsTogether ? PACKETS_IN_PIPE : undefined);
    return pipeSettings(prefetchBytes, highWaterMark);
  }

  protected onFrames(): void {
    // A PUSH socket receives nothing.
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.allSent(), until - performance.now());
  }

  #pushNow(type: string, data: unknown): Promise<string> {
    if (Operation.isObserved) Operation.happened(this, 'send', 'task', type);
    const now = this.#clock.now();
    const id = this.#ids.next(now);
    const { prefix, number } = this.#ids;
    const { run } = this;
    const isNext =
      run?.subject === type && run.moment === now && run.textId === prefix && run.id + run.count === number;
    if (isNext && this.sendWithRun(data)) return Promise.resolve(id);
    checkName('pushTask', "task's type", type);
    const record = new OutgoingRecord(KIND.task, number, type);
    record.count = 1;
    record.textId = prefix;
    record.moment = now;
    this.sendNow(record, data);
    return Promise.resolve(id);
  }

  /** Whether the data of a task is all of its body, asked where the serializer may take a while. */
  #mayPrepare(task: Task): () => boolean {
    if (this.serializer.serializeAsync === undefined) return never;
    return bodyWithExtra(task, undefined) === undefined ? this.#always : never;
  }

  #push<T>(
    { type, data, headers }: Pick<Task, 'type' | 'data' | 'headers'>,
    options: SendOptions | undefined,
    { value, form, mayPrepare }: Pick<OneWayMessage<T>, 'value' | 'form' | 'mayPrepare'>,
  ): Promise<T> {
    const message = new PassingMessage('outgoing', 'task', type, headers, data, undefined);
    return this.sendOneWay({ message, options, value, describe: this.#describe, form, mayPrepare });
  }

  /** A task as it is sent, with what the middleware has made of it. */
  #formOf(task: Task, message: Message): Formed {
    const { subject: type, headers, body: data } = message;
    if (!this.isNative) return [this.#classic.encodeTask(taskToWire({ ...task, type, data, headers }))];
    const withExtra = bodyWithExtra(task, data);
    const record = new OutgoingRecord(withExtra === undefined ? KIND.task : KIND.taskWithExtra, 0, type, headers);
    record.textId = task.id;
    record.moment = task.timestamp;
    if (task.priority !== 0) record.priority = task.priority;
    if (withExtra === undefined) return record;
    message.body = withExtra;
    if (travelInParts(this.serializer, withExtra)) {
      const { codec, body } = encodeParts(withExtra, () => this.#describe(message), record.message);
      record.codec = codec;
      record.body = body;
    }
    return record;
  }
}

const never = (): boolean => false;

/** A task of which only type and data are given. */
function newTask(type: string, data: unknown, options: PushOptions | undefined): Task {
  checkName('pushTask', "task's type", type);
  const { headers, priority = 0 } = options ?? {};
  checkPriority(priority);
  const timestamp = Date.now();
  return { id: uuidv7(timestamp), type, data, priority, headers: copyOf(headers), timestamp };
}

function completeTask(given: NewTask, options: PushOptions | undefined): Task {
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw badOption(`pushTask: give a type and data, or a task { type, data }, not ${describe(given)}`);
  }
  checkName('pushTask', "task's type", given.type);
  const { id = uuidv7(), priority = options?.priority ?? 0, headers = options?.headers, data } = given;
  checkPriority(priority);
  checkName('pushTask', "task's id", id);
  return { ...given, id, data, priority, headers: copyOf(headers), timestamp: Date.now() };
}

/** Headers as they are now, whatever becomes of the object that they were given in. */
function copyOf(headers: MessageHeaders | undefined): MessageHeaders {
  return headers === undefined ? NO_HEADERS : { ...headers };
}

function checkPriority(priority: unknown): void {
  if (typeof priority === 'number' && !Number.isNaN(priority)) return;
  throw badOption(`pushTask: the priority must be a number, not ${describe(priority)}`);
}
