import { Backoff } from '@liberzmq/core/resilience';

/** A success counts only once it has lasted, in ms, so that what breaks as soon as it is made is not made over and over again. */
export const LASTING_MS = 1_000;

/** The pauses in which nothing is made because that has failed. */
export class Pauses {
  readonly #backoff: Backoff;
  readonly #onOver: () => void;
  #until = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;
  /** When one was made for the last time, if nothing has failed since. */
  #succeededAt = Infinity;

  /** @param onOver told when a pause is over. */
  constructor(baseMs: number, maxMs: number, onOver: () => void) {
    this.#backoff = new Backoff({ baseMs, maxMs });
    this.#onOver = onOver;
  }

  /** Of the last attempt, if that has failed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** How many attempts in a row have failed. */
  get failures(): number {
    return this.#backoff.failures;
  }

  get isOver(): boolean {
    return performance.now() >= this.#until;
  }

  succeeded(now: number): void {
    this.#failure = undefined;
    this.#succeededAt = now;
    clearTimeout(this.#timer);
  }

  /**
   * Begins a pause, or lets the one go on that there is.
   * @param startedAt when that began which has failed. What began before the last failure tells nothing new.
   * @param isAwaited whether anybody waits for its end: then it keeps the process alive.
   * @returns how long it takes from now, in ms
   */
  failed(error: unknown, startedAt: number, isAwaited: boolean): number {
    const now = performance.now();
    if (now - this.#succeededAt >= LASTING_MS) this.#backoff.succeeded();
    this.#succeededAt = Infinity;
    this.#failure = { error };
    if (startedAt >= this.#until) this.#until = now + this.#backoff.failed();
    const left = Math.max(0, this.#until - now);
    clearTimeout(this.#timer);
    // Node's timers may fire before the clock has reached their time.
    if (this.#hasEnded) return left;
    this.#timer = setTimeout(this.#onOver, Math.ceil(left) + 1);
    if (!isAwaited) this.#timer.unref();
    return left;
  }

  /** Somebody waits for the end of the pause, if there is one. */
  keepAlive(): void {
    this.#timer?.ref();
  }

  /** Tells nobody any more. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
  }
}
