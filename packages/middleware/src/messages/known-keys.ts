import { Shares } from './shares.js';

/** Something that is kept under a key. */
export interface Keyed {
  /** What has the same key has the same holder. */
  readonly key: string;
  /** Whose it is: who has most of them gives up what has to go. */
  readonly holder: string | undefined;
}

/** What was begun under a key, while it runs and for a while after. Has no clock: it is told what time it is. */
export class KnownKeys<T extends Keyed> {
  readonly #windowMs: number;
  readonly #max: number;
  readonly #running = new Map<string, T>();
  /** In the order in which they have ended, and so in that in which their time is up. */
  readonly #ended = new Map<string, { readonly item: T; readonly expiresAt: number }>();
  readonly #shares = new Shares();

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
      this.#forgetEnded(ended);
    }
    return this.#running.get(key) ?? this.#ended.get(key)?.item;
  }

  /** Makes room for one more of a holder, if need be, as {@link Shares.toGoFor} says. @returns whether there is room */
  makeRoom(holder: string | undefined): boolean {
    if (this.size < this.#max) return true;
    const key = this.#shares.toGoFor(holder);
    if (key === undefined) return false;
    this.#forgetEnded(key);
    return true;
  }

  running(item: T): void {
    this.#forgetEnded(item.key);
    if (!this.#running.has(item.key)) this.#shares.begun(item.holder);
    this.#running.set(item.key, item);
  }

  /** From now on its time runs. */
  ended(item: T, now: number): void {
    this.forget(item);
    this.#forgetEnded(item.key);
    this.#ended.set(item.key, { item, expiresAt: now + this.#windowMs });
    this.#shares.add(item.holder, item.key);
  }

  /** As if it had never been. */
  forget(item: T): void {
    if (this.#running.get(item.key) === item) {
      this.#running.delete(item.key);
      this.#shares.over(item.holder);
    }
    if (this.#ended.get(item.key)?.item === item) this.#forgetEnded(item.key);
  }

  #forgetEnded(key: string): void {
    const known = this.#ended.get(key);
    if (known === undefined) return;
    this.#ended.delete(key);
    this.#shares.remove(known.item.holder, key);
  }
}
