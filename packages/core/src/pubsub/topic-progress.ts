import type { QueueLinks } from '../timing/linked-queue.js';

/** What {@link TopicProgress.take} says of a number that was there before. */
export const REPEATED = -1;

/** How far one topic of a publisher has been read. */
export class TopicProgress implements QueueLinks<TopicProgress> {
  queueNext: TopicProgress | undefined = undefined;
  queuePrevious: TopicProgress | undefined = undefined;
  readonly topic: string;
  /** Those of its publisher. */
  readonly siblings: Map<string, TopicProgress>;
  /** The last number. */
  last: number;
  /** When handlers were last given a message of it, on the clock of the subscriptions: those that came later have not had any. */
  handledAt = 0;

  constructor(topic: string, siblings: Map<string, TopicProgress>, last: number) {
    this.topic = topic;
    this.siblings = siblings;
    this.last = last;
  }

  /** Takes note of a number. @returns how many before it did not arrive; {@link REPEATED} for one that was there before */
  take(sequence: number): number {
    const missed = sequence - this.last - 1;
    if (missed < 0) return REPEATED;
    this.last = sequence;
    return missed;
  }
}
