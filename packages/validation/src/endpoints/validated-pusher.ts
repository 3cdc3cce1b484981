import { Pusher, type NewTask, type PushOptions, type SendOptions } from '@liberzmq/core';
import { Models } from '../models.js';
import type { Schema } from '../schema/schema.js';
import { OutgoingChecks, together } from './outgoing-checks.js';

/** The type of values that are pushed without an envelope. */
const UNKNOWN_TYPE = 'unknown';
const BATCH = 'the batch of tasks';

/**
 * A pusher that checks the data of tasks. What is not valid rejects with `INVALID_INPUT`, and nothing of it is sent. Types without a model are not checked.
 * @example
 * ```ts
 * const pusher = new ValidatedPusher({ address: 'tcp://127.0.0.1:5557' });
 * pusher.registerTaskModel('resize', Type.Object({ file: Type.String() }));
 * await pusher.pushTask('resize', { file: 'a.png' });
 * ```
 */
export class ValidatedPusher extends Pusher {
  readonly #models = new Models();
  readonly #checks = new OutgoingChecks(() => {
    this.counter.failed('INVALID_INPUT');
  });

  /**
   * Sets the schema of the data of a task type; values that are pushed with `pushSimple` have the type `unknown`. A second one takes the place of the first.
   * @throws ConfigurationError BAD_OPTION
   */
  registerTaskModel(type: string, schema: Schema): this {
    this.#models.addExact(type, schema);
    return this;
  }

  /** @throws ValidationError INVALID_INPUT; and as `pushTask` of a {@link Pusher} does */
  override pushTask(task: NewTask, options?: PushOptions): Promise<string>;
  override pushTask(type: string, data?: unknown, options?: PushOptions): Promise<string>;
  override pushTask(first: string | NewTask, second?: unknown, third?: PushOptions): Promise<string> {
    if (typeof first === 'string') return this.#push(first, second, third, first);
    const options = second as PushOptions | undefined;
    const { type, data } = (first as NewTask | null) ?? {};
    return this.#push(type ?? '', data, options, first);
  }

  /** All are checked before the first is sent. @throws as {@link pushTask} does */
  override async pushBatch(tasks: readonly NewTask[], options?: PushOptions): Promise<string[]> {
    if (!Array.isArray(tasks)) return super.pushBatch(tasks, options);
    const given = tasks as readonly (NewTask | null | undefined)[];
    const checks = this.#checks;
    const check = together(
      given.map((task) => this.#models.of(task?.type ?? '')?.checkInput(task?.data) ?? { value: task?.data }),
    );
    const push = (data: unknown, left: PushOptions | undefined): Promise<string[]> =>
      Promise.all(given.map((task, index) => this.#pushChecked(task as NewTask, (data as unknown[])[index], left)));
    if (check instanceof Promise || checks.isBusy) return checks.inTurn(BATCH, check, options, push);
    if (check.issues !== undefined) throw checks.refuse(BATCH, check);
    return push(check.value, options);
  }

  /** @throws as {@link pushTask} does */
  override async pushSimple(data: unknown, options: SendOptions = {}): Promise<void> {
    const check = this.#models.of(UNKNOWN_TYPE)?.checkInput(data) ?? { value: data };
    if (!(check instanceof Promise) && !this.#checks.isBusy) {
      if (check.issues !== undefined) throw this.#checks.refuse(describe(UNKNOWN_TYPE), check);
      return super.pushSimple(check.value, options);
    }
    return this.#checks.inTurn(describe(UNKNOWN_TYPE), check, options, (value, left) => super.pushSimple(value, left));
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#checks.close(this.closedError());
  }

  #push(type: string, data: unknown, options: PushOptions | undefined, given: string | NewTask): Promise<string> {
    const checks = this.#checks;
    const check = this.#models.of(type)?.checkInput(data);
    if (check instanceof Promise || checks.isBusy) {
      return checks.inTurn(describe(type), check ?? { value: data }, options, (value, left) =>
        this.#pushChecked(given, value, left),
      );
    }
    if (check?.issues !== undefined) return Promise.reject(checks.refuse(describe(type), check));
    return this.#pushChecked(given, check === undefined ? data : check.value, options);
  }

  #pushChecked(given: string | NewTask, data: unknown, options: PushOptions | undefined): Promise<string> {
    if (typeof given === 'string') return super.pushTask(given, data, options);
    return super.pushTask((given as NewTask | null)?.data === data ? given : { ...given, data }, options);
  }
}

function describe(type: string): string {
  return `the task '${type}'`;
}
