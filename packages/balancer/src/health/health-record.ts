import type { EjectionLimits } from './ejection-options.js';

/** What a window of a member's requests came to. */
export interface WindowCount {
  readonly successes: number;
  readonly failures: number;
}

/** How the answers of one member were, and since when it is left out because of that. Pure: the time is told. */
export class HealthRecord {
  readonly #limits: EjectionLimits;
  #successes = 0;
  #failures = 0;
  #inARow = 0;
  /** How often it was left out, less what was forgiven. */
  #strikes = 0;
  #ejectedUntil: number | undefined;

  constructor(limits: EjectionLimits) {
    this.#limits = limits;
  }

  /** Until when it is left out; `undefined` if it is not. */
  get ejectedUntil(): number | undefined {
    return this.#ejectedUntil;
  }

  get isEjected(): boolean {
    return this.#ejectedUntil !== undefined;
  }

  succeeded(): void {
    this.#successes += 1;
    this.#inARow = 0;
  }

  /** @returns why it is to be left out now, if it is */
  failed(): string | undefined {
    this.#failures += 1;
    this.#inARow += 1;
    const { consecutiveFailures, failureRate, minRequests } = this.#limits;
    if (this.#inARow >= consecutiveFailures) return `${String(this.#inARow)} failures in a row`;
    const all = this.#successes + this.#failures;
    if (all < minRequests || this.#failures < failureRate * all) return undefined;
    return `${String(this.#failures)} of ${String(all)} requests failed`;
  }

  /** Leaves it out, each time for longer. */
  eject(now: number): void {
    const { baseMs, maxMs } = this.#limits;
    this.#strikes += 1;
    this.#ejectedUntil = now + Math.min(maxMs, baseMs * this.#strikes);
    this.#reset();
  }

  /** It is back, on probation: what it was left out for is not forgotten. */
  readmit(): void {
    this.#ejectedUntil = undefined;
    this.#reset();
  }

  /** A window is over. @returns what it came to */
  turn(): WindowCount {
    const count = { successes: this.#successes, failures: this.#failures };
    if (!this.isEjected && this.#failures === 0 && this.#strikes > 0) this.#strikes -= 1;
    this.#successes = 0;
    this.#failures = 0;
    return count;
  }

  #reset(): void {
    this.#successes = 0;
    this.#failures = 0;
    this.#inARow = 0;
  }
}
