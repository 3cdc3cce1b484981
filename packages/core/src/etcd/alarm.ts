import { Deadline, deadlines } from '../timing/deadline-wheel.js';

/** A time that can be put off. */
export class Alarm extends Deadline {
  readonly #ring: () => void;

  constructor(ring: () => void) {
    super();
    this.#ring = ring;
  }

  /** @param at on the clock of `performance.now()`. */
  set(at: number): void {
    deadlines.remove(this);
    deadlines.add(this, at);
  }

  clear(): void {
    deadlines.remove(this);
  }

  override expire(): void {
    this.#ring();
  }
}
