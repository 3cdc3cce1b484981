import type { EncodedBody } from '../wire/native/packet-writer.js';
import type { MessageHeaders } from '../contract/message.js';

/** A publication as it is kept for those who come late. */
export interface KeptMessage {
  readonly sequence: number;
  readonly codec: string;
  readonly body: EncodedBody;
  readonly headers: MessageHeaders | undefined;
}

/** Topics that a publisher, or a subscriber for each publisher, remembers; the oldest go. */
export const MOST_TOPICS = 100_000;

/** What a publisher knows of one topic. */
export class TopicLog {
  /** The number of the last message that was published, whether anybody had it or not. */
  sequence: number;
  /** The audience's version for which {@link isCovered} holds. */
  version = -1;
  isCovered = false;
  readonly #kept: KeptMessage[] = [];

  /** @param sequence the number that the first one comes behind. */
  constructor(sequence = 0) {
    this.sequence = sequence;
  }

  /** @param most how many are kept; the oldest go. */
  keep(message: KeptMessage, most: number): void {
    this.#kept.push(message);
    if (this.#kept.length > most) this.#kept.shift();
  }

  /** Takes out one that was never sent. */
  forget(sequence: number): void {
    const at = this.#kept.findIndex((message) => message.sequence === sequence);
    if (at !== -1) this.#kept.splice(at, 1);
  }

  get last(): KeptMessage | undefined {
    return this.#kept.at(-1);
  }

  /** What is kept of what came behind a number, in order. */
  after(sequence: number): readonly KeptMessage[] {
    return this.#kept.filter((message) => message.sequence > sequence);
  }
}
