/** An event with its type, as the iterator gives it. */
export type TypedEvent<Events> = { [K in keyof Events]: { readonly type: K } & Events[K] }[keyof Events];

type Listener = (event: never) => void;

/** Events that lie ready for a slow iterator; beyond, the oldest go. */
const ITERATOR_BUFFER = 1_000;

/** Typed events, to listen to or to iterate over. */
export class EventHub<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>();
  readonly #iterators = new Set<(event: TypedEvent<Events>) => void>();
  readonly #onEnd = new Set<() => void>();
  #ended = false;

  on<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): void {
    let listeners = this.#listeners.get(type);
    if (listeners === undefined) this.#listeners.set(type, (listeners = new Set()));
    listeners.add(listener);
  }

  off<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): void {
    this.#listeners.get(type)?.delete(listener);
  }

  /** Whether anybody would hear of such an event: for those that are worth nothing unheard. */
  isHeard(type: keyof Events): boolean {
    return this.#iterators.size > 0 || (this.#listeners.get(type)?.size ?? 0) > 0;
  }

  /** A listener that throws is the application's bug: it becomes an uncaught exception, and harms nobody here. */
  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    const listeners = this.#listeners.get(type);
    if (listeners !== undefined) {
      for (const listener of [...listeners]) {
        try {
          (listener as (event: unknown) => void)(event);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
    for (const push of this.#iterators) push({ type, ...event });
  }

  /** Ends all iterators. */
  end(): void {
    this.#ended = true;
    for (const end of [...this.#onEnd]) end();
  }

  iterate(): AsyncIterableIterator<TypedEvent<Events>> {
    type Result = IteratorResult<TypedEvent<Events>, undefined>;
    const buffer: TypedEvent<Events>[] = [];
    const waiting: ((result: Result) => void)[] = [];
    let done = this.#ended;
    const push = (event: TypedEvent<Events>): void => {
      const next = waiting.shift();
      if (next !== undefined) {
        next({ done: false, value: event });
        return;
      }
      if (buffer.length >= ITERATOR_BUFFER) buffer.shift();
      buffer.push(event);
    };
    const stop = (): void => {
      done = true;
      this.#iterators.delete(push);
      this.#onEnd.delete(stop);
      for (const next of waiting.splice(0)) next({ done: true, value: undefined });
    };
    if (!done) {
      this.#iterators.add(push);
      this.#onEnd.add(stop);
    }
    const iterator: AsyncIterableIterator<TypedEvent<Events>> = {
      next() {
        const event = buffer.shift();
        if (event !== undefined) return Promise.resolve({ done: false, value: event });
        if (done) return Promise.resolve({ done: true, value: undefined });
        return new Promise<Result>((resolve) => {
          waiting.push(resolve);
        });
      },
      return() {
        buffer.length = 0;
        stop();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }
}
