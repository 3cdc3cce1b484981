/** Something that is kept under a key. */
interface Keyed {
  readonly key: string;
}

/** What was begun under a key, while it runs and for a while after. Has no clock: it is told what time it is. */
export class KnownKeys<T extends Keyed> {
  readonly #windowMs: number;
  readonly #max: number;
  readonly #running = new Map<string, T>();
  /** In the order in which they have ended, and so in that in which their time is up. */
  readonly #ended = new Map<string, { readonly item: T; readonly expiresAt: number }>();

  constructor(windowMs: number, max: number) {
    this.#windowMs = windowMs;
    this.#max = max;
  }

  get size(): number {
    return this.#running.size + this.#ended.size;
  }

  find(key: string, now: number): T | undefined {
    for (const [ended, { expiresAt }] of this.#ended) {
      if (expiresAt > now) break;
      this.#ended.delete(ended);
    }
    return this.#running.get(key) ?? this.#ended.get(key)?.item;
  }

  /** Makes room for one more, if need be: the one goes that ended longest ago. @returns whether there is room */
  makeRoom(): boolean {
    if (this.size < this.#max) return true;
    const { value: oldest, done } = this.#ended.keys().next();
    return done !== true && this.#ended.delete(oldest);
  }

  running(item: T): void {
    this.#ended.delete(item.key);
    this.#running.set(item.key, item);
  }

  /** From now on its time runs. */
  ended(item: T, now: number): void {
    this.forget(item);
    this.#ended.delete(item.key);
    this.#ended.set(item.key, { item, expiresAt: now + this.#windowMs });
  }

  /** As if it had never been. */
  forget(item: T): void {
    if (this.#running.get(item.key) === item) this.#running.delete(item.key);
    if (this.#ended.get(item.key)?.item === item) this.#ended.delete(item.key);
  }
}
