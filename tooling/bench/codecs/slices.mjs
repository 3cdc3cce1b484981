import { median } from '../statistics.mjs';

const SLICES = 4;
const SLICE_SHARE = 1 / 32;
const WARM_UP_SHARE = 1 / 8;
const US = 1_000;

/** What is done last is kept, so that none of it is left out as useless. @type {{ last: unknown }} */
export const sink = { last: undefined };

/**
 * The times of one call, in µs, and the ratio of ours to the other.
 *
 * @typedef {{ ours: number, bare: number, ratio: number }} SliceTimes
 */

/**
 * Two that do the same, in turns of short slices, in the other order each time: what else the machine does lasts longer than a slice, and meets both. All
 * figures are medians, that of the ratio over pairs of slices.
 *
 * @param {() => unknown} ours
 * @param {() => unknown} bare
 * @param {{ measureMs: number, warmUpMs: number }} settings
 * @param {() => number} [now] in ms
 * @returns {SliceTimes}
 */
export function inSlices(ours, bare, { measureMs, warmUpMs }, now = () => performance.now()) {
  const sliceMs = measureMs * SLICE_SHARE;
  for (const run of [ours, bare]) callsWithin(run, warmUpMs * WARM_UP_SHARE, now);
  const oursCalls = callsWithin(ours, sliceMs, now);
  const bareCalls = callsWithin(bare, sliceMs, now);
  const timeOurs = () => timed(ours, oursCalls, now);
  const timeBare = () => timed(bare, bareCalls, now);
  const slices = Array.from({ length: SLICES }, (_, slice) =>
    slice % 2 === 0 ? { ours: timeOurs(), bare: timeBare() } : { bare: timeBare(), ours: timeOurs() },
  );
  return {
    ours: median(slices.map((slice) => slice.ours)),
    bare: median(slices.map((slice) => slice.bare)),
    ratio: median(slices.map((slice) => slice.ours / slice.bare)),
  };
}

/**
 * How often something can be called in so much time.
 *
 * @param {() => unknown} run
 * @param {number} ms
 * @param {() => number} now
 */
function callsWithin(run, ms, now) {
  const from = now();
  let calls = 0;
  for (let portion = 1; now() - from < ms; portion *= 2) {
    repeat(run, portion);
    calls += portion;
  }
  return Math.max(1, Math.round((calls * ms) / (now() - from)));
}

/**
 * @param {() => unknown} run
 * @param {number} calls
 * @param {() => number} now
 * @returns {number} the time of one call, in µs
 */
function timed(run, calls, now) {
  const from = now();
  repeat(run, calls);
  return (US * (now() - from)) / calls;
}

/**
 * @param {() => unknown} run
 * @param {number} calls
 */
function repeat(run, calls) {
  for (let call = 0; call < calls; call += 1) sink.last = run();
}
