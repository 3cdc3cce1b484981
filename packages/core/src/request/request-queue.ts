import type { Outbox } from '../sockets/outbox.js';
import type { PendingRequests } from './pending-requests.js';

/** Where the requests of a client wait until they are sent: in its outbox, or held back from it, within the same limits, for the next connection. */
export class RequestQueue {
  readonly #outbox: Outbox;
  readonly #held: Outbox;
  readonly #pending: PendingRequests;
  #isHolding = false;

  /** @param held an outbox that nothing leaves. */
  constructor(outbox: Outbox, held: Outbox, pending: PendingRequests) {
    this.#outbox = outbox;
    this.#held = held;
    this.#pending = pending;
  }

  /** Whether requests are held back. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Where a request is to be put now. */
  get open(): Outbox {
    return this.#isHolding ? this.#held : this.#outbox;
  }

  /** What waits. */
  get queued(): { messages: number; bytes: number } {
    return {
      messages: this.#outbox.messages + this.#held.messages,
      bytes: this.#outbox.bytes + this.#held.bytes,
    };
  }

  /** Sends nothing more for now; what has been handed over already has left. */
  hold(): void {
    this.#isHolding = true;
    this.#move(this.#outbox, this.#held);
  }

  /** Goes on sending. */
  release(): void {
    this.#isHolding = false;
    this.#move(this.#held, this.#outbox);
  }

  #move(from: Outbox, to: Outbox): void {
    if (from.messages === 0) return;
    for (const request of this.#pending) {
      if (request.phase !== 'queued' || request.outbox !== from) continue;
      from.withdraw(request);
      to.add(request);
    }
  }
}
