/** Nonces that were used, each for so long that nothing with it is accepted any more. Has no clock: it is told what time it is. */
export class Nonces {
  readonly #lifetimeMs: number;
  readonly #max: number;
  /** By what each was used, and when it may be forgotten, in that order. */
  readonly #used = new Map<string, { readonly signature: string; readonly until: number }>();

  constructor(lifetimeMs: number, max: number) {
    this.#lifetimeMs = lifetimeMs;
    this.#max = max;
  }

  get size(): number {
    return this.#used.size;
  }

  /**
   * Uses a nonce up.
   * @param signature of the message: two that have the same one are the same.
   * @param isKept whether the very same message may come again.
   * @throws Error if it was used before, or if there are too many to remember one more: to forget one would let it be used again
   */
  use(nonce: string, signature: string, isKept: boolean, now: number): void {
    for (const [used, { until }] of this.#used) {
      if (until > now) break;
      this.#used.delete(used);
    }
    const before = this.#used.get(nonce);
    if (isKept && before?.signature === signature) return;
    if (before !== undefined) throw new Error('it was used before: this is a copy of a message, or the same one again');
    if (this.#used.size >= this.#max)
      throw new Error(
        `${String(this.#max)} messages came within the time that they are remembered: raise maxNonces of hmac()`,
      );
    this.#used.set(nonce, { signature, until: now + this.#lifetimeMs });
  }
}
