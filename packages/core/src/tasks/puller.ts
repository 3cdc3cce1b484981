import type { Principal } from '../contract/message.js';
import { DEFAULTS } from '../defaults.js';
import { Operation } from '../diagnostics/operation.js';
import { badOption, checkOptions, describe, option } from '../options/check-options.js';
import { ArrivedMessage } from '../pipeline/arrived-message.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import { TaskContext } from '../service/handler-context.js';
import { RecordEndpoint } from '../sockets/record-endpoint.js';
import type { EndpointEvents } from '../sockets/endpoint-events.js';
import { checkName } from '../sockets/sending-endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import { loopOver } from '../sockets/loop.js';
import { Mailbox } from '../sockets/mailbox.js';
import type { SocketSettings } from '../sockets/open-socket.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { isThenable } from '../timing/is-thenable.js';
import { ClassicCodec, UNKNOWN_TYPE } from '../wire/classic/envelope.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND } from '../wire/native/format.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import { isPacket } from '../wire/native/packet-reader.js';
import { pipeSettings, type PrefetchOptions } from './prefetch.js';
import { taskFrom, taskFromRecord, type Task } from './task.js';
import { TaskWorker, type StartWorkerOptions, type StopWorkerOptions } from './task-worker.js';

/** What works on a task. */
export type TaskHandler = (task: Task, context: TaskContext) => unknown;

/** How a puller is set up. */
export interface PullerOptions extends EndpointOptions, PrefetchOptions {}

/** What a puller reports beside what every endpoint does. */
export interface PullerEvents extends EndpointEvents {
  /** A handler has thrown, or there is none for this type. The task is not tried again here. */
  taskFailed: { readonly task: Task; readonly error: unknown };
}

interface Pulled {
  readonly task: Task;
  /** Came without an envelope. */
  readonly bare: boolean;
  /** What the middleware has of it. */
  readonly arrived: ArrivedMessage | undefined;
}

/** What a close may still take from libzmq: more than fits into the pipe, so that an endless stream does not hold it up. */
const LAST_TASKS = 20_000;
const NO_BYTES = Buffer.alloc(0);
const LAST_TASK_WAIT_MS = 50;

/**
 * Receives tasks from pushers, each of them once among all pullers.
 * @example
 * ```ts
 * const puller = new Puller({ address: 'tcp://127.0.0.1:5557' });
 * puller.registerTaskHandler('resize', async (task) => resize(task.data));
 * await puller.startWorker({ concurrency: 4 });
 * ```
 */
