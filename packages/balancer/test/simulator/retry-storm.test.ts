import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RetryBudget } from '@liberzmq/core/resilience';
import { runBalancedFleet, type BalancedFleetOptions, type BalancedFleetReport } from './balanced-fleet.js';
import { lognormal } from './distributions.js';
import type { ServerModel } from './simulated-server.js';

/** A fleet takes a few seconds, and more on a machine that has other things to do. */
jest.setTimeout(240_000);

const CLIENTS = 1_000;
const SERVERS = 100;
/** Requests a second of each client: so many come to each server as well, ten times. */
const RATE = 3;
/** The window of a retry budget: in so many ms it allows what it has in reserve once. */
const UNTIL_MS = 10_000;
/** What a budget has in reserve, with the figures that it has by itself. */
const RESERVE = 100;
const RATIO = 0.2;
/** The first 30 of the servers are in trouble. */
const isBad = (n: number): boolean => n < 30;

/** So much comes to a server a second, if all are well, and if only the others are. */
const FAIR = (CLIENTS * RATE) / SERVERS;
const WITHOUT_THE_BAD = FAIR / 0.7;

/** A budget that allows everything. */
const unlimited = (): RetryBudget => new RetryBudget({ ratio: 1_000 });

/** Servers with 7 workers, of which half are busy if all is well, and two thirds if 70 of 100 servers have all of the load. */
function servers(differently: (n: number) => Partial<ServerModel> = () => ({})): ServerModel[] {
  return Array.from({ length: SERVERS }, (_, n) => ({
    key: `server ${n}`,
    workers: 7,
    workMs: lognormal(100, 0.5),
    ...differently(n),
  }));
}

async function run({ options, ...fleet }: Partial<BalancedFleetOptions>): Promise<BalancedFleetReport> {
  const report = await runBalancedFleet({
    seed: 1,
    clients: CLIENTS,
    rate: RATE,
    untilMs: UNTIL_MS,
    servers: servers(),
    ...fleet,
    options: { idempotent: true, healthCheck: false, ...options },
  });
  expect(report.settled).toBe(report.requests);
  return report;
}

/** How many times as much has come to the servers as was wanted of them, while it was. */
function amplification({ traffic, requests }: BalancedFleetReport, untilMs = UNTIL_MS): number {
  return (traffic.requests.rate(0, untilMs) * untilMs) / 1_000 / requests;
}

/** Within which time 99 of 100 results came, in ms. */
function p99(report: BalancedFleetReport, fromMs = 0): number {
  return report.sent(fromMs, Infinity).latencies.quantile(0.99);
}

/** What the busiest server that is well gets a second, and how many wait there at most. */
function busiest({ trafficOf, servers: all }: BalancedFleetReport, fromMs: number, untilMs = UNTIL_MS): number[] {
  const rates = trafficOf.map(({ requests }) => requests.rate(fromMs, untilMs));
  return [rates, all.map(({ longestQueue }) => longestQueue)].map((each) =>
    Math.max(...each.filter((_, n) => !isBad(n))),
  );
}

/** Each client has kept to its own budget, with the figures that it has by itself. */
function expectWithinOwnBudgets({ stats }: BalancedFleetReport): void {
  for (const { requests, retries } of stats) expect(retries).toBeLessThanOrEqual(RATIO * requests + RESERVE);
}

/** What a budget allows that all clients share, for each request. */
function sharedLimit({ requests }: BalancedFleetReport): number {
  return 1 + RATIO + RESERVE / requests;
}

