import type { EjectionLimits } from './ejection-options.js';
import type { WindowCount } from './health-record.js';

/** Fewer than that have no common measure. */
const FEWEST_MEMBERS = 5;

/**
 * By how much the part of successes lies below the average at least. Deviations alone say nothing where nearly all succeed: the one of five that differs at all lies two of them below the average, if it has failed once
 * in 800 requests or 800 times.
 */
const LEAST_DISTANCE = 0.05;

/**
 * Those whose part of successes lies far below that of the others, as Envoy's success-rate outlier detection finds them.
 * @param counts what a window came to, of each member.
 * @returns the members with what they came to, the worst first
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier#success-rate
 */
export function outliers<M>(
  counts: ReadonlyMap<M, WindowCount>,
  limits: EjectionLimits,
): (readonly [member: M, why: string])[] {
  const rates: (readonly [M, number])[] = [];
  for (const [member, { successes, failures }] of counts) {
    const all = successes + failures;
    if (all >= limits.minRequests) rates.push([member, successes / all]);
  }
  if (rates.length < FEWEST_MEMBERS || limits.deviations === Infinity) return [];
  const mean = rates.reduce((sum, [, rate]) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, [, rate]) => sum + (rate - mean) ** 2, 0) / rates.length;
  const threshold = mean - limits.deviations * Math.sqrt(variance);
  const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;
  return rates
    .filter(([, rate]) => rate < threshold && mean - rate >= LEAST_DISTANCE)
    .sort(([, a], [, b]) => a - b)
    .map(([member, rate]) => [member, `${percent(rate)} of its requests succeeded, of all ${percent(mean)}`]);
}
