/** Fetches items and works on them, so many at a time, until it is stopped. */
export class WorkLoop {
  readonly #stop = new AbortController();
  readonly #fetch: (signal: AbortSignal) => Promise<unknown>;
  readonly #work: (item: never) => Promise<void>;
  readonly #lanes: Promise<void>[] = [];
  readonly #concurrency: number;
  #idleLanes = 0;

  /**
   * @param concurrency how many at a time, from 1 on; `Infinity` starts as many as there are items.
   * @param fetch resolves with the next item; rejects when the signal aborts or there will be none.
   * @param work must not reject.
   */
  constructor(
    concurrency: number,
    fetch: (signal: AbortSignal) => Promise<unknown>,
    work: (item: never) => Promise<void>,
  ) {
    this.#concurrency = concurrency;
    this.#fetch = fetch;
    this.#work = work;
    this.#addLane();
  }

  /** How many items are worked on. */
  get running(): number {
    return this.#lanes.length - this.#idleLanes;
  }

  /** Fetches nothing more. Resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#lanes);
  }

  /** Lanes are added as they are needed: a lane that has found work leaves nobody waiting behind it. */
  #addLane(): void {
    if (this.#lanes.length < this.#concurrency && !this.#stop.signal.aborted) this.#lanes.push(this.#run());
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#idleLanes += 1;
      let item: unknown;
      try {
        item = await this.#fetch(this.#stop.signal);
      } catch {
        return;
      }
      this.#idleLanes -= 1;
      if (this.#idleLanes === 0) this.#addLane();
      await this.#work(item as never);
    }
  }
}
