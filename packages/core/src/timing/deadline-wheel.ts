/** Something with a moment at which its time is up. Holds its own links, so that a deadline costs no allocation of its own. */
export abstract class Deadline {
  /** The tick at which it is due, or -1 while it is in no wheel. Kept by the wheel. */
  dueTick = -1;
  wheelNext: Deadline | undefined;
  wheelPrevious: Deadline | undefined;

  /** Called once, when the time is up. What it throws becomes an uncaught exception, and holds up no other deadline. */
  abstract expire(): void;
}

const TICK_MS = 4;
const SLOTS = 512;

/**
 * Deadlines in a hashed timing wheel (Varghese and Lauck, SOSP 1987, scheme 6): adding and removing take constant time, and however many
 * requests wait there is one timer, which is armed only while something waits. A deadline fires never early, and up to a tick late.
 */
export class DeadlineWheel {
  readonly #now: () => number;
  readonly #slots: (Deadline | undefined)[] = new Array<Deadline | undefined>(SLOTS).fill(undefined);
  #size = 0;
  #doneTick = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerTick = Infinity;

  /** @param now a monotonic clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many deadlines wait. */
  get size(): number {
    return this.#size;
  }

  /** @param dueAt on the wheel's clock. `Infinity` is never due, and is not kept. */
  add(deadline: Deadline, dueAt: number): void {
    if (dueAt === Infinity) return;
    if (this.#size === 0) this.#doneTick = Math.floor(this.#now() / TICK_MS) - 1;
    const tick = Math.max(Math.ceil(dueAt / TICK_MS), this.#doneTick + 1);
    const slot = tick % SLOTS;
    const head = this.#slots[slot];
    deadline.dueTick = tick;
    deadline.wheelNext = head;
    deadline.wheelPrevious = undefined;
    if (head !== undefined) head.wheelPrevious = deadline;
    this.#slots[slot] = deadline;
    this.#size += 1;
    if (tick < this.#timerTick) this.#arm(tick);
  }

  /** Takes a deadline out. Does nothing if it is not in. */
  remove(deadline: Deadline): void {
    if (deadline.dueTick === -1) return;
    const { wheelNext: next, wheelPrevious: previous } = deadline;
    if (next !== undefined) next.wheelPrevious = previous;
    if (previous === undefined) this.#slots[deadline.dueTick % SLOTS] = next;
    else previous.wheelNext = next;
    deadline.dueTick = -1;
    deadline.wheelNext = undefined;
    deadline.wheelPrevious = undefined;
    this.#size -= 1;
    if (this.#size === 0) this.#disarm();
  }

  #advance(): void {
    this.#timer = undefined;
    this.#timerTick = Infinity;
    const nowTick = Math.floor(this.#now() / TICK_MS);
    const due: Deadline[] = [];
    const from = Math.max(this.#doneTick + 1, nowTick - SLOTS + 1);
    for (let tick = from; tick <= nowTick; tick += 1) {
      for (let entry = this.#slots[tick % SLOTS]; entry !== undefined; entry = entry.wheelNext) {
        if (entry.dueTick <= nowTick) due.push(entry);
      }
    }
    this.#doneTick = Math.max(this.#doneTick, nowTick);
    due.sort((a, b) => a.dueTick - b.dueTick);
    for (const entry of due) {
      // An earlier one may have taken it out, or put it off.
      if (entry.dueTick === -1 || entry.dueTick > nowTick) continue;
      this.remove(entry);
      try {
        entry.expire();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (this.#size === 0) return;
    const next = this.#nextTick();
    if (next < this.#timerTick) this.#arm(next);
  }

  /** The next tick whose slot holds anything, at the furthest one turn of the wheel away. */
  #nextTick(): number {
    for (let tick = this.#doneTick + 1; tick < this.#doneTick + SLOTS; tick += 1) {
      if (this.#slots[tick % SLOTS] !== undefined) return tick;
    }
    return this.#doneTick + SLOTS;
  }

  #arm(tick: number): void {
    this.#disarm();
    this.#timerTick = Math.min(tick, this.#doneTick + SLOTS);
    this.#timer = setTimeout(
      () => {
        this.#advance();
      },
      Math.max(1, Math.ceil(this.#timerTick * TICK_MS - this.#now())),
    );
  }

  #disarm(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerTick = Infinity;
  }
}

/** The wheel that the whole process shares. */
export const deadlines = new DeadlineWheel();
