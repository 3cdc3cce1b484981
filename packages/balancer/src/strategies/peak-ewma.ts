import type { Candidate, MakeStrategy, Strategy } from './strategy.js';
import { WeightedDraw } from './weighted-draw.js';

/** Latencies below this, in ms, are all the same: there the turns of the event loop make the difference, and not the members. */
const LEAST_MS = 0.1;

/** More than any real cost, and small enough to tell what is added to it. */
const UNKNOWN = 2 ** 40;

/**
 * Of two different ones, drawn by chance, the one whose answer is to be expected sooner: its latency, once for each request that it has under way and once for this one. The latency rises at
 * once when an answer is slow and falls slowly (see `PeakLatency`), so who is slow is noticed by one answer, also by a client that has never two requests under way at the same place.
 *
 * This is Finagle's peak EWMA: {@link https://github.com/twitter/finagle/blob/develop/finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/PeakEwma.scala | PeakEwma.scala}. As there, a
 * member of which nothing is known is asked once, and then not again before it has answered, unless nothing is known of the other one either: it may be the slow one.
 *
 * Weights count in the draw, and in the comparison they divide what is under way, but not the request itself: latency * (pending / weight + 1), where a weight of 1 is
 * the average. With latency * (pending + 1) / weight, a light member would lose against any heavier one while nothing is under way, and would get next to
 * nothing. With equal weights the two are the same.
 */
export const peakEwma: MakeStrategy = (random) => new PeakEwma(random);

class PeakEwma implements Strategy {
  readonly #draw: WeightedDraw;

  constructor(random: () => number) {
    this.#draw = new WeightedDraw(random);
  }

  pick<C extends Candidate>(candidates: readonly C[]): C {
    const first = this.#draw.one(candidates);
    const one = candidates[first] as C;
    if (candidates.length === 1) return one;
    const other = candidates[this.#draw.other(candidates, first)] as C;
    return this.#costOf(candidates, other) < this.#costOf(candidates, one) ? other : one;
  }

  #costOf(candidates: readonly Candidate[], candidate: Candidate): number {
    const { latencyMs } = candidate;
    const pending = candidate.pending / this.#draw.relativeWeight(candidates, candidate);
    if (latencyMs === 0) return pending === 0 ? 0 : UNKNOWN + pending;
    return Math.max(latencyMs, LEAST_MS) * (pending + 1);
  }
}
