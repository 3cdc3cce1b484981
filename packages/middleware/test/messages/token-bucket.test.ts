import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenBucket } from '../../src/messages/token-bucket.js';
import { TokenBuckets } from '../../src/messages/token-buckets.js';

describe('a bucket', () => {
  it.each<[string, { perSecond: number; burst: number }, [at: number, wait: number][]]>([
    [
      'is full at first',
      { perSecond: 1, burst: 3 },
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 1_000],
      ],
    ],
    [
      'fills evenly',
      { perSecond: 10, burst: 1 },
      [
        [0, 0],
        [50, 50],
        [99, 1],
        [100, 0],
        [150, 50],
      ],
    ],
    [
      'holds no more than its burst',
      { perSecond: 10, burst: 2 },
      [
        [0, 0],
        [60_000, 0],
        [60_000, 0],
        [60_000, 100],
      ],
    ],
    [
      'may hold more than a second brings',
      { perSecond: 2, burst: 4 },
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 500],
      ],
    ],
    [
      'may get less than one a second',
      { perSecond: 0.5, burst: 1 },
      [
        [0, 0],
        [0, 2_000],
        [1_999, 1],
        [2_000, 0],
      ],
    ],
    [
      'loses nothing to who asks too soon',
      { perSecond: 1, burst: 1 },
      [
        [0, 0],
        [300, 700],
        [600, 400],
        [1_000, 0],
      ],
    ],
    [
      'is not filled by a clock that goes back',
      { perSecond: 1, burst: 1 },
      [
        [1_000, 0],
        [500, 1_000],
        [900, 600],
      ],
    ],
  ])('%s', (_what, rate, takes) => {
    const bucket = new TokenBucket(rate, takes[0]![0]);
    expect(takes.map(([at]) => [at, bucket.take(at)])).toEqual(takes);
  });

  it('never lets more through than burst and rate allow, and whoever waits as told gets one', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (gaps, perSecond, burst) => {
        const bucket = new TokenBucket({ perSecond, burst }, 0);
        let now = 0;
        let through = 0;
        for (const gap of gaps) {
          now += gap;
          const wait = bucket.take(now);
          if (wait === 0) through += 1;
          else {
            now += wait;
            expect(bucket.take(now)).toBe(0);
            through += 1;
          }
          expect(through).toBeLessThanOrEqual(burst + (now * perSecond) / 1_000 + 1e-6);
        }
      }),
    );
  });
});

describe('buckets', () => {
  const rate = { perSecond: 1, burst: 2 };

  it('are one for each key', () => {
    const buckets = new TokenBuckets(rate, 10);
    expect(['a', 'a', 'a', 'b'].map((key) => buckets.take(key, 0))).toEqual([0, 0, 1_000, 0]);
  });

  it('are forgotten when they are full', () => {
    const buckets = new TokenBuckets(rate, 1_000);
    for (let n = 0; n < 500; n += 1) buckets.take(`key ${n}`, n);
    expect(buckets.size).toBe(500);
    for (let n = 0; n < 500; n += 1) buckets.take('late', 10_000 + n * 1_000);
    expect(buckets.size).toBe(1);
  });

  it('are no more than so many: new keys share one then', () => {
    const buckets = new TokenBuckets(rate, 100);
    const through = Array.from({ length: 10_000 }, (_each, n) => buckets.take(`key ${n}`, 0)).filter(
      (wait) => wait === 0,
    );
    expect(through).toHaveLength(100 + rate.burst);
    expect(buckets.size).toBe(100);
    expect([buckets.take('key 0', 0), buckets.take('key 0', 0)]).toEqual([0, 1_000]);
  });
});
