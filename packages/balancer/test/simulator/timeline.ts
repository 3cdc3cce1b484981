/** How often something has happened, in windows of time that follow upon each other. */
export class Timeline {
  readonly #windowMs: number;
  readonly #counts: number[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  record(timeMs: number): void {
    const window = Math.floor(timeMs / this.#windowMs);
    while (this.#counts.length <= window) this.#counts.push(0);
    this.#counts[window]! += 1;
  }

  /** The windows that lie within this time, as times a second. */
  rates(fromMs: number, untilMs: number): readonly number[] {
    const from = Math.ceil(fromMs / this.#windowMs);
    const windows = Math.max(0, Math.floor(untilMs / this.#windowMs) - from);
    return Array.from({ length: windows }, (_, n) => ((this.#counts[from + n] ?? 0) * 1_000) / this.#windowMs);
  }

  /** How often on average, as times a second. */
  rate(fromMs: number, untilMs: number): number {
    const rates = this.rates(fromMs, untilMs);
    return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  }

  /** How often in the fullest window, as times a second. */
  peak(fromMs: number, untilMs: number): number {
    return Math.max(...this.rates(fromMs, untilMs));
  }
}
