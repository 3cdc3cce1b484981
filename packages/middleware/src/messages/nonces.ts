/** Nonces that were used, each for so long that nothing with it is accepted any more. Has no clock: it is told what time it is. */
export class Nonces {
  readonly #lifetimeMs: number;
  readonly #max: number;
  /** When each may be forgotten, in order. */
  readonly #used = new Map<string, number>();

  constructor(lifetimeMs: number, max: number) {
    this.#lifetimeMs = lifetimeMs;
    this.#max = max;
  }

  get size(): number {
    return this.#used.size;
  }

  /**
   * Uses a nonce up.
   * @throws Error if it was used before, or if there are too many to remember one more: to forget one would let it be used again
   */
  use(nonce: string, now: number): void {
    for (const [used, until] of this.#used) {
      if (until > now) break;
      this.#used.delete(used);
    }
    if (this.#used.has(nonce))
      throw new Error('it was used before: this is a copy of a message, or the same one again');
    if (this.#used.size >= this.#max)
      throw new Error(
        `${String(this.#max)} messages came within the time that they are remembered: raise maxNonces of hmac()`,
      );
    this.#used.set(nonce, now + this.#lifetimeMs);
  }
}
