import { readStream } from './records.mjs';

const RESAMPLES = 5_000;
// Fewer say little about a mean.
const FEWEST_FLIGHTS = 3;

/** @typedef {{ id: string, delays: number[] }} Job The delays, in minutes, of one airport's flights in one month. */
/** @typedef {{ mean: number, low: number, high: number }} Interval */

/**
 * One job for each airport and month with enough flights.
 *
 * @param {number} atMost flights to make them of
 * @returns {Job[]}
 */
export function makeJobs(atMost) {
  /** @type {Map<string, number[]>} */
  const delays = new Map();
  for (const { origin, date, delay } of readStream('flights', atMost)) {
    const id = `${origin} ${String(date).slice(0, 7)}`;
    delays.set(id, [...(delays.get(id) ?? []), Number(delay)]);
  }
  return [...delays].map(([id, of]) => ({ id, delays: of })).filter(({ delays: of }) => of.length >= FEWEST_FLIGHTS);
}

/**
 * The mean, and between which values it lies with 95 % confidence, by the bootstrap: from many samples drawn with replacement.
 *
 * @param {readonly number[]} values
 * @returns {Interval}
 */
export function confidenceInterval(values) {
  const means = Array.from({ length: RESAMPLES }, () => meanOf(values, drawn)).sort((a, b) => a - b);
  return {
    mean: meanOf(values, inOrder),
    low: means[Math.floor(RESAMPLES * 0.025)] ?? NaN,
    high: means[Math.floor(RESAMPLES * 0.975)] ?? NaN,
  };
}

/**
 * @param {readonly number[]} values
 * @param {(index: number, length: number) => number} pick
 */
function meanOf(values, pick) {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[pick(index, values.length)] ?? NaN;
  return sum / values.length;
}

/** @param {number} index */
const inOrder = (index) => index;
/**
 * @param {number} _index
 * @param {number} length
 */
const drawn = (_index, length) => Math.floor(Math.random() * length);
