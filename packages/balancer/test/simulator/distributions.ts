import type { SeededRandom } from '@liberzmq-tooling/testkit';

// Taken once: under Jest each look at a global variable takes 0.2 microseconds, and these are drawn millions of times.
const { cos, exp, log, PI, sqrt } = Math;

/** Draws a time, in ms. */
export type Distribution = (random: SeededRandom) => number;

/** Always the same. */
export function constant(ms: number): Distribution {
  return () => ms;
}

/** Between two events of a Poisson process. */
export function exponential(meanMs: number): Distribution {
  return (random) => -log(1 - random.next()) * meanMs;
}

/**
 * What answers of servers look like: most are near the median, a few take several times as long. The normal deviates are made by the transformation of Box and Muller (1958).
 * @param sigma the standard deviation of the logarithm: with 0.5 one of a hundred takes 3.2 times the median, or more.
 */
export function lognormal(medianMs: number, sigma: number): Distribution {
  return (random) => {
    const normal = sqrt(-2 * log(1 - random.next())) * cos(2 * PI * random.next());
    return medianMs * exp(sigma * normal);
  };
}

/** What {@link lognormal} is on average. */
export function lognormalMeanMs(medianMs: number, sigma: number): number {
  return medianMs * exp(sigma ** 2 / 2);
}
