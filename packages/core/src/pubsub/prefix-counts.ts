/** What the peers of a publisher are subscribed to, by prefix, counted as they come and go. */
export class PrefixCounts {
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#counts.size;
  }

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

  /** Whether somebody would receive this topic. Without a topic: whether anybody is subscribed to anything. */
  covers(topic: string | undefined): boolean {
    if (topic === undefined) return this.#counts.size > 0;
    for (const prefix of this.#counts.keys()) if (topic.startsWith(prefix)) return true;
    return false;
  }

  /** The prefixes, and how many times each is subscribed. */
  list(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  [Symbol.iterator](): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }
}
