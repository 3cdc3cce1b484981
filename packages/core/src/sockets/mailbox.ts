import { ConnectionError } from '../errors/error-classes.js';
import { checkWaitOptions, waitFor, type Wait, type WaitOptions } from '../timing/wait.js';

/** What a mailbox needs to know. */
export interface MailboxSettings {
  /** Messages that are held ready for a loop. */
  readonly limit: number;
  /** What is in it, for messages of errors: `message`. */
  readonly noun: string;
  /** Told when more is wanted than before. */
  onDemand(): void;
}

/** Where messages wait to be fetched, one by one or in a `for await` loop. What is not fetched stays. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #settings: MailboxSettings;
  readonly #items: T[] = [];
  readonly #waiters = new Set<Wait<T>>();
  #loops = 0;
  #closed = false;

  constructor(settings: MailboxSettings) {
    this.#settings = settings;
  }

  /** Messages that lie here. */
  get size(): number {
    return this.#items.length;
  }

  /** Whether somebody waits, or a loop has room for more. */
  get wantsMore(): boolean {
    return this.#waiters.size > this.#items.length || (this.#loops > 0 && this.#items.length < this.#settings.limit);
  }

  /** Whether a loop runs or somebody waits, so that messages should come here at all. */
  get isWatched(): boolean {
    return this.#loops > 0 || this.#waiters.size > 0;
  }

  put(item: T): void {
    const [waiter] = this.#waiters;
    if (waiter === undefined) {
      this.#items.push(item);
      return;
    }
    waiter.resolve(item);
  }

  /** The next message. @throws TimeoutError TIMEOUT, CancelledError ABORTED, ConnectionError CLOSED */
  async take(where: string, options: WaitOptions = {}): Promise<T> {
    checkWaitOptions(where, options);
    if (options.signal?.aborted !== true) {
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#settings.onDemand();
        return item;
      }
      if (this.#closed) throw this.#closedError(where);
    }
    const waiter = waitFor<T>(`${where}: no ${this.#settings.noun} came`, options, (over) =>
      this.#waiters.delete(over),
    );
    if (!waiter.isOver) {
      this.#waiters.add(waiter);
      this.#settings.onDemand();
    }
    return waiter.promise;
  }

  /** Ends all loops once they have had what lies here, and rejects who waits. */
  close(where: string): void {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) waiter.reject(this.#closedError(where));
  }

  /** The next message that lies here, if one does. */
  shift(): T | undefined {
    return this.#items.shift();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    let running = true;
    this.#loops += 1;
    this.#settings.onDemand();
    const stop = (): void => {
      if (running) this.#loops -= 1;
      running = false;
    };
    const iterator: AsyncIterableIterator<T> = {
      next: async () => {
        if (!running || (this.#closed && this.#items.length === 0)) {
          stop();
          return { done: true, value: undefined };
        }
        try {
          return { done: false, value: await this.take('for await') };
        } catch (error) {
          stop();
          if (this.#closed) return { done: true, value: undefined };
          throw error;
        }
      },
      return: () => {
        stop();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #closedError(where: string): ConnectionError {
    return new ConnectionError('CLOSED', `${where}: the endpoint is closed`);
  }
}
