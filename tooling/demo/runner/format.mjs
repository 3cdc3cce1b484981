/** @param {number | undefined} value 12,345 */
export function count(value = 0) {
  return Math.round(value).toLocaleString('en-US');
}

/** @param {number} ms 1.2 s */
export function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** @param {number} ms three digits are enough: 0.12 ms, 1.23 ms, 12.3 ms, 123 ms */
export function duration(ms) {
  if (Number.isNaN(ms)) return '-';
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}
