import type { EncodedBody } from '../wire/native/packet-writer.js';
import type { MessageHeaders } from '../contract/message.js';
import type { QueueLinks } from '../timing/linked-queue.js';

/** A publication as it is kept for those who come late. */
export interface KeptMessage {
  readonly sequence: number;
  readonly codec: string;
  readonly body: EncodedBody;
  readonly headers: MessageHeaders | undefined;
}

/** What a publisher knows of one topic. */
export class TopicLog implements QueueLinks<TopicLog> {
  queueNext: TopicLog | undefined = undefined;
  queuePrevious: TopicLog | undefined = undefined;
  readonly topic: string;
  /** The number that its first message comes behind: 0, unless it may be a topic that was forgotten. */
  readonly start: number;
  /** The number of the last message that was published, whether anybody had it or not. */
  sequence: number;
  /** The audience's version for which {@link isCovered} holds. */
  version = -1;
  isCovered = false;
  /** A ring, once it is full. */
  #kept: KeptMessage[] = [];
  /** Where the oldest is. */
  #oldest = 0;

  constructor(topic: string, start = 0) {
    this.topic = topic;
    this.start = start;
    this.sequence = start;
  }

  /** @param most how many are kept, the same each time; the oldest go. */
  keep(message: KeptMessage, most: number): void {
    if (this.#kept.length < most) {
      this.#kept.push(message);
      return;
    }
    this.#kept[this.#oldest] = message;
    this.#oldest = (this.#oldest + 1) % most;
  }

  /** Takes out one that was never sent. */
  forget(sequence: number): void {
    const left = this.after(0).filter((message) => message.sequence !== sequence);
    if (left.length === this.#kept.length) return;
    this.#kept = left;
    this.#oldest = 0;
  }

  get last(): KeptMessage | undefined {
    return this.#oldest === 0 ? this.#kept.at(-1) : this.#kept[this.#oldest - 1];
  }

  /** What is kept of what came behind a number, in order. */
  after(sequence: number): KeptMessage[] {
    const kept = this.#kept;
    const after: KeptMessage[] = [];
    for (let index = 0; index < kept.length; index += 1) {
      const message = kept[(this.#oldest + index) % kept.length];
      if (message !== undefined && message.sequence > sequence) after.push(message);
    }
    return after;
  }
}
