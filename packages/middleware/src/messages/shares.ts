/** What one holder has. */
class Share {
  running = 0;
  /** The keys of what has ended, longest ago to last. */
  readonly ended = new Set<string>();

  get size(): number {
    return this.running + this.ended.size;
  }
}

/** How the room for keys is shared: what each holder has. Finds who has most without looking at all of them, since there may be many. */
export class Shares {
  readonly #shares = new Map<string | undefined, Share>();
  /** By how many have ended; those with none are not here. */
  readonly #byEnded = new Map<number, Set<Share>>();
  #mostEnded = 0;

  /** One more runs. */
  begun(holder: string | undefined): void {
    this.#of(holder).running += 1;
  }

  /** One of those that ran does no more. */
  over(holder: string | undefined): void {
    const share = this.#of(holder);
    share.running -= 1;
    this.#forgetEmpty(holder, share);
  }

  /** One more has ended, after all the others. */
  add(holder: string | undefined, key: string): void {
    const share = this.#of(holder);
    const before = share.ended.size;
    share.ended.add(key);
    this.#moved(share, before);
  }

  remove(holder: string | undefined, key: string): void {
    const share = this.#of(holder);
    const before = share.ended.size;
    share.ended.delete(key);
    this.#moved(share, before);
    this.#forgetEmpty(holder, share);
  }

  /**
   * Which key is to go to make room for a new one of a holder: of whoever has most that has ended the one that ended longest ago, and nobody's who has no more
   * than that holder, but then its own.
   * @returns `undefined` if nothing may go for it
   */
  toGoFor(holder: string | undefined): string | undefined {
    const [most] = this.#byEnded.get(this.#mostEnded) ?? [];
    const own = this.#shares.get(holder);
    const giver = own !== undefined && most !== undefined && own.size >= most.size ? own : most;
    return giver?.ended.values().next().value;
  }

  #of(holder: string | undefined): Share {
    const known = this.#shares.get(holder);
    if (known !== undefined) return known;
    const share = new Share();
    this.#shares.set(holder, share);
    return share;
  }

  #forgetEmpty(holder: string | undefined, share: Share): void {
    if (share.size === 0) this.#shares.delete(holder);
  }

  /** It has one more, or one less, than before, or as many. */
  #moved(share: Share, before: number): void {
    const { size } = share.ended;
    if (size === before) return;
    const left = this.#byEnded.get(before);
    left?.delete(share);
    if (left?.size === 0) this.#byEnded.delete(before);
    if (size > 0) this.#byEnded.set(size, (this.#byEnded.get(size) ?? new Set()).add(share));
    // Who had most and has one less still has most if nobody had as many.
    if (size > this.#mostEnded || !this.#byEnded.has(this.#mostEnded)) this.#mostEnded = size;
  }
}
