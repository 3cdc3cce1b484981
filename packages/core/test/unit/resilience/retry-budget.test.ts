import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RetryBudget } from '../../../src/resilience/retry-budget.js';

describe('a retry budget', () => {
  function budgetOf(options = {}): { budget: RetryBudget; pass: (ms: number) => void } {
    let now = 123_456;
    return { budget: new RetryBudget(options, () => now), pass: (ms) => void (now += ms) };
  }

  function takeAll(budget: RetryBudget): number {
    let taken = 0;
    while (budget.take()) taken += 1;
    return taken;
  }

  it('allows ten a second to begin with', () => {
    const { budget, pass } = budgetOf();
    expect(takeAll(budget)).toBe(100);
    pass(5_000);
    expect(takeAll(budget)).toBe(0);
    pass(5_000);
    expect(takeAll(budget)).toBe(100);
  });

  it('allows one more for five requests of the last ten seconds', () => {
    const { budget, pass } = budgetOf({ perSecond: 0 });
    for (let n = 0; n < 1_000; n += 1) budget.requested();
    expect(takeAll(budget)).toBe(200);
    pass(20_000);
    expect(takeAll(budget)).toBe(0);
  });

  it('takes what it has not been asked for in between to have come evenly', () => {
    const { budget, pass } = budgetOf({ perSecond: 0, ratio: 0.1 });
    for (let n = 0; n < 10_000; n += 1) budget.requested();
    pass(100_000);
    // 100 a second for a hundred seconds: of the last ten, nine are over.
    expect(takeAll(budget)).toBe(90);
  });

  it('allows none', () => {
    const { budget } = budgetOf({ ratio: 0, perSecond: 0 });
    budget.requested();
    expect(takeAll(budget)).toBe(0);
  });

  it.each([{ ratio: Infinity }, { perSecond: Infinity }, { ratio: Infinity, perSecond: 0 }])(
    'sets no limit with %p, before the first request as well as later',
    (options) => {
      const { budget, pass } = budgetOf(options);
      for (let n = 0; n < 1_000; n += 1) expect(budget.take()).toBe(true);
      expect(budget.balance).toBe(Infinity);
      budget.requested();
      pass(60_000);
      expect([budget.balance, budget.take()]).toEqual([Infinity, true]);
    },
  );

  it.each([{ ratio: -1 }, { ratio: NaN }, { perSecond: -1 }, { perSecond: 0.5 }, { part: 1 }])(
    'is not made with %j',
    (options) => {
      expect(() => new RetryBudget(options as object)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    },
  );

  it('never allows more than its share of any ten seconds and the reserve, whatever the order', () => {
    const step = fc.oneof(
      fc.record({ requests: fc.nat({ max: 500 }) }),
      fc.record({ retries: fc.nat({ max: 300 }) }),
      fc.record({ ms: fc.nat({ max: 4_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { budget, pass } = budgetOf({ ratio: 0.2, perSecond: 3 });
        let now = 0;
        const requests: number[] = [];
        const retries: number[] = [];
        for (const each of steps) {
          if ('ms' in each) {
            pass(each.ms);
            now += each.ms;
          } else if ('requests' in each) {
            for (let n = 0; n < each.requests; n += 1) budget.requested();
            requests.push(...new Array<number>(each.requests).fill(now));
          } else {
            for (let n = 0; n < each.retries; n += 1) if (budget.take()) retries.push(now);
          }
          const isRecent = (time: number): boolean => time > now - 9_000;
          const isCounted = (time: number): boolean => time > now - 20_000;
          expect(retries.filter(isRecent).length).toBeLessThanOrEqual(30 + 0.2 * requests.filter(isCounted).length + 1);
        }
      }),
    );
  });
});
