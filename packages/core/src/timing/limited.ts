import { Deadline, deadlines } from './deadline-wheel.js';
import type { AbortListener } from './cancellation.js';
import { offAbort, onAbort, type AbortSource } from './on-abort.js';

/** How long something may take and what may abort it. */
export interface Limits {
  /** On the clock of `performance.now()`. `Infinity` is no limit. */
  readonly deadline: number;
  readonly signals: readonly AbortSource[];
}

/** Something under way that its time or a signal may end. It holds its own links, so that watching allocates nothing. */
export abstract class Limited extends Deadline implements AbortListener {
  #signals: readonly AbortSource[] | undefined;

  /** A signal has aborted. May come again, from another signal, until {@link unwatch}. */
  abstract onAborted(reason: unknown): void;

  /** Begins to watch. Nobody is told before this has returned, and of a signal that has aborted before it, nobody at all. */
  protected watch({ deadline, signals }: Limits): void {
    this.#signals = signals;
    deadlines.add(this, deadline);
    for (const signal of signals) onAbort(signal, this);
  }

  /** Ends the watch, and leaves neither a timer nor a listener. */
  protected unwatch(): void {
    const signals = this.#signals;
    if (signals === undefined) return;
    this.#signals = undefined;
    deadlines.remove(this);
    for (const signal of signals) offAbort(signal, this);
  }
}
