import type { SenderMark } from '../wire/native/format.js';
import type { ReadingPosition } from './announcement.js';
import { MOST_TOPICS } from './topic-log.js';

/** What {@link Sequences.take} says of a number that was there before. */
export const REPEATED = -1;

/** Publishers that a subscriber remembers; the oldest go. */
const MOST_PUBLISHERS = 1_000;

interface Known {
  epoch: number;
  readonly topics: Map<string, number>;
}

/** How far each publisher has been read, topic by topic. */
export class Sequences {
  readonly #publishers = new Map<string, Known>();

  /** Takes note of who sent a packet. @returns whether it is a known publisher that has been started anew */
  meet({ id, epoch }: SenderMark): boolean {
    const known = this.#publishers.get(id);
    if (known?.epoch === epoch) return false;
    if (known === undefined && this.#publishers.size >= MOST_PUBLISHERS) forgetFirst(this.#publishers);
    this.#publishers.set(id, { epoch, topics: new Map() });
    return known !== undefined;
  }

  /**
   * Takes note of a number. {@link meet} comes first.
   * @returns how many before it did not arrive: 0 for the next one and for the first of its topic; {@link REPEATED} for one that was there before
   */
  take(publisher: string, topic: string, sequence: number): number {
    const topics = this.#publishers.get(publisher)?.topics;
    const last = topics?.get(topic);
    if (last !== undefined && sequence <= last) return REPEATED;
    if (last === undefined && topics !== undefined && topics.size >= MOST_TOPICS) forgetFirst(topics);
    topics?.set(topic, sequence);
    return last === undefined ? 0 : sequence - last - 1;
  }

  /** Takes note of the numbers that topics had before they were subscribed to: what is missing behind them was missed. */
  begin(publisher: string, numbers: Readonly<Record<string, number>>): void {
    const topics = this.#publishers.get(publisher)?.topics;
    if (topics === undefined) return;
    for (const [topic, number] of Object.entries(numbers)) {
      if (!topics.has(topic) && topics.size < MOST_TOPICS) topics.set(topic, number);
    }
  }

  /** Forgets topics that are no longer subscribed to: what is published on them meanwhile is not missed. */
  keepOnly(isSubscribed: (topic: string) => boolean): void {
    for (const { topics } of this.#publishers.values()) {
      for (const topic of topics.keys()) if (!isSubscribed(topic)) topics.delete(topic);
    }
  }

  /** Where every publisher stands. */
  positions(): ReadingPosition[] {
    return [...this.#publishers].map(([publisher, { epoch, topics }]) => ({
      publisher,
      epoch,
      topics: Object.fromEntries(topics),
    }));
  }
}

function forgetFirst(known: Map<string, unknown>): void {
  for (const key of known.keys()) {
    known.delete(key);
    return;
  }
}
