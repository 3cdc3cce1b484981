import type { FailureTally } from './failure-tally.js';

/** What is too many in the last time. */
export interface SamplingRule {
  /** How long the time is that is looked back on, in ms, to a tenth of it. Must be above 0 and finite. */
  durationMs: number;
  /** Which share of the results is too many when it has failed: above 0, up to 1. */
  threshold: number;
  /**
   * With fewer results a second than this, over the whole time, nothing is too many. 0 or more.
   * @defaultValue 1: a share of less says little
   */
  minimumPerSecond?: number | undefined;
}

/** The time that is looked back on moves on by a tenth of itself. */
const SLOTS = 10;

interface Slot {
  turn: number;
  results: number;
  failures: number;
}

/** Too many are so many of the results of the last time. */
export class SampledFailures implements FailureTally {
  readonly #slotMs: number;
  readonly #threshold: number;
  readonly #minimum: number;
  readonly #slots: Slot[] = [];

  constructor({ durationMs, threshold, minimumPerSecond = 1 }: SamplingRule) {
    this.#slotMs = durationMs / SLOTS;
    this.#threshold = threshold;
    this.#minimum = (minimumPerSecond * durationMs) / 1_000;
  }

  add(failed: boolean, now: number): boolean {
    const turn = Math.floor(now / this.#slotMs);
    while (this.#slots[0] !== undefined && this.#slots[0].turn <= turn - SLOTS) this.#slots.shift();
    let newest = this.#slots.at(-1);
    if (newest?.turn !== turn) this.#slots.push((newest = { turn, results: 0, failures: 0 }));
    newest.results += 1;
    if (!failed) return false;
    newest.failures += 1;
    let [results, failures] = [0, 0];
    for (const slot of this.#slots) {
      results += slot.results;
      failures += slot.failures;
    }
    return results >= this.#minimum && failures >= this.#threshold * results;
  }

  clear(): void {
    this.#slots.length = 0;
  }
}
