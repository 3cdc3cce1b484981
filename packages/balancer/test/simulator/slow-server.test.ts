import { describe, expect, it } from '@jest/globals';
import { STRATEGIES, type StrategyName } from '../../src/strategies/strategies.js';
import { lognormal, lognormalMeanMs } from './distributions.js';
import { runFleet, type FleetOptions, type FleetReport } from './fleet.js';
import type { ServerModel } from './simulated-server.js';

const MEDIAN_MS = 20;
const SIGMA = 0.5;
const SERVERS = 20;
const WORKERS = 16;
/** The server that is slow takes so many times as long. */
const FACTOR = 10;

/** Requests a second that keep so large a part of all workers busy, if all servers are as quick as they should be. */
function rateFor(utilisation: number, servers = SERVERS, workers = WORKERS): number {
  return (utilisation * servers * workers) / (lognormalMeanMs(MEDIAN_MS, SIGMA) / 1_000);
}

/** Twenty servers, the first of which is slow. */
function servers(workersOfSlow: number): ServerModel[] {
  return Array.from({ length: SERVERS }, (_, n) => ({
    key: `server ${n}`,
    workers: n === 0 ? workersOfSlow : WORKERS,
    workMs: lognormal(n === 0 ? FACTOR * MEDIAN_MS : MEDIAN_MS, SIGMA),
  }));
}

type SetUp = Omit<FleetOptions, 'seed' | 'makeStrategy'>;

/** About 60,000 requests count. */
function setUp(clients: number, utilisation: number, workersOfSlow: number): SetUp {
  const rate = rateFor(utilisation);
  return {
    clients,
    rate: rate / clients,
    servers: servers(workersOfSlow),
    warmUpMs: 1_000,
    untilMs: 1_000 + 60_000 / (rate / 1_000),
  };
}

function run(strategy: StrategyName, fleet: SetUp): FleetReport {
  return runFleet({ ...fleet, seed: 1, makeStrategy: STRATEGIES[strategy] });
}

function p99(strategy: StrategyName, fleet: SetUp): number {
  return run(strategy, fleet).latencies.quantile(0.99);
}

/** 20 servers with 16 workers each, which take 23 ms on average, and one that takes ten times as long. */
describe('with one slow server', () => {
  /** As a process that lacks processor time: in turn it gets six times what it can do, and its queue grows. */
  const crowded = (clients: number, utilisation: number): SetUp => setUp(clients, utilisation, WORKERS);
  /** As one that waits for something slow: it answers late, and there is no queue. */
  const roomy = (clients: number): SetUp => setUp(clients, 0.6, FACTOR * WORKERS);

  it.each<[string, SetUp]>([
    ['it is crowded, and others are busy to 50 %', crowded(10, 0.5)],
    ['it is crowded, and others are busy to 70 %', crowded(10, 0.7)],
    ['it is crowded, and clients are many', crowded(200, 0.6)],
    ['it has room', roomy(3)],
  ])('two_choices and peak_ewma have a p99 of at most a third of that of round_robin, when %s', (_name, fleet) => {
    const third = p99('round_robin', fleet) / 3;
    expect(p99('two_choices', fleet)).toBeLessThan(third);
    expect(p99('peak_ewma', fleet)).toBeLessThan(third);
  });

  it('peak_ewma has it as well when it has room and clients are many, so that none has two requests under way there', () => {
    const fleet = roomy(200);
    const inTurn = p99('round_robin', fleet);
    expect(p99('peak_ewma', fleet)).toBeLessThan(inTurn / 3);
    // Nothing is under way most of the time, which tells two choices nothing.
    expect(p99('two_choices', fleet)).toBeGreaterThan(inTurn / 3);
  });
});

/**
 * A thousand clients and a hundred servers, of which the slow ones are crowded. Each client asks each server 0.4 times a second, so with two_choices it takes some seconds until it has a
 * request under way at each slow one, which keeps it from there.
 */
describe('a thousand clients and a hundred servers', () => {
  const quantile = (strategy: StrategyName, slow: number, part: number): number =>
    run(strategy, {
      clients: 1_000,
      rate: rateFor(0.6, 100) / 1_000,
      servers: Array.from({ length: 100 }, (_, n) => ({
        key: `server ${n}`,
        workers: WORKERS,
        workMs: lognormal(n < slow ? FACTOR * MEDIAN_MS : MEDIAN_MS, SIGMA),
      })),
      warmUpMs: 8_000,
      untilMs: 10_000,
    }).latencies.quantile(part);

  it.each([
    // In turn, as large a part of the requests goes to slow ones as there are of them: with one of a hundred the p99 lies at the very edge, and half a percent further on there is no doubt.
    [1, 0.995],
    [5, 0.99],
  ])(
    'of which %d is slow: two_choices and peak_ewma have a quantile of %d of at most a third of that of round_robin',
    (slow, part) => {
      const third = quantile('round_robin', slow, part) / 3;
      expect(quantile('two_choices', slow, part)).toBeLessThan(third);
      expect(quantile('peak_ewma', slow, part)).toBeLessThan(third);
    },
  );
});

/** 5 servers with 4 workers each; one of them is ten times as slow for 20 seconds. */
describe('with a server that is slow for a while', () => {
  const rate = rateFor(0.5, 5, 4);
  const fleet = (fromMs: number, untilMs: number): SetUp => ({
    clients: 4,
    rate: rate / 4,
    servers: Array.from({ length: 5 }, (_, n) => ({
      key: `server ${n}`,
      workers: 4,
      workMs: lognormal(MEDIAN_MS, SIGMA),
    })),
    warmUpMs: fromMs,
    untilMs,
    plan: (_simulation, [first]) => {
      first!.brownOut(10_000, 30_000, FACTOR);
    },
  });

  it.each<StrategyName>(['two_choices', 'peak_ewma'])(
    '%s asks it less meanwhile, and as much as the others afterwards',
    (strategy) => {
      const part = (fromMs: number, untilMs: number): number => {
        const { served } = run(strategy, fleet(fromMs, untilMs));
        return served[0]! / served.reduce((sum, count) => sum + count, 0);
      };
      expect(part(2_000, 10_000)).toBeCloseTo(1 / 5, 1);
      expect(part(12_000, 30_000)).toBeLessThan(0.05);
      expect(part(80_000, 100_000)).toBeCloseTo(1 / 5, 1);
    },
  );
});
