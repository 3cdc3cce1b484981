/**
 * What is promised, as a ratio of our figure to the other one: at least so much of a rate, or at most so much of a time. The aim is what we would like.
 *
 * @typedef {{ atLeast: number, aim: number } | { atMost: number, aim: number }} Target
 */

/** @typedef {'aim reached' | 'met' | 'missed'} Verdict */

/** @satisfies {Record<string, Target>} */
export const TARGETS = {
  request1: { atMost: 1.15, aim: 1 },
  request16: { atLeast: 1.5, aim: 2 },
  request256: { atLeast: 4, aim: 6 },
  push: { atLeast: 4, aim: 6 },
  pushMsgpack: { atLeast: 10, aim: 10 },
  publish: { atLeast: 5, aim: 8 },
  medium: { atLeast: 1.1, aim: 1.1 },
  large: { atLeast: 0.95, aim: 0.95 },
  middleware: { atLeast: 0.85, aim: 1 },
  contract: { atLeast: 0.9, aim: 1 },
  check: { atMost: 1, aim: 1 },
  codecs: { atMost: 1.05, aim: 1 },
  balancer: { atLeast: 0.95, aim: 1 },
  pool: { atLeast: 2, aim: 2 },
};

/** What the memory of a sender may grow by beyond the limit of its outbox. */
export const MEMORY_BEYOND_LIMIT_MIB = 64;

/** What the heap of a pool may grow by while it goes on to lend. */
export const POOL_HEAP_GROWTH_MIB = 1;

/**
 * @param {Target} target
 * @param {number} ratio
 * @returns {Verdict}
 */
export function verdict(target, ratio) {
  const reaches = (/** @type {number} */ bound) => ('atLeast' in target ? ratio >= bound : ratio <= bound);
  if (reaches(target.aim)) return 'aim reached';
  return reaches('atLeast' in target ? target.atLeast : target.atMost) ? 'met' : 'missed';
}