export class Puller extends RecordEndpoint<PullerEvents> implements AsyncIterable<Task> {
  readonly #classic: ClassicCodec;
  readonly #pullerOptions: PullerOptions;
  readonly #handlers = new Map<string, TaskHandler>();
  readonly #tasks: Mailbox<Pulled>;
  readonly #worker: TaskWorker<Pulled>;
  #defaultHandler: TaskHandler | undefined;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: PullerOptions) {
    super(
      { name: 'Puller', socket: 'pull', bind: false, policy: 'wait', options: { prefetchBytes: option.limit } },
      options,
    );
    this.#pullerOptions = options;
    this.#classic = new ClassicCodec(() => this.serializer);
    const onDemand = (): void => {
      this.wakeInbox();
    };
    this.#tasks = new Mailbox({ limit: 1, noun: 'task', onDemand });
    this.#worker = new TaskWorker(this.#tasks, { work: (pulled) => this.#work(pulled), onDemand });
  }

  /**
   * Sets what works on tasks of a type.
   * @throws ConfigurationError BAD_OPTION if the type has a handler already
   */
  registerTaskHandler(type: string, handler: TaskHandler): this {
    checkName('registerTaskHandler', 'type', type);
    if (typeof handler !== 'function')
      throw badOption(`registerTaskHandler('${type}'): the handler must be a function, not ${describe(handler)}`);
    if (this.#handlers.has(type)) throw badOption(`registerTaskHandler('${type}'): this type has a handler already`);
    this.#handlers.set(type, handler);
    return this;
  }

  /** Sets what works on tasks whose type has no handler; bare values come as type `unknown`. `undefined` takes it away. */
  setDefaultHandler(handler: TaskHandler | undefined): this {
    if (handler !== undefined && typeof handler !== 'function') {
      throw badOption(`setDefaultHandler: the handler must be a function, not ${describe(handler)}`);
    }
    this.#defaultHandler = handler;
    return this;
  }

  /** Starts handing tasks to the handlers. Resolves when it is bound or connecting. @throws ConnectionError UNREACHABLE, CLOSED; ConfigurationError BAD_OPTION */
  async startWorker(options: StartWorkerOptions = {}): Promise<this> {
    checkOptions('startWorker', options, { concurrency: option.limit });
    await this.open();
    if (this.#worker.isStarted) throw badOption('startWorker: it works already');
    this.#worker.start(options);
    this.wakeInbox();
    return this;
  }

  /** Takes no more tasks, and works off those that are here already. Resolves when that is done. */
  async stopWorker(options: StopWorkerOptions = {}): Promise<void> {
    checkOptions('stopWorker', options, { graceMs: option.durationOrZero });
    await this.#worker.stop(options);
  }

  /**
   * The next task.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED, UNREACHABLE
   */
  async pullTask(options: WaitOptions = {}): Promise<Task> {
    return (await this.#pull('pullTask', options)).task;
  }

  /** The next value that was pushed with `pushSimple`. A task comes whole. @throws as {@link pullTask} does */
  async pullSimple(options: WaitOptions = {}): Promise<unknown> {
    const { task, bare } = await this.#pull('pullSimple', options);
    return bare ? task.data : task;
  }

  /**
   * Runs a task's handler and resolves with what it returns; what it throws comes out as it is.
   * @throws ConfigurationError BAD_OPTION if there is no handler for its type
   */
  async processTask(task: Task): Promise<unknown> {
    return this.#process(task);
  }

  /** All tasks, one after the other. Leaving the loop loses nothing: the next one goes on where it ended. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Task> {
    return loopOver(
      this.#tasks,
      () => this.openForLoop(),
      (pulled) => {
        this.#taken(pulled);
        return pulled.task;
      },
    );
  }

  protected override socketSettings(): Partial<SocketSettings> {
    return pipeSettings(this.#pullerOptions.prefetchBytes ?? DEFAULTS.prefetchBytes, this.options.highWaterMark);
  }

  protected override get inFlight(): number {
    return this.#worker.running;
  }

  protected override wantsFrames(): boolean {
    return this.#worker.wantsMore;
  }

  protected onFrames(frames: Buffer[]): void | Promise<void> {
    const [first = NO_BYTES] = frames;
    if (isPacket(first)) {
      return this.takeEach(this.readRecords(frames, 0).records, (record) => this.#takeRecord(record));
    }
    try {
      const wire = this.#classic.decodeTask(first);
      return this.#take(taskFrom(wire), wire.bare);
    } catch (error) {
      this.unreadable(error);
      return undefined;
    }
  }

  /** What libzmq holds for this socket would be lost with it: a worker works that off too, as far as the time allows. */
  protected async drain(until: number): Promise<void> {
    const worked = this.#worker.isBusy;
    await this.stopWorker({ graceMs: Math.max(0, until - performance.now()) });
    if (!worked) return;
    for (let left = LAST_TASKS; left > 0 && performance.now() < until; left -= 1) {
      const pulled = await this.#tasks.take('close', { timeoutMs: LAST_TASK_WAIT_MS }).catch(() => undefined);
      if (pulled === undefined) return;
      const done = this.#work(pulled);
      if (done !== undefined) await settledWithin(done, until - performance.now());
    }
  }

  protected override onClosed(): void {
    for (let left = this.#tasks.shift(); left !== undefined; left = this.#tasks.shift()) {
      this.dropped('closed', `task '${left.task.type}' ${left.task.id}, which nobody had fetched`);
    }
    this.#worker.cancellation.abort(this.closedError());
    this.#tasks.close('pullTask');
  }

  #takeRecord(record: NativeRecord): void | Promise<void> {
    if (record.kind !== KIND.task && record.kind !== KIND.taskWithExtra) {
      this.unexpected(record);
      return undefined;
    }
    let task;
    try {
      task = taskFromRecord(record, decodeBody(record, this.serializer, 'task', record.subject ?? UNKNOWN_TYPE));
    } catch (error) {
      this.unreadable(error);
      return undefined;
    }
    return this.#take(task, record.subject === undefined);
  }

  #take(task: Task, bare: boolean): void | Promise<void> {
    if (this.pipeline.hasAny) return this.#throughMiddleware(task, bare);
    this.#worker.put({ task, bare, arrived: undefined });
    return undefined;
  }

  async #pull(where: string, options: WaitOptions): Promise<Pulled> {
    await this.open();
    const pulled = await this.#tasks.take(where, options);
    this.#taken(pulled);
    return pulled;
  }

  #throughMiddleware(task: Task, bare: boolean): void | Promise<void> {
    const message = new PassingMessage('incoming', 'task', task.type, task.headers, task.data, this.#contextOf(task));
    const deliver = (): void => {
      const { subject: type, headers, body: data } = message;
      const isAsItCame = type === task.type && headers === task.headers && data === task.data;
      const arrived = new ArrivedMessage(message, this.pipeline.keepsAsyncContext);
      this.#worker.put({ task: isAsItCame ? task : { ...task, type, headers, data }, bare, arrived });
    };
    const description = (): string => `task '${task.type}' ${task.id}`;
    return this.receiveThroughMiddleware(message, deliver, description, (error) => {
      this.#taskFailed(task, error);
    });
  }

  /** Runs a task's handler. Neither throws nor rejects. */
  #work(pulled: Pulled): void | Promise<void> {
    const { task, arrived } = pulled;
    const observed = Operation.isObserved
      ? Operation.begin(
          this,
          'process',
          'task',
          task.type,
          this.#handlers.has(task.type) || this.#defaultHandler !== undefined,
        )
      : undefined;
    try {
      const result = arrived === undefined ? this.#process(task) : arrived.run(() => this.#process(task, arrived));
      if (isThenable(result)) {
        return Promise.resolve(result).then(
          () => {
            this.#over(pulled, undefined, observed);
          },
          (error: unknown) => {
            this.#taskFailed(task, error);
            this.#over(pulled, error, observed);
          },
        );
      }
      this.#over(pulled, undefined, observed);
    } catch (error) {
      if (!this.#handlers.has(task.type) && this.#defaultHandler === undefined)
        this.dropped('no-handler', `task '${task.type}' ${task.id}`);
      this.#taskFailed(task, error);
      this.#over(pulled, error, observed);
    }
    return undefined;
  }

  /** Somebody has it who asked for it. */
  #taken(pulled: Pulled): void {
    this.#over(pulled, undefined, undefined);
    if (Operation.isObserved) Operation.happened(this, 'receive', 'task', pulled.task.type);
  }

  #over({ arrived }: Pulled, error: unknown, observed: Operation | undefined): void {
    observed?.end(error);
    if (arrived !== undefined) this.pipeline.settle(arrived.message, error);
  }

  #process(task: Task, arrived?: ArrivedMessage): unknown {
    const handler = this.#handlers.get(task.type) ?? this.#defaultHandler;
    if (handler === undefined) {
      throw badOption(
        `there is no handler for tasks of the type '${task.type}'; register one with registerTaskHandler('${task.type}', handler)`,
      );
    }
    return handler(task, this.#contextOf(task, arrived?.message.principal));
  }

  #contextOf({ type, headers, id }: Task, principal?: Principal): TaskContext {
    const facts = {
      headers,
      peer: undefined,
      principal,
      deadline: Infinity,
      requestId: id,
      cancellation: this.#worker.cancellation,
    };
    return new TaskContext(type, facts);
  }

  #taskFailed(task: Task, error: unknown): void {
    this.failed(error, `task '${task.type}' ${task.id}`);
    this.emit('taskFailed', { task, error });
  }
}
