/** Something that is to happen. */
export interface ScheduledEvent {
  readonly timeMs: number;
  /** Its number among all that were ever scheduled: of those that are due at the same time the earlier one comes first. */
  readonly order: number;
  /** `undefined` once it has happened or was cancelled. */
  run: (() => void) | undefined;
}

/** Events in the order in which they are due: a binary heap (Williams 1964, Algorithm 232). */
export class EventQueue {
  readonly #events: ScheduledEvent[] = [];
  /** Of each event, side by side, as comparing them is most of the work. */
  readonly #times: number[] = [];

  get size(): number {
    return this.#events.length;
  }

  /** The one that is due next. */
  get first(): ScheduledEvent | undefined {
    return this.#events[0];
  }

  add(event: ScheduledEvent): void {
    let at = this.#events.length;
    this.#set(at, event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(event, above)) break;
      this.#move(above, at);
      at = above;
    }
    this.#set(at, event);
  }

  /** Takes the first one out. */
  shift(): ScheduledEvent | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    this.#times.pop();
    const size = this.#events.length;
    if (last === undefined || size === 0) return first;
    let at = 0;
    for (let below = 1; below < size; below = 2 * at + 1) {
      const right = below + 1;
      if (right < size && this.#times[right]! <= this.#times[below]! && this.#isBefore(this.#events[right]!, below)) {
        below = right;
      }
      if (this.#isBefore(last, below)) break;
      this.#move(below, at);
      at = below;
    }
    this.#set(at, last);
    return first;
  }

  #set(at: number, event: ScheduledEvent): void {
    this.#events[at] = event;
    this.#times[at] = event.timeMs;
  }

  #move(from: number, to: number): void {
    this.#events[to] = this.#events[from]!;
    this.#times[to] = this.#times[from]!;
  }

  #isBefore(event: ScheduledEvent, other: number): boolean {
    const time = this.#times[other]!;
    return event.timeMs < time || (event.timeMs === time && event.order < this.#events[other]!.order);
  }
}
