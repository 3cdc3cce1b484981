import { LinkedQueue } from '../timing/linked-queue.js';
import type { Outgoing } from './outgoing.js';

/** What waits in an outbox, in order, and how much that is. What is being handed over counts, until it is {@link done}. */
export class OutboxQueue {
  readonly #queue = new LinkedQueue<Outgoing>();
  #messages = 0;
  #bytes = 0;
  #onEmpty: (() => void) | undefined;

  get first(): Outgoing | undefined {
    return this.#queue.first;
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(outgoing: Outgoing): void {
    this.#queue.append(outgoing);
    this.#count(outgoing.messages, outgoing.bytes);
  }

  /** Takes out what is not sent. */
  remove(outgoing: Outgoing): void {
    this.#queue.remove(outgoing);
    this.done(outgoing);
  }

  /** Takes out what is about to be handed over. */
  take(outgoing: Outgoing): void {
    this.#queue.remove(outgoing);
  }

  /** Puts what was not handed over in front. */
  putBack(outgoing: Outgoing): void {
    this.#queue.prepend(outgoing);
  }

  /** What was taken has been handed over, or never will be. */
  done({ messages, bytes }: Outgoing): void {
    this.#count(-messages, -bytes);
  }

  /** A run in the queue has been given one message more. */
  grow(run: Outgoing, bytes: number): void {
    run.bytes += bytes;
    this.#count(1, bytes);
  }

  /** Takes the first message out of a run in the queue. */
  shrink(run: Outgoing): void {
    const { record, messages } = run;
    if (record === undefined) return;
    const bytes = Math.floor(run.bytes / messages);
    record.id += 1;
    record.index += 1;
    record.count -= 1;
    run.bytes -= bytes;
    this.#count(-1, -bytes);
  }

  /** Resolves when nothing waits any more. */
  empty(): Promise<void> {
    if (this.#messages === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onEmpty;
      this.#onEmpty = () => {
        before?.();
        resolve();
      };
    });
  }

  #count(messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
    if (this.#messages > 0) return;
    this.#onEmpty?.();
    this.#onEmpty = undefined;
  }
}
