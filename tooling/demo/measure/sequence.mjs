/** Finds out from numbers that count up from 1 what was lost on the way and what came twice. */
export class Sequence {
  received = 0;
  doubled = 0;
  #last = 0;

  /** @param {number} number */
  take(number) {
    if (number <= this.#last) {
      this.doubled += 1;
      return;
    }
    this.#last = number;
    this.received += 1;
  }

  /** @param {number} sent how many there were in the end */
  lost(sent) {
    return sent - this.received;
  }
}