describe('a thousand clients and a hundred servers', () => {
  let calmP99: number;
  beforeAll(async () => {
    const report = await run({});
    calmP99 = p99(report);
    expect([amplification(report), report.sent(0, Infinity).succeeded]).toEqual([1, 1]);
  });

  it('of which 30 are gone: the others get what was for them and no more, and after two checks nobody asks those', async () => {
    const untilMs = 15_000;
    const report = await run({
      untilMs,
      options: { healthCheck: { intervalMs: 5_000 } },
      plan: (all) => {
        for (const server of all.filter((_, n) => isBad(n))) server.outage(1_000, Infinity, 'lost');
      },
    });
    expectWithinOwnBudgets(report);
    // Three attempts at most, until the checks have told who is gone.
    expect(amplification(report, untilMs)).toBeLessThan(1.3);
    const [rate, queue] = busiest(report, 2_000, untilMs);
    expect(rate).toBeLessThan(1.2 * WITHOUT_THE_BAD);
    expect(queue).toBeLessThan(25);
    expect(p99(report)).toBeLessThan(1.15 * calmP99);
    expect(report.sent(1_000, 12_000).succeeded).toBeGreaterThan(0.97);
    expect(report.sent(13_000, untilMs).succeeded).toBe(1);
    expect(report.traffic.requests.rate(13_000, untilMs)).toBeLessThan(1.05 * CLIENTS * RATE);
  });

  it('and 30 % of all requests fail: they are tried again within the budget that all share', async () => {
    const failing = servers(() => ({ failureRate: 0.3 }));
    const report = await run({ servers: failing, options: { retries: 10, retryBudget: new RetryBudget() } });
    expect(amplification(report)).toBeLessThanOrEqual(sharedLimit(report));
    // What the budget allows is used as well: with it 84 % succeed, without retries it were 70 %.
    expect(report.sent(0, UNTIL_MS).succeeded).toBeGreaterThan(0.82);
    const [rate, queue] = busiest(report, 2_000);
    expect(rate).toBeLessThan(1.2 * (1 + RATIO) * FAIR);
    expect(queue).toBeLessThan(25);
    // They fail after the work, so who needs two attempts needs twice the time.
    expect(p99(report)).toBeLessThan(1.8 * calmP99);
    const without = await run({ servers: failing, options: { retries: 10, retryBudget: unlimited() } });
    expect(amplification(without)).toBeGreaterThan(1.4);
  });

  it('of which 30 refuse everything: the others get no more than the budget allows', async () => {
    const report = await run({
      servers: servers((n) => (isBad(n) ? { workers: 0, queueLimit: 0 } : {})),
      options: { retries: 10, retryBudget: new RetryBudget() },
    });
    expect(amplification(report)).toBeLessThanOrEqual(sharedLimit(report));
    const [rate, queue] = busiest(report, 2_000);
    expect(rate).toBeLessThan(1.2 * (1 + RATIO) * FAIR);
    expect(queue).toBeLessThan(25);
    expect(p99(report)).toBeLessThan(1.15 * calmP99);
  });
});

/** All servers together can do 58 % of what is wanted, and refuse the rest. Each request is tried up to 11 times in its 5 seconds. */
describe('a thousand clients, and a hundred servers that have too little room', () => {
  const overloaded = async (retryBudget: RetryBudget | undefined, untilMs = UNTIL_MS): Promise<BalancedFleetReport> =>
    run({
      untilMs,
      servers: servers(() => ({ workers: 2, queueLimit: 2 })),
      options: { retries: 10, retryBudget },
    });
  const servedPart = ({ servers: all, requests }: BalancedFleetReport): number =>
    all.reduce((sum, { served }) => sum + served, 0) / requests;

  it('make no storm with a budget that all share, and serve what they can', async () => {
    const report = await overloaded(new RetryBudget());
    expect(amplification(report)).toBeLessThanOrEqual(sharedLimit(report));
    expect(servedPart(report)).toBeGreaterThan(0.55);
    expect(p99(report)).toBeLessThan(600);
  });

  it('get no more than that and the reserve of each client, where each has its own', async () => {
    const report = await overloaded(undefined);
    expectWithinOwnBudgets(report);
    expect(report.stats.filter(({ retriesRefused }) => retriesRefused > 0).length).toBeGreaterThan(0.7 * CLIENTS);
    expect(amplification(report)).toBeLessThan(1 + RATIO + (RESERVE * CLIENTS) / report.requests);
  });

  it('would get many times the load without a budget, and answer many times as late', async () => {
    const untilMs = 4_000;
    const report = await overloaded(unlimited(), untilMs);
    expect(amplification(report, untilMs)).toBeGreaterThan(4);
    expect(p99(report)).toBeGreaterThan(2_000);
  });
});

/** Those who ask each server often enough find out by themselves. */
describe('a hundred busy clients and a hundred servers', () => {
  it('of which 30 fail in all but their checks: these are left out', async () => {
    const fair = 60;
    const report = await run({
      clients: 100,
      rate: fair,
      servers: servers((n) => ({ workers: 14, failureRate: isBad(n) ? 1 : 0 })),
    });
    expectWithinOwnBudgets(report);
    expect(report.ejections).toBeGreaterThan(2_400);
    const [rate, queue] = busiest(report, 2_000);
    expect(rate).toBeLessThan((1.2 * fair) / 0.7);
    expect(queue).toBeLessThan(40);
    const last = report.trafficOf.map(({ requests }) => requests.rate(8_000, UNTIL_MS));
    for (const each of last.filter((_, n) => isBad(n))) expect(each).toBeLessThan(fair / 2);
    expect(report.sent(8_000, UNTIL_MS).succeeded).toBeGreaterThan(0.99);
  });
});
