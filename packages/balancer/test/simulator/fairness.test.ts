import { describe, expect, it } from '@jest/globals';
import { STRATEGIES, type StrategyName } from '../../src/strategies/strategies.js';
import { worstDeviation } from '../unit/strategies/candidates.js';
import { lognormal, lognormalMeanMs } from './distributions.js';
import { runFleet } from './fleet.js';

const MEDIAN_MS = 40;
const SIGMA = 0.5;
const MEAN_MS = lognormalMeanMs(MEDIAN_MS, SIGMA);
const UTILISATION = 0.62;

interface Load {
  readonly strategy: StrategyName;
  readonly clients: number;
  readonly weights: readonly number[];
  /** Requests that each client has under way at each server, on average. */
  readonly underWay: number;
  readonly requests: number;
}

/** How many requests each server has served. All servers are as quick as each other, and as large as their weights say. */
function served({ strategy, clients, weights, underWay, requests }: Load): readonly number[] {
  const rate = (underWay * weights.length) / (MEAN_MS / 1_000);
  const average = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const warmUpMs = 2 * MEAN_MS;
  const report = runFleet({
    seed: 1,
    makeStrategy: STRATEGIES[strategy],
    clients,
    weights,
    rate,
    warmUpMs,
    untilMs: warmUpMs + (requests / clients / rate) * 1_000,
    servers: weights.map((weight, n) => ({
      key: `server ${n}`,
      workers: Math.ceil((clients * underWay * weight) / average / UTILISATION),
      workMs: lognormal(MEDIAN_MS, SIGMA),
    })),
  });
  expect(report.failed).toBe(0);
  return report.served;
}

/** How far a server is from what its weight says, at most, as a part of that. */
function unfairness(load: Load): number {
  const counts = served(load);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return worstDeviation(
    counts.map((count) => count / all),
    load.weights,
  );
}

/**
 * Each client has 25 requests under way: 0.25 at each server, so that it has something to compare, and yet most are equal to it. Each server has 403 workers, of which 62 % are
 * busy. In 340,000 requests chance alone makes deviations of 1.7 % (one by the root of 3,400), and 4 to 5 % at the worst of a hundred servers.
 */
describe('a thousand clients and a hundred servers', () => {
  const fleet = { clients: 1_000, underWay: 0.25 };
  const equal = new Array<number>(100).fill(1);

  it.each<[StrategyName, number]>([
    ['round_robin', 120_000],
    ['two_choices', 340_000],
    ['least_pending', 340_000],
  ])('%s serves all equally, within 5 %%', (strategy, requests) => {
    expect(unfairness({ ...fleet, strategy, requests, weights: equal })).toBeLessThan(0.05);
  });

  it('weighted serves each as its weight says, within 5 %', () => {
    const weights = equal.map((_one, n) => 1 + (n % 2));
    expect(unfairness({ ...fleet, strategy: 'weighted', requests: 150_000, weights })).toBeLessThan(0.05);
  });
});

/** One client. Where it has little under way the draw decides, where it has much the comparison, and in between both. */
describe('two_choices with weights', () => {
  it.each<[number, readonly number[], number]>([
    [0.01, [3, 1], 0.05],
    [1, [3, 1], 0.05],
    [3, [3, 1], 0.05],
    [20, [3, 1], 0.05],
    [20, [1, 2, 3, 4], 0.05],
    [0.01, [1, 2, 3, 4], 0.05],
    // Here a heavy one is often busy with a single request, and then worse than a light one that is idle.
    [0.2, [3, 1], 0.15],
    [1, [1, 2, 3, 4], 0.15],
  ])(
    'and %d under way at each server serves servers that weigh %j in turn so, within a part of %d',
    (underWay, kinds, most) => {
      const weights = Array.from({ length: 20 }, (_, n) => kinds[n % kinds.length]!);
      const counts = served({ strategy: 'two_choices', clients: 1, weights, underWay, requests: 60_000 });
      const all = counts.reduce((sum, count) => sum + count, 0);
      const parts = kinds.map(
        (_kind, at) => counts.reduce((sum, count, n) => sum + (n % kinds.length === at ? count : 0), 0) / all,
      );
      expect(worstDeviation(parts, kinds)).toBeLessThan(most);
    },
  );
});
