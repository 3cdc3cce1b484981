import {
  getLogger,
  type CloseOptions,
  type Puller,
  type StartWorkerOptions,
  type StopWorkerOptions,
  type Task,
  type TaskContext,
  type TaskHandler,
  type WaitOptions,
} from '@liberzmq/core';
import { badOption } from '../options.js';
import type { Output } from '../schema/schema.js';
import { whatIsLeft } from '../time-limit.js';
import type { Actions, Contract, Tasks, Topics } from './contract.js';
import { compiledContract } from './define-contract.js';
import { checkIncoming, type IncomingContract, type TypedReceiverOptions } from './incoming-contract.js';

/** A task of a contract, as its handler gets it. */
export type TypedTask<K extends Tasks, N extends keyof K & string> = Task & {
  readonly type: N;
  readonly data: Output<K[N]['data']>;
};

/** Any task of a contract. Comparing its type tells the type of its data. */
export type AnyTypedTask<K extends Tasks> = { [N in keyof K & string]: TypedTask<K, N> }[keyof K & string];

/** Works on a contract's tasks. */
export interface TypedPuller<K extends Tasks> extends AsyncIterable<AnyTypedTask<K>> {
  /** Tasks so far whose data was not as the contract says. */
  readonly invalid: number;
  /**
   * Sets what works on tasks of a type.
   * @throws ConfigurationError BAD_OPTION for a type that the contract does not have, or that has a handler already
   */
  registerTaskHandler<N extends keyof K & string>(
    type: N,
    handler: (task: TypedTask<K, N>, context: TaskContext) => unknown,
  ): this;
  /** Starts working. @throws as the puller does */
  startWorker(options?: StartWorkerOptions): Promise<this>;
  /** Stops working. @throws as the puller does */
  stopWorker(options?: StopWorkerOptions): Promise<void>;
  /**
   * The next task. One of a type that the contract does not have goes to the puller's own handler; if it has none, that is logged.
   * @throws as the puller does
   */
  pullTask(options?: WaitOptions): Promise<AnyTypedTask<K>>;
  /** Closes the puller. */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A puller of a contract's tasks: their data is typed, and checked before a handler gets it.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const puller = typedPuller(new Puller({ address: 'tcp://127.0.0.1:5557' }), images);
 * puller.registerTaskHandler('resize', ({ data }) => resize(data.file, data.width));
 * await puller.startWorker();
 * ```
 */
export function typedPuller<K extends Tasks>(
  puller: Puller,
  contract: Contract<Actions, Topics, K>,
  options: TypedReceiverOptions = {},
): TypedPuller<K> {
  if (typeof (puller as Partial<Puller> | null)?.registerTaskHandler !== 'function') {
    throw badOption('typedPuller: give it a puller, and a contract');
  }
  const models = compiledContract('typedPuller', contract).tasks;
  const incoming = checkIncoming('typedPuller', puller, { contract, models }, options);
  return new ContractPuller(puller, Object.keys(contract.tasks), incoming) as unknown as TypedPuller<K>;
}

const log = getLogger('liberzmq:contract');

/** The same, before a contract types it. */
type Untyped<P> = Omit<P, 'registerTaskHandler' | 'startWorker'>;

class ContractPuller implements Untyped<TypedPuller<Tasks>> {
  readonly #puller: Puller;
  readonly #types: readonly string[];
  readonly #incoming: IncomingContract;

  constructor(puller: Puller, types: readonly string[], incoming: IncomingContract) {
    this.#puller = puller;
    this.#types = types;
    this.#incoming = incoming;
  }

  get invalid(): number {
    return this.#incoming.invalid;
  }

  registerTaskHandler(type: string, handler: TaskHandler): this {
    const given: unknown = type;
    const types = this.#types;
    if (!types.includes(type)) {
      throw badOption(`typedPuller: the contract has no task '${String(given)}'; it has ${types.join(', ') || 'none'}`);
    }
    this.#puller.registerTaskHandler(type, handler);
    return this;
  }

  async startWorker(options?: StartWorkerOptions): Promise<this> {
    await this.#puller.startWorker(options);
    return this;
  }

  stopWorker(options?: StopWorkerOptions): Promise<void> {
    return this.#puller.stopWorker(options);
  }

  async pullTask(options?: WaitOptions): Promise<Task> {
    const started = performance.now();
    for (let left = options; ; left = whatIsLeft(options, started)) {
      const task = await this.#puller.pullTask(left);
      if (this.#types.includes(task.type)) return task;
      await this.#handOver(task);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Task, void, undefined> {
    for await (const task of this.#puller) {
      if (this.#types.includes(task.type)) yield task;
      else await this.#handOver(task);
    }
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#puller.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What the contract does not have is somebody else's work. */
  async #handOver(task: Task): Promise<void> {
    try {
      await this.#puller.processTask(task);
    } catch (error) {
      log.error({ err: error, task: task.id }, `a task of the type '${task.type}', which the contract does not have`);
    }
  }
}
