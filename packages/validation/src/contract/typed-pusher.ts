import type { Closable, CloseOptions, NewTask, PushOptions } from '@liberzmq/core';
import { badOption } from '../options.js';
import type { Input } from '../schema/schema.js';
import { ContractSender } from './contract-sender.js';
import type { Actions, Contract, Tasks, Topics } from './contract.js';
import { compiledContract } from './define-contract.js';

/** Something that takes tasks: a `Pusher`. */
export interface TaskSender extends Closable {
  pushTask(type: string, data?: unknown, options?: PushOptions): Promise<string>;
  pushBatch(tasks: readonly NewTask[], options?: PushOptions): Promise<string[]>;
}

/** A task of a contract, to be pushed. */
export type NewTypedTask<K extends Tasks> = {
  [N in keyof K & string]: NewTask & { readonly type: N; readonly data: Input<K[N]['data']> };
}[keyof K & string];

/** Hands out a contract's tasks. */
export interface TypedPusher<K extends Tasks> {
  /**
   * Pushes a task. Resolves with its id.
   * @throws ValidationError INVALID_INPUT, `not-sent`; ConfigurationError BAD_OPTION for a type that the contract does not have; and as the pusher does
   */
  pushTask<N extends keyof K & string>(type: N, data: Input<K[N]['data']>, options?: PushOptions): Promise<string>;
  /** Pushes tasks in their order, after all of them have been checked. Resolves with their ids. @throws as {@link pushTask} does; then none has been pushed */
  pushBatch(tasks: readonly NewTypedTask<K>[], options?: PushOptions): Promise<string[]>;
  /** Closes the pusher. */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A pusher of a contract's tasks: their data is typed, and checked before it is sent.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const pusher = typedPusher(new Pusher({ address: 'tcp://127.0.0.1:5557' }), images);
 * await pusher.pushTask('resize', { file: 'a.png', width: 640 });
 * ```
 */
export function typedPusher<K extends Tasks>(
  pusher: TaskSender,
  contract: Contract<Actions, Topics, K>,
): TypedPusher<K> {
  if (typeof (pusher as Partial<TaskSender> | null)?.pushTask !== 'function') {
    throw badOption('typedPusher: give it a pusher, and a contract');
  }
  const checked = new ContractSender<PushOptions, string>({
    where: 'typedPusher',
    noun: 'task',
    models: compiledContract('typedPusher', contract).tasks,
    names: Object.keys(contract.tasks),
    sender: pusher,
    send: (type, data, options) => pusher.pushTask(type, data, options),
  });
  return {
    pushTask: (type, data, options) => checked.send(type, data, options),
    async pushBatch(tasks, options) {
      if (!Array.isArray(tasks)) throw badOption('typedPusher: pushBatch takes an array of tasks');
      // The array may change while its tasks are checked.
      const given: readonly NewTask[] = [...(tasks as readonly NewTask[])];
      const items = given.map((task: NewTask | null) => ({ subject: task?.type ?? '', data: task?.data }));
      return checked.sendTogether('the batch of tasks', items, options, (values, left) =>
        pusher.pushBatch(
          given.map((task, index) => (task.data === values[index] ? task : { ...task, data: values[index] })),
          left,
        ),
      );
    },
    close: (options) => checked.close(options),
    [Symbol.asyncDispose]: () => checked.close(),
  };
}
