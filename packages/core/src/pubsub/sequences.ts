import { LinkedQueue } from '../timing/linked-queue.js';
import type { SenderMark } from '../wire/native/format.js';
import type { ReadingPosition } from './announcement.js';
import { TopicProgress } from './topic-progress.js';
import { MOST_TOPICS } from './topic-store.js';

/** Publishers that a subscriber remembers, with topics or without; those go that have been silent for longest. */
export const MOST_PUBLISHERS = 1_000;

interface Known {
  readonly id: string;
  readonly epoch: number;
  readonly topics: Map<string, TopicProgress>;
}

/** How far each publisher has been read, topic by topic. */
export class Sequences {
  /** Those first that have been silent for longest. */
  readonly #publishers = new Map<string, Known>();
  /** The topics of all publishers, those first that have been silent for longest. */
  readonly #topics = new LinkedQueue<TopicProgress>();
  #latest: Known | undefined;
  #latestTopic: TopicProgress | undefined;

  /** Takes note of who sent a packet. @returns whether it is a known publisher that has been started anew */
  meet({ id, epoch }: SenderMark): boolean {
    if (this.#latest?.id === id && this.#latest.epoch === epoch) return false;
    const known = this.#publishers.get(id);
    const isSame = known?.epoch === epoch;
    if (known !== undefined) this.#publishers.delete(id);
    if (known !== undefined && !isSame) this.#forgetTopics(known);
    if (known === undefined && this.#publishers.size >= MOST_PUBLISHERS) this.#forgetOldest();
    this.#latest = isSame ? known : { id, epoch, topics: new Map() };
    this.#publishers.set(id, this.#latest);
    return known !== undefined && !isSame;
  }

  /**
   * How far a topic has been read, of a publisher that {@link meet} has met; `undefined` of any other.
   * @param sequence a number of it that has come: if it is the first, nothing was missed before it.
   */
  of(publisher: string, topic: string, sequence: number): TopicProgress | undefined {
    const known = this.#latest?.id === publisher ? this.#latest : this.#publishers.get(publisher);
    if (known === undefined) return undefined;
    let progress = known.topics.get(topic);
    if (progress !== undefined && progress === this.#latestTopic) return progress;
    if (progress === undefined) {
      if (this.#topics.size >= MOST_TOPICS) this.#forget(this.#topics.first);
      progress = new TopicProgress(topic, known.topics, sequence - 1);
      known.topics.set(topic, progress);
    } else {
      this.#topics.remove(progress);
    }
    this.#topics.append(progress);
    this.#latestTopic = progress;
    return progress;
  }

  /** Takes note of the numbers that topics had before they were subscribed to: what is missing behind them was missed. */
  begin(publisher: string, numbers: Readonly<Record<string, number>>): void {
    const topics = this.#publishers.get(publisher)?.topics;
    if (topics === undefined) return;
    for (const [topic, number] of Object.entries(numbers)) {
      if (!topics.has(topic) && this.#topics.size < MOST_TOPICS) this.of(publisher, topic, number + 1);
    }
  }

  /** The publisher had forgotten a topic, and goes on behind this number. What it skips is no gap. */
  goOn(publisher: string, topic: string, start: number): void {
    const progress = this.of(publisher, topic, start + 1);
    if (progress !== undefined && progress.last < start) progress.last = start;
  }

  /** Forgets topics that are no longer subscribed to: what is published on them meanwhile is not missed. */
  keepOnly(isSubscribed: (topic: string) => boolean): void {
    for (const { topics } of this.#publishers.values()) {
      for (const progress of topics.values()) if (!isSubscribed(progress.topic)) this.#forget(progress);
    }
  }

  /** Where every publisher stands. */
  positions(): ReadingPosition[] {
    return [...this.#publishers.values()].map(({ id, epoch, topics }) => ({
      publisher: id,
      epoch,
      topics: Object.fromEntries([...topics.values()].map(({ topic, last }) => [topic, last])),
    }));
  }

  #forgetOldest(): void {
    for (const [id, known] of this.#publishers) {
      this.#publishers.delete(id);
      this.#forgetTopics(known);
      return;
    }
  }

  #forgetTopics({ topics }: Known): void {
    for (const progress of topics.values()) this.#forget(progress);
  }

  #forget(progress: TopicProgress | undefined): void {
    if (progress === undefined) return;
    this.#topics.remove(progress);
    progress.siblings.delete(progress.topic);
    if (progress === this.#latestTopic) this.#latestTopic = undefined;
  }
}
