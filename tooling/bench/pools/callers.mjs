import { setImmediate } from 'node:timers/promises';

/** So many are shared. */
export const SIZE = 10;

export const ONE = 1;
export const MANY = 1_000;

/** Who shares them. @type {readonly { title: string, callers: number }[]} */
export const CASES = [
  { title: 'one caller', callers: ONE },
  { title: '1,000 callers', callers: MANY },
];

/** So often, all callers together: few enough to look at the clock in between, and so many that it does not count how many callers begin and end. */
export const PORTION = 20_000;

export const create = async () => ({ uses: 0 });

/**
 * All callers at the same time, each with its part of a portion. Afterwards timers and the like have their turn.
 *
 * @param {import('./contenders.mjs').OpenPool} pool
 * @param {number} callers
 */
export async function callTogether({ call }, callers) {
  await Promise.all(Array.from({ length: callers }, () => call(PORTION / callers)));
  await setImmediate();
}

/**
 * How often a second, over as many portions as the time takes.
 *
 * @param {() => Promise<void>} portion
 * @param {number} ms
 * @param {() => number} [now] in ms
 */
export async function rate(portion, ms, now = () => performance.now()) {
  const from = now();
  let calls = 0;
  do {
    await portion();
    calls += PORTION;
  } while (now() - from < ms);
  return (1_000 * calls) / (now() - from);
}
