import type { Outgoing } from './outgoing.js';

/** Messages that are not in an outbox yet: a middleware has them, a serializer encodes them, or they wait until those before them are through. */
export class Underway {
  readonly #bytes = new Map<Outgoing, number>();
  #total = 0;

  get messages(): number {
    return this.#bytes.size;
  }

  /** Of those that are encoded. */
  get bytes(): number {
    return this.#total;
  }

  /** The oldest one. */
  get first(): Outgoing | undefined {
    for (const outgoing of this.#bytes.keys()) return outgoing;
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Outgoing> {
    return this.#bytes.keys();
  }

  add(outgoing: Outgoing): void {
    this.#bytes.set(outgoing, 0);
  }

  /** It is encoded, and has so many bytes. */
  encoded(outgoing: Outgoing, bytes: number): void {
    if (!this.#bytes.has(outgoing)) return;
    this.#bytes.set(outgoing, bytes);
    this.#total += bytes;
  }

  remove(outgoing: Outgoing): void {
    this.#total -= this.#bytes.get(outgoing) ?? 0;
    this.#bytes.delete(outgoing);
  }
}
