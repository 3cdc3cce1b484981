/**
 * Counts messages, and measures how many come a second between two moments. It looks at the clock after every so many only. Both ends are the first look after their moment, so that a
 * pause is counted wherever it falls.
 */
export class Counter {
  received = 0;
  #every;
  #next;
  #from;
  #until;
  /** @type {{ at: number, received: number } | undefined} */
  #first;
  /** @type {{ at: number, received: number } | undefined} */
  #last;
  #isOver = false;
  #now;

  /**
   * @param {{ afterMs: number, ms: number, every: number }} window
   * @param {() => number} [now]
   */
  constructor({ afterMs, ms, every }, now = () => performance.now()) {
    this.#now = now;
    this.#every = every;
    this.#next = every;
    this.#from = now() + afterMs;
    this.#until = this.#from + ms;
  }

  count() {
    this.received += 1;
    if (this.received === this.#next) this.#look();
  }

  /** Messages a second; NaN when there were not enough to tell. */
  get rate() {
    if (!this.#first || !this.#last) return NaN;
    return (1_000 * (this.#last.received - this.#first.received)) / (this.#last.at - this.#first.at);
  }

  #look() {
    this.#next += this.#every;
    const at = this.#now();
    if (this.#isOver || at < this.#from) return;
    const look = { at, received: this.received };
    if (this.#first) this.#last = look;
    else this.#first = look;
    this.#isOver = at >= this.#until;
  }
}
