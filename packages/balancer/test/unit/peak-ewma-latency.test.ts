import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PeakLatency } from '../../src/peak-ewma-latency.js';

const E = Math.E;

const observations = fc.array(
  fc.tuple(fc.double({ min: 0, max: 1e5, noNaN: true }), fc.double({ min: 0, max: 30_000, noNaN: true })),
  { minLength: 1, maxLength: 30 },
);

describe('the latency of a member', () => {
  it('is 0 while nothing is known', () => {
    const latency = new PeakLatency();
    expect([latency.at(0), latency.at(1e9)]).toEqual([0, 0]);
  });

  it.each<[string, [ms: number, now: number][], number, number]>([
    ['what was observed', [[50, 0]], 0, 50],
    ['an e-th part of that after tau', [[50, 0]], 1_000, 50 / E],
    [
      'whatever is higher, at once',
      [
        [50, 0],
        [80, 1],
      ],
      1,
      80,
    ],
    [
      'higher than what is left, though not than what was',
      [
        [50, 0],
        [30, 1_000],
      ],
      1_000,
      30,
    ],
    [
      'between peak and observation when that is lower',
      [
        [100, 0],
        [10, 1_000],
      ],
      1_000,
      100 / E + 10 * (1 - 1 / E),
    ],
    [
      'hardly less after a lower observation at the same time',
      [
        [100, 0],
        [10, 0],
        [10, 0],
      ],
      0,
      100,
    ],
    [
      'nearly the observations after a long time',
      [[100, 0], ...Array.from({ length: 60 }, (_, n): [number, number] => [10, n * 100])],
      6_000,
      10,
    ],
    ['nearly nothing when nothing was observed for long', [[100, 0]], 20_000, 0],
    [
      'the same when the clock goes back',
      [
        [100, 5_000],
        [40, 3_000],
      ],
      4_000,
      100,
    ],
  ])('is %s', (_name, observed, now, expected) => {
    const latency = new PeakLatency(1_000);
    for (const [ms, at] of observed) latency.observe(ms, at);
    expect(Math.abs(latency.at(now) - expected)).toBeLessThan(1);
  });

  it('falls to a third in ten seconds, if nothing else is said', () => {
    const latency = new PeakLatency();
    latency.observe(100, 0);
    expect(latency.at(10_000)).toBeCloseTo(100 / E, 6);
  });

  it('never falls if tau is infinite', () => {
    const latency = new PeakLatency(Infinity);
    latency.observe(100, 0);
    latency.observe(1, 1e9);
    expect(latency.at(1e12)).toBe(100);
  });

  it('is never above all that was observed, nor below what was observed last, and looking changes nothing', () => {
    fc.assert(
      fc.property(observations, (all) => {
        const [latency, looked] = [new PeakLatency(), new PeakLatency()];
        let now = 0;
        let most = 0;
        for (const [ms, pause] of all) {
          now += pause;
          most = Math.max(most, ms);
          looked.at(now - pause / 2);
          latency.observe(ms, now);
          looked.observe(ms, now);
          expect(latency.at(now)).toBeLessThanOrEqual(most * (1 + 1e-9));
          expect(latency.at(now)).toBeGreaterThanOrEqual(ms * (1 - 1e-9));
          expect(latency.at(now + 1)).toBeLessThanOrEqual(latency.at(now));
          expect(looked.at(now)).toBe(latency.at(now));
        }
      }),
    );
  });
});
