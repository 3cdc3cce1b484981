import { LinkedQueue } from '../timing/linked-queue.js';
import { TopicLog, type KeptMessage } from './topic-log.js';
import { matchesAny, type TopicPattern } from './topic-pattern.js';

/** Topics that a publisher remembers, or a subscriber of all its publishers; those go that have not been used for longest. */
export const MOST_TOPICS = 100_000;

/** What one subscriber is to be sent of a topic. */
export interface KeptOfTopic {
  readonly topic: string;
  /** Said first, if the subscriber knows an older number: what its next numbers come behind. */
  readonly start: number | undefined;
  readonly messages: readonly KeptMessage[];
}

/** The topics of a publisher: their numbers, and what is kept of each. There may be no end of them, but there must be one of what is remembered. */
export class TopicStore {
  readonly #logs = new Map<string, TopicLog>();
  /** Those first that have not been used for longest. */
  readonly #byUse = new LinkedQueue<TopicLog>();
  readonly #most: number;
  #newest: TopicLog | undefined;
  /** The highest number of a topic that has been forgotten. */
  #forgotten = 0;

  /** @param most how many are remembered. */
  constructor(most = MOST_TOPICS) {
    this.#most = most;
  }

  /** What is known of a topic. */
  get(topic: string): TopicLog | undefined {
    return this.#newest?.topic === topic ? this.#newest : this.#logs.get(topic);
  }

  /** The log of a topic that is about to be published on. One that may have been forgotten goes on behind every number that it may have had. */
  use(topic: string): TopicLog {
    if (this.#newest?.topic === topic) return this.#newest;
    let log = this.#logs.get(topic);
    if (log === undefined) {
      this.#makeRoom();
      log = new TopicLog(topic, this.#forgotten);
      this.#logs.set(topic, log);
    } else {
      this.#byUse.remove(log);
    }
    this.#byUse.append(log);
    this.#newest = log;
    return log;
  }

  /** The number of each topic that matches. */
  numbers(patterns: readonly TopicPattern[]): Record<string, number> {
    return Object.fromEntries(this.#matching(patterns).map(({ topic, sequence }) => [topic, sequence]));
  }

  /** The last message of each topic that matches. */
  last(patterns: readonly TopicPattern[]): KeptOfTopic[] {
    return this.#matching(patterns).map(({ topic, last }) => ({ topic, start: undefined, messages: listOf(last) }));
  }

  /**
   * What a subscriber has missed of each topic that matches.
   * @param read the last number that it has had of each topic.
   * @param again of these topics it wants the last message in any case.
   */
  missed(
    patterns: readonly TopicPattern[],
    read: ReadonlyMap<string, number>,
    again: readonly TopicPattern[],
  ): KeptOfTopic[] {
    return this.#matching(patterns).map((log) => {
      const { topic, start, last } = log;
      const position = read.get(topic);
      const missed = log.after(position ?? 0);
      const messages = missed.length === 0 && matchesAny(again, topic) ? listOf(last) : missed;
      return { topic, start: position !== undefined && position < start ? start : undefined, messages };
    });
  }

  #matching(patterns: readonly TopicPattern[]): TopicLog[] {
    return [...this.#logs.values()].filter(({ topic }) => matchesAny(patterns, topic));
  }

  #makeRoom(): void {
    const { first } = this.#byUse;
    if (first === undefined || this.#byUse.size < this.#most) return;
    this.#byUse.remove(first);
    this.#logs.delete(first.topic);
    this.#forgotten = Math.max(this.#forgotten, first.sequence);
  }
}

function listOf<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
