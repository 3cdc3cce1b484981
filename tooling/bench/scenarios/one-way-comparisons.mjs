import { median } from '../statistics.mjs';
import { compare } from './scenario.mjs';

/** @typedef {import('./one-way-runs.mjs').OneWayRun} OneWayRun */

/**
 * Each of ours beside the plain one that was fastest.
 *
 * @param {string} title
 * @param {readonly OneWayRun[]} ours
 * @param {readonly OneWayRun[]} raw
 * @param {import('../targets.mjs').Target} target
 */
export function compareWithFastest(title, ours, raw, target) {
  const fastest = raw.toSorted((a, b) => median(b.rate) - median(a.rate))[0];
  if (!fastest) return [];
  return ours.map((run) => compare(`${title}, ${run.title}`, 'per second', series(run), series(fastest), target));
}

/** @param {OneWayRun} run */
export function series({ title, rate }) {
  return { contender: title, values: rate };
}

/**
 * Says who lost messages. Nobody should: all are set up to wait.
 *
 * @param {string} title
 * @param {readonly OneWayRun[]} runs
 */
export function losses(title, runs) {
  return runs.filter(({ lost }) => lost !== 0).map((run) => `${title}, ${run.title}: ${run.lost} messages lost`);
}
