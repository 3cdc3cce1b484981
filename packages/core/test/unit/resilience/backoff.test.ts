import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Backoff } from '../../../src/resilience/backoff.js';

describe('the pauses between attempts', () => {
  it.each([
    ['equal', 0, [50, 100, 200, 400, 500, 500]],
    ['equal', 0.5, [75, 150, 300, 600, 750, 750]],
    ['full', 0, [0, 0, 0, 0, 0, 0]],
    ['full', 0.5, [50, 100, 200, 400, 500, 500]],
  ] as const)('with %s jitter and chance %d are %j', (jitter, chance, pauses) => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, jitter }, () => chance);
    expect(pauses.map(() => backoff.failed())).toEqual(pauses);
  });

  it('begin anew after a success', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1_000 }, () => 0);
    const pauses = [backoff.failed(), backoff.failed()];
    expect(backoff.failures).toBe(2);
    backoff.succeeded();
    expect([...pauses, backoff.failures, backoff.failed()]).toEqual([50, 100, 0, 50]);
  });

  it('are never longer than the longest, however often it failed, and with equal jitter never nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (times, chance) => {
          const backoff = new Backoff({ baseMs: 20, maxMs: 700 }, () => chance);
          let pause = 0;
          for (let n = 0; n < times; n += 1) pause = backoff.failed();
          expect(pause).toBeLessThanOrEqual(700);
          expect(pause).toBeGreaterThanOrEqual(10);
        },
      ),
      { numRuns: 50 },
    );
  });
});
