import { median, spread } from '../statistics.mjs';

const SLOWER = 1.5;

/**
 * What the rounds say together. In some processes V8 leaves a library uncompiled for good, which makes it several times as slow, and what ours adds look
 * like nothing. So only the rounds count in which the bare library took no more than half as much again as in its fastest one; how long ours took decides
 * nothing.
 *
 * @param {readonly import('./slices.mjs').SliceTimes[]} rounds
 * @returns {{ ours: number, bare: number, ratio: import('../statistics.mjs').Spread, counted: number }} medians, and of how many rounds
 */
export function settled(rounds) {
  const fastest = Math.min(...rounds.map(({ bare }) => bare));
  const counted = rounds.filter(({ bare }) => bare <= SLOWER * fastest);
  return {
    ours: median(counted.map(({ ours }) => ours)),
    bare: median(counted.map(({ bare }) => bare)),
    ratio: spread(counted.map(({ ratio }) => ratio)),
    counted: counted.length,
  };
}
