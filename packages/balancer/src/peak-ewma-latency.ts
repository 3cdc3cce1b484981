/** How long a peak is remembered, in ms: after this time, a third of it is left. Finagle's default as well. */
const DEFAULT_TAU_MS = 10_000;

/**
 * How long a member takes to answer: a moving average that rises at once to an observation above it, and falls slowly to those below. So one slow answer is
 * enough to be careful, and one quick one is not enough to forget. While nothing is observed it falls towards 0: who is not asked any more because it was slow is
 * asked again some day.
 *
 * This is the cost of Finagle's peak EWMA: {@link https://github.com/twitter/finagle/blob/develop/finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/PeakEwma.scala | PeakEwma.scala}.
 * The weight of an observation depends on the time since the one before it (Eckner 2012, Algorithms for Unevenly Spaced Time Series), so the rate of requests does not matter.
 *
 * Knows no clock: whoever has one says what time it is.
 */
export class PeakLatency {
  readonly #tauMs: number;
  #latencyMs = 0;
  #observedAt = 0;

  /** @param tauMs after which time an e-th part of a peak is left. Must be above 0; `Infinity` never forgets a peak. */
  constructor(tauMs = DEFAULT_TAU_MS) {
    this.#tauMs = tauMs;
  }

  /** It has answered after so many ms. */
  observe(ms: number, now: number): void {
    const kept = this.#keptAt(now);
    const fallen = this.#latencyMs * kept;
    this.#latencyMs = ms > fallen ? ms : fallen + ms * (1 - kept);
    // A clock that goes back must not make anything of the past count twice.
    if (now > this.#observedAt) this.#observedAt = now;
  }

  /** How long it takes, in ms, as far as is known at this time. 0 if nothing was observed. */
  at(now: number): number {
    return this.#latencyMs * this.#keptAt(now);
  }

  /** Which part of what was known is left. */
  #keptAt(now: number): number {
    return now > this.#observedAt ? Math.exp((this.#observedAt - now) / this.#tauMs) : 1;
  }
}
