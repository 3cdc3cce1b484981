/** A place in a {@link WaitingLine}. */
export interface Place<T> {
  readonly item: T;
  next: Place<T> | undefined;
  previous: Place<T> | undefined;
  isTaken: boolean;
}

/** First come, first served; who is tired of waiting leaves from the middle. Everything takes constant time. */
export class WaitingLine<T> {
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;
  #size = 0;
  #onEmpty: (() => void)[] = [];

  get size(): number {
    return this.#size;
  }

  append(item: T): Place<T> {
    const place: Place<T> = { item, next: undefined, previous: this.#last, isTaken: true };
    if (this.#last === undefined) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    this.#size += 1;
    return place;
  }

  /** Takes out the first one. */
  shift(): T | undefined {
    const place = this.#first;
    if (place !== undefined) this.leave(place);
    return place?.item;
  }

  /** Does nothing if the place has been given up already. */
  leave(place: Place<T>): void {
    if (!place.isTaken) return;
    place.isTaken = false;
    const { next, previous } = place;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    this.#size -= 1;
    if (this.#size === 0) for (const tell of this.#onEmpty.splice(0)) tell();
  }

  /** Resolves when nobody waits any more or the time is up, whichever is first. Leaves no timer. */
  async emptyWithin(timeoutMs: number): Promise<void> {
    if (this.#size === 0 || timeoutMs <= 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onEmpty.push(resolve);
      // A timer of Node's holds no more than this; a close that waits longer waits for ever.
      if (timeoutMs <= 0x7fff_ffff) timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
  }
}
