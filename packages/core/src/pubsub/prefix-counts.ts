/** What the peers of a publisher are subscribed to, by prefix, counted as they come and go. */
export class PrefixCounts {
  readonly #counts = new Map<string, number>();

  add(prefix: string): void {
    this.#counts.set(prefix, (this.#counts.get(prefix) ?? 0) + 1);
  }

  remove(prefix: string): void {
    const count = this.#counts.get(prefix) ?? 0;
    if (count > 1) this.#counts.set(prefix, count - 1);
    else this.#counts.delete(prefix);
  }

  /** How many times a prefix is subscribed. */
  count(prefix: string): number {
    return this.#counts.get(prefix) ?? 0;
  }

  /** The prefixes, and how many times each is subscribed. */
  list(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  [Symbol.iterator](): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }
}
