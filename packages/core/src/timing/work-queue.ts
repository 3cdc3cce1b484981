/** What a work queue asks of its owner. */
export interface WorkQueueSettings<T> {
  /** Works on an item; a promise that it returns is waited for. Must neither throw nor reject. */
  work(item: T): void | Promise<void>;
  /** Told when more items are wanted than before. */
  onDemand(): void;
}

/** How long items whose work is done at once may keep the event loop from its turn. */
const LONGEST_MS = 10;
/** After so many of them, the clock is looked at. */
const ITEMS_A_LOOK = 8;

/** Works on items in their order, so many at a time. An item whose work is done at once costs neither a promise nor, as long as there are not too many, a turn. */
export class WorkQueue<T> {
  readonly #settings: WorkQueueSettings<T>;
  readonly #concurrency: number;
  #items: T[] = [];
  /** Items before it have been taken. */
  #head = 0;
  #running = 0;
  #stopped = false;
  #starting = false;
  /** The event loop has its turn. */
  #resting = false;
  #restedAt = 0;
  /** Items whose work was done at once. */
  #doneAtOnce = 0;
  readonly #waiting: (() => void)[] = [];

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
    return this.#isFree && this.#head === this.#items.length;
  }

  put(item: T): void {
    if (this.#starting || !this.wantsMore) {
      this.#items.push(item);
      return;
    }
    this.#starting = true;
    this.#start(item);
    this.#starting = false;
    // Its own work may have put more here, or waits for the end of it.
    if (this.#items.length > 0 || this.#waiting.length > 0) this.#startNext();
  }

  /** Starts nothing more. @returns what was not begun, in order */
  stop(): T[] {
    this.#stopped = true;
    const left = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return left;
  }

  /** Resolves when nothing is worked on, and nothing waits for that. */
  async idle(): Promise<void> {
    if (!this.#isIdle) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#running === 0 && this.#head === this.#items.length;
  }

  get #isFree(): boolean {
    return !this.#stopped && !this.#resting && this.#running < this.#concurrency;
  }

  /** Work that ends at once comes back here: the loop that runs goes on with the next item. */
  #startNext(): void {
    if (this.#starting) return;
    this.#starting = true;
    while (this.#isFree && this.#head < this.#items.length) {
      const item = this.#items[this.#head] as T;
      this.#head += 1;
      this.#start(item);
    }
    this.#starting = false;
    if (this.#head < this.#items.length) return;
    if (this.#head > 0) this.#items = [];
    this.#head = 0;
    if (this.#isIdle && this.#waiting.length > 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #start(item: T): void {
    const done = this.#settings.work(item);
    if (done === undefined) this.#restAfterLong();
    else this.#waitFor(done);
  }

  #waitFor(done: Promise<void>): void {
    this.#running += 1;
    void done.then(() => {
      this.#running -= 1;
      this.#goOn();
    });
  }

  #restAfterLong(): void {
    this.#doneAtOnce += 1;
    if (this.#doneAtOnce % ITEMS_A_LOOK !== 0 || performance.now() - this.#restedAt < LONGEST_MS) return;
    this.#resting = true;
    setImmediate(() => {
      this.#resting = false;
      this.#restedAt = performance.now();
      this.#goOn();
    });
  }

  #goOn(): void {
    this.#startNext();
    if (this.wantsMore) this.#settings.onDemand();
  }
}
