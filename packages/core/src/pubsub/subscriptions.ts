import { PrefixCounts } from './prefix-counts.js';
import type { Subscription, TopicHandler } from './subscriber-options.js';
import type { TopicPattern } from './topic-pattern.js';

interface Registration {
  readonly pattern: TopicPattern;
  readonly handler: TopicHandler | undefined;
  /** When it came, on the clock of the subscriptions. */
  readonly since: number;
}

/** What arrives on one topic goes to these. Kept until a subscription changes. */
export interface Route {
  readonly isSubscribed: boolean;
  readonly handlers: readonly TopicHandler[];
}

/** Who hears of subscriptions that come and go. */
export interface SubscriptionsOwner {
  /** The first subscription with this prefix has come, or the last has gone. */
  onPrefix(prefix: string, isWanted: boolean): void;
  onChanged(): void;
}

/** Topics whose routes are kept; beyond, all are found out anew. */
const MOST_ROUTES = 10_000;

/** What a subscriber is subscribed to, and who is to be given it. */
export class Subscriptions {
  readonly #owner: SubscriptionsOwner;
  /** In the order in which they came. */
  readonly #registrations = new Set<Registration>();
  readonly #prefixes = new PrefixCounts();
  readonly #routes = new Map<string, Route>();
  #clock = 0;
  /** When the last handler came. */
  #newestHandler = 0;

  constructor(owner: SubscriptionsOwner) {
    this.#owner = owner;
  }

  get size(): number {
    return this.#registrations.size;
  }

  /** The time now. It counts subscriptions, and what else has to be told earlier or later than they are. */
  get clock(): number {
    return this.#clock;
  }

  /** Goes on to a time at which nothing has happened yet. */
  tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  /** The prefixes that are subscribed to on the wire, each once. */
  *prefixes(): Generator<string> {
    for (const [prefix] of this.#prefixes) yield prefix;
  }

  /** The patterns, each once. */
  patterns(): string[] {
    return [...new Set([...this.#registrations].map(({ pattern }) => pattern.text))];
  }

  /** The patterns for which a handler has come later than this. */
  patternsOfNewcomers(moment: number): string[] {
    const newcomers = [...this.#registrations].filter(({ handler, since }) => handler !== undefined && since > moment);
    return [...new Set(newcomers.map(({ pattern }) => pattern.text))];
  }

  add(pattern: TopicPattern, handler: TopicHandler | undefined): Subscription {
    const registration: Registration = { pattern, handler, since: this.tick() };
    this.#registrations.add(registration);
    if (handler !== undefined) this.#newestHandler = registration.since;
    const { prefix } = pattern;
    this.#prefixes.add(prefix);
    if (this.#prefixes.count(prefix) === 1) this.#owner.onPrefix(prefix, true);
    this.#changed();
    const unsubscribe = (): void => {
      this.#remove(registration);
    };
    return { pattern: pattern.text, unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** Ends those with this pattern and handler; without a handler, all with the pattern. @returns whether there were any */
  remove(text: string, handler?: TopicHandler): boolean {
    const found = [...this.#registrations].filter(
      (each) => each.pattern.text === text && (handler === undefined || each.handler === handler),
    );
    for (const registration of found) this.#remove(registration);
    return found.length > 0;
  }

  isSubscribed(topic: string): boolean {
    for (const { pattern } of this.#registrations) if (pattern.matches(topic)) return true;
    return false;
  }

  routeOf(topic: string): Route {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    const matching = [...this.#registrations].filter(({ pattern }) => pattern.matches(topic));
    const handlers = new Set<TopicHandler>();
    for (const { handler } of matching) if (handler !== undefined) handlers.add(handler);
    const route: Route = { isSubscribed: matching.length > 0, handlers: [...handlers] };
    if (this.#routes.size >= MOST_ROUTES) this.#routes.clear();
    this.#routes.set(topic, route);
    return route;
  }

  /** The handlers for a topic that have come later than this. One that was there with another subscription is not among them. */
  newcomers(topic: string, moment: number): readonly TopicHandler[] {
    if (this.#newestHandler <= moment) return [];
    const newcomers = new Set<TopicHandler>();
    for (const { pattern, handler, since } of this.#registrations) {
      if (handler !== undefined && since > moment && pattern.matches(topic)) newcomers.add(handler);
    }
    for (const { pattern, handler, since } of this.#registrations) {
      if (handler !== undefined && since <= moment && pattern.matches(topic)) newcomers.delete(handler);
    }
    return [...newcomers];
  }

  #remove(registration: Registration): void {
    if (!this.#registrations.delete(registration)) return;
    const { prefix } = registration.pattern;
    this.#prefixes.remove(prefix);
    if (this.#prefixes.count(prefix) === 0) this.#owner.onPrefix(prefix, false);
    this.#changed();
  }

  #changed(): void {
    this.#routes.clear();
    this.#owner.onChanged();
  }
}
