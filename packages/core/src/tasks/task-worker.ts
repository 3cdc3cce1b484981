import type { Mailbox } from '../sockets/mailbox.js';
import { Cancellation } from '../timing/cancellation.js';
import { settledWithin } from '../timing/wait.js';
import { WorkQueue, type WorkQueueSettings } from '../timing/work-queue.js';

/** For `Puller.startWorker`. */
export interface StartWorkerOptions {
  /**
   * How many tasks may be with the handlers at once, from 1 on; `Infinity` is allowed.
   * @defaultValue 1
   */
  concurrency?: number | undefined;
}

/** For `Puller.stopWorker`. */
export interface StopWorkerOptions {
  /**
   * How long to wait for the handlers that run, in ms, before their signals abort. 0 aborts at once; `Infinity` waits for ever.
   * @defaultValue Infinity
   */
  graceMs?: number | undefined;
}

/** Works on tasks while it is started. Who waits for a task by hand comes first, and what nobody works on lies in the mailbox. */
export class TaskWorker<T> {
  readonly #mailbox: Mailbox<T>;
  readonly #settings: WorkQueueSettings<T>;
  #cancellation = new Cancellation();
  #working: WorkQueue<T> | undefined;
  /** Was told to stop, and may still work off what it has. */
  #stopping: WorkQueue<T> | undefined;

  constructor(mailbox: Mailbox<T>, settings: WorkQueueSettings<T>) {
    this.#mailbox = mailbox;
    this.#settings = settings;
  }

  get isStarted(): boolean {
    return this.#working !== undefined;
  }

  /** Whether it is started, or still works off what it has. */
  get isBusy(): boolean {
    return this.#working !== undefined || this.#stopping !== undefined;
  }

  get wantsMore(): boolean {
    return this.#mailbox.wantsMore || this.#working?.wantsMore === true;
  }

  /** How many tasks are worked on. */
  get running(): number {
    return (this.#working?.running ?? 0) + (this.#stopping?.running ?? 0);
  }

  /** Tells those at work that nobody wants them to go on. */
  get cancellation(): Cancellation {
    return this.#cancellation;
  }

  /** Begins with what lies in the mailbox. */
  start({ concurrency = 1 }: StartWorkerOptions): void {
    this.#cancellation = new Cancellation();
    const queue = new WorkQueue<T>(concurrency, this.#settings);
    this.#working = queue;
    for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) queue.put(next);
  }

  put(task: T): void {
    if (this.#working === undefined || this.#mailbox.wantsMore) this.#mailbox.put(task);
    else this.#working.put(task);
  }

  /** Takes no more, and works off what is here already. What was not begun when the time is up goes to the mailbox. */
  async stop({ graceMs = Infinity }: StopWorkerOptions): Promise<void> {
    const queue = this.#working ?? this.#stopping;
    if (queue === undefined) return;
    const cancellation = this.#cancellation;
    this.#working = undefined;
    this.#stopping = queue;
    if (await settledWithin(this.#workOff(queue), graceMs)) return;
    for (const left of queue.stop()) this.#mailbox.put(left);
    cancellation.abort(new Error('the worker was stopped'));
  }

  /** Has a queue that gets no more do what it has, and what came while it was stopping. */
  async #workOff(queue: WorkQueue<T>): Promise<void> {
    await queue.idle();
    for (let next = this.#nextFor(queue); next !== undefined; next = this.#nextFor(queue)) {
      queue.put(next);
      if (!queue.wantsMore) await queue.idle();
    }
    await queue.idle();
    if (this.#stopping === queue) this.#stopping = undefined;
  }

  /** What lies here for a queue, if it takes anything at all. */
  #nextFor(queue: WorkQueue<T>): T | undefined {
    return queue.wantsMore ? this.#mailbox.shift() : undefined;
  }
}
