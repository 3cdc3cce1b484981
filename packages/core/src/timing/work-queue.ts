/** Whether something is a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** What a work queue asks of its owner. */
export interface WorkQueueSettings<T> {
  /** Works on an item; a promise that it returns is waited for. Must neither throw nor reject. */
  work(item: T): void | Promise<void>;
  /** Told when more items are wanted than before. */
  onDemand(): void;
}

/** Works on items in their order, so many at a time. An item whose work is done at once costs neither a promise nor a turn. */
export class WorkQueue<T> {
  readonly #settings: WorkQueueSettings<T>;
  readonly #concurrency: number;
  #items: T[] = [];
  /** Items before it have been taken. */
  #head = 0;
  #running = 0;
  #stopped = false;
  #starting = false;
  #onIdle: (() => void) | undefined;

  /** @param concurrency how many at a time, from 1 on; `Infinity` is allowed. */
  constructor(concurrency: number, settings: WorkQueueSettings<T>) {
    this.#concurrency = concurrency;
    this.#settings = settings;
  }

  /** How many items are worked on. */
  get running(): number {
    return this.#running;
  }

  /** Whether an item that came now would be worked on at once. */
  get wantsMore(): boolean {
    return !this.#stopped && this.#running < this.#concurrency && this.#head === this.#items.length;
  }

  put(item: T): void {
    this.#items.push(item);
    this.#startNext();
  }

  /** Starts nothing more. Resolves when what runs has ended, with what was not begun. */
  async stop(): Promise<T[]> {
    this.#stopped = true;
    const left = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    return left;
  }

  /** Work that ends at once comes back here: the loop that runs goes on with the next item. */
  #startNext(): void {
    if (this.#starting) return;
    this.#starting = true;
    while (!this.#stopped && this.#running < this.#concurrency && this.#head < this.#items.length) {
      const item = this.#items[this.#head] as T;
      this.#head += 1;
      const done = this.#settings.work(item);
      if (done !== undefined) this.#waitFor(done);
    }
    this.#starting = false;
    if (this.#head < this.#items.length || this.#head === 0) return;
    this.#items = [];
    this.#head = 0;
  }

  #waitFor(done: Promise<void>): void {
    this.#running += 1;
    void done.then(() => {
      this.#running -= 1;
      this.#startNext();
      if (this.#running === 0) this.#onIdle?.();
      if (this.wantsMore) this.#settings.onDemand();
    });
  }
}
