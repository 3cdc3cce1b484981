import { Backoff } from '@liberzmq/core/resilience';

/** A success counts only once it has lasted, in ms, so that what breaks as soon as it is made is not made over and over again. */
export const LASTING_MS = 1_000;

/** The pauses in which nothing is made because that has failed. */
export class Pauses {
  readonly #backoff: Backoff;
  readonly #onOver: () => void;
  #until = -Infinity;
  #timer: NodeJS.Timeout | undefined;
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
    this.stop();
  }

  /**
   * Begins a pause, or lets the one go on that there is.
   * @param startedAt when that began which has failed. What began before the last failure tells nothing new.
   * @returns how long it takes from now, in ms
   */
  failed(error: unknown, startedAt: number): number {
    const now = performance.now();
    if (now - this.#succeededAt >= LASTING_MS) this.#backoff.succeeded();
    this.#succeededAt = Infinity;
    this.#failure = { error };
    if (startedAt >= this.#until) this.#until = now + this.#backoff.failed();
    const left = Math.max(0, this.#until - now);
    clearTimeout(this.#timer);
    // Node's timers may fire before the clock has reached their time.
    this.#timer = setTimeout(this.#onOver, Math.ceil(left) + 1);
    return left;
  }

  /** Tells nobody any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
