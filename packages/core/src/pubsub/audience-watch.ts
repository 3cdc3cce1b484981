import { DEFAULTS } from '../defaults.js';
import { waitFor, type Wait } from '../timing/wait.js';
import { ANNOUNCEMENT_MS, type Audience } from './audience.js';
import type { WaitForSubscribersOptions } from './publisher-options.js';

/** Those who wait for subscribers. */
export class AudienceWatch {
  readonly #audience: Audience;
  readonly #waiters = new Map<Wait<void>, { readonly topic: string | undefined; readonly count: number }>();
  readonly #onSettled: () => void;
  #settling: NodeJS.Timeout | undefined;

  /** @param onSettled called when subscriptions have waited long enough for their announcements. */
  constructor(audience: Audience, onSettled: () => void) {
    this.#audience = audience;
    this.#onSettled = onSettled;
  }

  /** Resolves when enough are subscribed. @throws TimeoutError TIMEOUT; CancelledError ABORTED; what {@link close} was given */
  async wait({
    topic,
    count = 1,
    timeoutMs = DEFAULTS.requestTimeoutMs,
    signal,
  }: WaitForSubscribersOptions): Promise<void> {
    if (this.#audience.count(topic) >= count) return;
    const who = count === 1 ? 'nobody' : `fewer than ${String(count)} have`;
    const what = topic === undefined ? `${who} subscribed` : `${who} subscribed to '${topic}'`;
    const waiter = waitFor(what, { timeoutMs, signal }, (over) => this.#waiters.delete(over));
    if (!waiter.isOver) this.#waiters.set(waiter, { topic, count });
    await waiter.promise;
  }

  /** There may be enough for somebody now. */
  look(): void {
    for (const [waiter, { topic, count }] of this.#waiters) {
      if (this.#audience.count(topic) >= count) waiter.resolve();
    }
  }

  /** A subscription has come. An announcement may explain it; when that is late, it is looked at anew. */
  subscribed(): void {
    this.look();
    this.#settling ??= setTimeout(this.#settle, ANNOUNCEMENT_MS + 1);
  }

  /** @param reason what those get who still wait. */
  close(reason: Error): void {
    clearTimeout(this.#settling);
    for (const waiter of [...this.#waiters.keys()]) waiter.reject(reason);
  }

  /** Some subscriptions have waited long enough for their announcements; others may have come since. */
  readonly #settle = (): void => {
    // Asked first: what is settled from here on is settled for what comes below, too.
    const { isSettling } = this.#audience;
    this.look();
    this.#onSettled();
    this.#settling = isSettling ? setTimeout(this.#settle, ANNOUNCEMENT_MS + 1) : undefined;
  };
}
