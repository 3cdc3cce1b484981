/** @typedef {import('../scenarios/scenario.mjs').Unit} Unit */

const DIGITS = 3;

/**
 * So many digits as the figures are worth, with the thousands parted.
 *
 * @param {number} value
 */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  return Number(value.toPrecision(DIGITS)).toLocaleString('en-US', { maximumSignificantDigits: DIGITS });
}

/** @param {number} ratio */
export function times(ratio) {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : '–';
}

/**
 * @param {import('../statistics.mjs').Spread} spread
 * @param {(value: number) => string} format
 */
export function range({ lowest, highest }, format) {
  return `${format(lowest)} to ${format(highest)}`;
}

/** @param {import('../targets.mjs').Target} target */
export function bound(target) {
  return 'atLeast' in target ? `≥ ${target.atLeast}×` : `≤ ${target.atMost}×`;
}
