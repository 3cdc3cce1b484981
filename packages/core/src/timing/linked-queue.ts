/** What a {@link LinkedQueue} holds: it carries its own links. */
export interface QueueLinks<T> {
  queueNext: T | undefined;
  queuePrevious: T | undefined;
}

/** A queue from whose middle an item can be taken in constant time. */
export class LinkedQueue<T extends QueueLinks<T>> {
  /** Called when the last item has been taken out. */
  onEmpty: (() => void) | undefined = undefined;
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first;
  }

  append(item: T): void {
    this.#size += 1;
    item.queuePrevious = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.queueNext = item;
    this.#last = item;
  }

  prepend(item: T): void {
    this.#size += 1;
    item.queueNext = this.#first;
    if (this.#first === undefined) this.#last = item;
    else this.#first.queuePrevious = item;
    this.#first = item;
  }

  /** @param item one that is in this queue. */
  remove(item: T): void {
    const { queueNext: next, queuePrevious: previous } = item;
    if (next === undefined) this.#last = previous;
    else next.queuePrevious = previous;
    if (previous === undefined) this.#first = next;
    else previous.queueNext = next;
    item.queueNext = undefined;
    item.queuePrevious = undefined;
    this.#size -= 1;
    if (this.#first === undefined) this.onEmpty?.();
  }
}
