import type { Announcement } from './announcement.js';
import { PrefixCounts } from './prefix-counts.js';
import { topicPattern, type TopicPattern } from './topic-pattern.js';

/** Who is subscribed, as {@link Publisher.subscribers} tells it. */
export interface SubscriberInfo {
  /** The id that it has announced; `undefined` for one that announces nothing, a plain SUB socket: it is known by its prefixes alone. */
  readonly id: string | undefined;
  /** Its patterns; of a plain one, the one prefix. */
  readonly patterns: readonly string[];
}

/** How long a subscription may wait for the announcement that explains it. It comes right behind, if there is one. */
export const ANNOUNCEMENT_MS = 250;

/** Everybody who is subscribed to a publisher: those who have announced their patterns, and those who are known by their prefixes alone. */
export class Audience {
  readonly #prefixes = new PrefixCounts();
  /** When a prefix was last subscribed to, on the clock of `performance.now()`. */
  readonly #subscribedAt = new Map<string, number>();
  readonly #announced = new Map<string, readonly TopicPattern[]>();
  /** Prefixes that the announced ones account for. */
  readonly #explained = new PrefixCounts();
  /** Grows with every change, so that what was found out about a topic can be kept until then. */
  version = 0;

  /** What peers are subscribed to on the wire. */
  get prefixes(): Record<string, number> {
    return this.#prefixes.list();
  }

  subscribe(prefix: string): void {
    this.version += 1;
    this.#prefixes.add(prefix);
    this.#subscribedAt.set(prefix, performance.now());
  }

  unsubscribe(prefix: string): void {
    this.version += 1;
    this.#prefixes.remove(prefix);
    if (this.#prefixes.count(prefix) === 0) this.#subscribedAt.delete(prefix);
  }

  /** @returns the patterns that this subscriber had not announced before */
  announce({ id, patterns }: Announcement): readonly TopicPattern[] {
    const before = this.#announced.get(id) ?? [];
    this.#forget(before);
    const now = patterns.map(topicPattern);
    this.#announced.set(id, now);
    for (const prefix of prefixesOf(now)) this.#explained.add(prefix);
    this.version += 1;
    const known = new Set(before.map(({ text }) => text));
    return now.filter(({ text }) => !known.has(text));
  }

  /** A subscriber that had announced itself is gone. @returns whether it was known */
  leave(id: string): boolean {
    const patterns = this.#announced.get(id);
    if (patterns === undefined) return false;
    this.#forget(patterns);
    this.#announced.delete(id);
    this.version += 1;
    return true;
  }

  hasAnnounced(id: string): boolean {
    return this.#announced.has(id);
  }

  /** Whether a message on this topic may have a receiver. */
  covers(topic: string): boolean {
    return this.#prefixes.covers(topic);
  }

  /** How many subscribers there are, to a topic or at all. A plain one counts once for each prefix that covers it. */
  count(topic?: string): number {
    let count = 0;
    for (const patterns of this.#announced.values()) {
      if (topic === undefined || patterns.some((pattern) => pattern.matches(topic))) count += 1;
    }
    for (const [prefix, plain] of this.#plain()) {
      if (topic === undefined || prefix === topic || (topic.startsWith(prefix) && this.#isSettled(prefix)))
        count += plain;
    }
    return count;
  }

  list(): SubscriberInfo[] {
    const announced = [...this.#announced].map(([id, patterns]) => ({
      id,
      patterns: patterns.map(({ text }) => text),
    }));
    const plain = [...this.#plain()].flatMap(([prefix, count]) =>
      Array.from({ length: count }, () => ({ id: undefined, patterns: [prefix] })),
    );
    return [...announced, ...plain];
  }

  /** How many subscriptions nobody has announced. */
  get plainCount(): number {
    let count = 0;
    for (const [prefix, plain] of this.#plain()) if (this.#isSettled(prefix)) count += plain;
    return count;
  }

  *#plain(): Generator<[prefix: string, count: number]> {
    for (const [prefix, count] of this.#prefixes) {
      const plain = count - this.#explained.count(prefix);
      if (plain > 0) yield [prefix, plain];
    }
  }

  /** A prefix may stand for a narrower pattern whose announcement is still to come. */
  #isSettled(prefix: string): boolean {
    return performance.now() - (this.#subscribedAt.get(prefix) ?? 0) >= ANNOUNCEMENT_MS;
  }

  #forget(patterns: readonly TopicPattern[]): void {
    for (const prefix of prefixesOf(patterns)) this.#explained.remove(prefix);
  }
}

/** What a subscriber subscribes to on the wire for its patterns: each prefix once. */
function prefixesOf(patterns: readonly TopicPattern[]): ReadonlySet<string> {
  return new Set(patterns.map(({ prefix }) => prefix));
}
