/** Times that share one look at the clock. */
const TIMES_A_LOOK = 8;

/**
 * The time in ms for what is done very many times in a row: looking at the clock may cost more than all else that is done. It is looked at
 * once for a few times in a turn of the event loop, and anew in the next turn.
 */
export class TurnClock {
  readonly #look: () => number;
  #now = 0;
  #left = 0;
  #endsSoon = false;

  /** @param look at which clock. By default that of `Date.now()`: ms since 1970. */
  constructor(look: () => number = () => Date.now()) {
    this.#look = look;
  }

  now(): number {
    if (this.#left === 0) {
      this.#now = this.#look();
      this.#left = TIMES_A_LOOK;
      if (!this.#endsSoon) process.nextTick(this.#onTurnEnd);
      this.#endsSoon = true;
    }
    this.#left -= 1;
    return this.#now;
  }

  readonly #onTurnEnd = (): void => {
    this.#endsSoon = false;
    this.#left = 0;
  };
}
