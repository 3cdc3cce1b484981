/** Who is to be told of an abort. */
export interface AbortListener {
  /** Called once at most. Must not throw. */
  onAborted(reason: unknown): void;
}

/** An abort inside this library: it costs nothing until somebody asks for its signal. */
export class Cancellation {
  #reason: unknown;
  #aborted = false;
  #controller: AbortController | undefined;
  #followers: Set<AbortListener> | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Tells a listener of the abort. One that has aborted already tells nobody. */
  follow(listener: AbortListener): void {
    this.#followers ??= new Set();
    this.#followers.add(listener);
  }

  unfollow(listener: AbortListener): void {
    this.#followers?.delete(listener);
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    const followers = this.#followers;
    this.#followers = undefined;
    for (const follower of followers ?? []) follower.onAborted(reason);
  }
}
