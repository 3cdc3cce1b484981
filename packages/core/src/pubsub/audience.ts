import { inboxOf, type Announcement } from './announcement.js';
import { PrefixCounts } from './prefix-counts.js';
import { matchesAny, topicPattern, type TopicPattern } from './topic-pattern.js';

/** Who is subscribed, as {@link Publisher.subscribers} tells it. */
export interface SubscriberInfo {
  /** The id that it has announced; `undefined` for one that announces nothing, a plain SUB socket: it is known by its prefixes alone. */
  readonly id: string | undefined;
  /** Its patterns; of a plain one, the one prefix. */
  readonly patterns: readonly string[];
}

/** What an announcement has brought. */
export interface AnnouncedChange {
  /** The patterns that this subscriber had not announced before on its connection. */
  readonly added: readonly TopicPattern[];
  /** Whether it is a new subscriber, or wants something else than before. */
  readonly isNews: boolean;
}

/** How long a subscription may wait for the announcement that explains it. It comes right behind, if there is one. */
export const ANNOUNCEMENT_MS = 250;

/** Everybody who is subscribed to a publisher: those who have announced their patterns, and those who are known by their prefixes alone. */
export class Audience {
  readonly #prefixes = new PrefixCounts();
  /** When a prefix was last subscribed to, on the clock of `performance.now()`. */
  readonly #subscribedAt = new Map<string, number>();
  /** How often each inbox is listened to: more than once while an old connection of its subscriber has not ended. */
  readonly #inboxes = new PrefixCounts();
  readonly #announced = new Map<string, readonly TopicPattern[]>();
  /** Whose newest connection has not announced anything yet. */
  readonly #arriving = new Set<string>();
  /** Prefixes that the announced ones account for, once for each of their connections. */
  readonly #explained = new PrefixCounts();
  /** Grows with every change, so that what was found out about a topic can be kept until then. */
  version = 0;

  /** What peers are subscribed to on the wire, inboxes left out. */
  get prefixes(): Record<string, number> {
    return this.#prefixes.list();
  }

  /** What peers are subscribed to on the wire, inboxes too: each as many times as it is. */
  *subscriptions(): Generator<string> {
    for (const [prefix, count] of this.#prefixes) for (let left = count; left > 0; left -= 1) yield prefix;
    for (const [id, count] of this.#inboxes) for (let left = count; left > 0; left -= 1) yield inboxOf(id);
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

  /** An inbox is listened to, on a connection that has its prefixes as well. */
  openInbox(id: string): void {
    this.version += 1;
    this.#inboxes.add(id);
    this.#arriving.add(id);
    for (const prefix of prefixesOf(this.#announced.get(id))) this.#explained.add(prefix);
  }

  /** A connection on which an inbox was listened to has ended. @returns whether a subscriber that had announced itself is gone with it */
  closeInbox(id: string): boolean {
    this.version += 1;
    for (const prefix of prefixesOf(this.#announced.get(id))) this.#explained.remove(prefix);
    this.#inboxes.remove(id);
    if (this.#inboxes.count(id) > 0) return false;
    this.#arriving.delete(id);
    return this.#announced.delete(id);
  }

  hasInbox(id: string): boolean {
    return this.#inboxes.count(id) > 0;
  }

  announce({ id, patterns }: Announcement): AnnouncedChange {
    const before = this.#announced.get(id);
    const now = patterns.map(topicPattern);
    this.#announced.set(id, now);
    for (let connections = this.#inboxes.count(id); connections > 0; connections -= 1) {
      for (const prefix of prefixesOf(before)) this.#explained.remove(prefix);
      for (const prefix of prefixesOf(now)) this.#explained.add(prefix);
    }
    this.version += 1;
    const known = new Set(before?.map(({ text }) => text));
    const unknown = now.filter(({ text }) => !known.has(text));
    const isNews = before === undefined || unknown.length > 0 || known.size > now.length;
    return { added: this.#arriving.delete(id) ? now : unknown, isNews };
  }

  hasAnnounced(id: string): boolean {
    return this.#announced.has(id);
  }

  /** Whether a message on this topic may have a receiver. */
  covers(topic: string): boolean {
    for (const patterns of this.#announced.values()) if (matchesAny(patterns, topic)) return true;
    for (const [prefix] of this.#plain()) if (topic.startsWith(prefix)) return true;
    return false;
  }

  /** How many subscribers there are, to a topic or at all. A plain one counts once for each prefix that covers it. */
  count(topic?: string): number {
    let count = 0;
    for (const patterns of this.#announced.values()) {
      if (topic === undefined || matchesAny(patterns, topic)) count += 1;
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

  /** How many subscriptions nobody has announced in time. */
  get plainCount(): number {
    let count = 0;
    for (const [prefix, plain] of this.#plain()) if (this.#isSettled(prefix)) count += plain;
    return count;
  }

  /** Whether there are subscriptions whose announcement may still come. */
  get isSettling(): boolean {
    for (const [prefix] of this.#plain()) if (!this.#isSettled(prefix)) return true;
    return false;
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
}

/** What a subscriber subscribes to on the wire for its patterns: each prefix once. */
function prefixesOf(patterns: readonly TopicPattern[] = []): ReadonlySet<string> {
  return new Set(patterns.map(({ prefix }) => prefix));
}
