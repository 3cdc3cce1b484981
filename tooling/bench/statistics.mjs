/**
 * The middle of what was measured, and how far it went to either side.
 *
 * @typedef {{ median: number, lowest: number, highest: number }} Spread
 */

/**
 * Of an even number of values the middle is half-way between the two in the middle.
 *
 * @param {readonly number[]} values
 * @returns {Spread} of nothing, NaN
 */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const low = sorted[Math.ceil(half) - 1] ?? NaN;
  const high = sorted[Math.floor(half)] ?? NaN;
  return { median: (low + high) / 2, lowest: sorted[0] ?? NaN, highest: sorted.at(-1) ?? NaN };
}

/** @param {readonly number[]} values */
export function median(values) {
  return spread(values).median;
}

/**
 * The smallest value that so large a share of them does not exceed.
 *
 * @param {Float64Array} sorted in ascending order
 * @param {number} share from 0 to 1
 */
export function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/**
 * How two series of the same rounds compare: the ratio of their medians, and the lowest and the highest of the ratios of single rounds. It is the two of
 * a round that ran under the same conditions.
 *
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 * @returns {Spread}
 */
export function ratio(ours, theirs) {
  const { lowest, highest } = spread(ours.map((value, round) => value / (theirs[round] ?? NaN)));
  return { median: median(ours) / median(theirs), lowest, highest };
}
