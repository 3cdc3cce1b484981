/** How many members are remembered at least: more than a balancer has, and few enough to stay small while members with new addresses come and go. */
const LEAST_KEPT = 1_024;

/**
 * What a strategy remembers of members, by their keys. Who is no candidate just now (it has failed a moment ago, or this request has been there already) is
 * remembered as well, so that its place is the same when it is back. Those that were not set for longest are forgotten when there are too many.
 */
export class MemberMemory<T> {
  readonly #values = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  /** Remembers it as the latest one. */
  set(key: string, value: T): void {
    this.#values.delete(key);
    this.#values.set(key, value);
  }

  /** @param candidates how many there are now. */
  trim(candidates: number): void {
    const most = Math.max(LEAST_KEPT, 2 * candidates);
    for (const key of this.#values.keys()) {
      if (this.#values.size <= most) return;
      this.#values.delete(key);
    }
  }
}
