import { Deadline, deadlines } from '@liberzmq/core/requesters';
import type { Slot } from './slot.js';

/** Tells of what was lent and not given back in time. */
export class LeakWatches<T> {
  readonly #thresholdMs: number;
  readonly #onLeak: (slot: Slot<T>, stack: string) => void;
  readonly #watches = new Map<Slot<T>, LeakWatch>();

  /** @param thresholdMs `Infinity`: nothing is watched. */
  constructor(thresholdMs: number, onLeak: (slot: Slot<T>, stack: string) => void) {
    this.#thresholdMs = thresholdMs;
    this.#onLeak = onLeak;
  }

  /** Where in the application we are, if anything is watched. @param depth how many functions of the pool lie between that and this one */
  callerStack(depth: number): string | undefined {
    if (this.#thresholdMs === Infinity) return undefined;
    const { stack = '' } = new Error();
    return stack
      .split('\n')
      .slice(OWN_LINES + depth)
      .join('\n');
  }

  /** @param stack where it was asked for. */
  begin(slot: Slot<T>, stack: string): void {
    const watch = new LeakWatch(stack, () => {
      this.#onLeak(slot, stack);
    });
    this.#watches.set(slot, watch);
    deadlines.add(watch, slot.leasedAt + this.#thresholdMs);
  }

  end(slot: Slot<T>): void {
    if (this.#watches.size === 0) return;
    const watch = this.#watches.get(slot);
    if (watch !== undefined) deadlines.remove(watch);
    this.#watches.delete(slot);
  }

  /** Where a slot was asked for, if it is watched. */
  stackOf(slot: Slot<T>): string | undefined {
    return this.#watches.get(slot)?.stack;
  }
}

/** Of a stack: the words, and the function that takes it. */
const OWN_LINES = 2;

class LeakWatch extends Deadline {
  constructor(
    readonly stack: string,
    override readonly expire: () => void,
  ) {
    super();
  }
}
