import { describe, expect, it, jest } from '@jest/globals';
import { busiestSecond, CHECK_INTERVAL_MS, runHalfBusyFleet } from './half-busy-fleet.js';
import type { Absence } from './simulated-server.js';

/** A fleet takes a few seconds, and more on a machine that has other things to do. */
jest.setTimeout(240_000);

describe('a thousand clients and a hundred servers', () => {
  const CLIENTS = 1_000;
  const SERVERS = 100;
  const RATE = 2;
  const NORMAL = CLIENTS * RATE;
  const FAIR = NORMAL / SERVERS;
  /** A second. */
  const CHECKS = (CLIENTS * SERVERS) / (CHECK_INTERVAL_MS / 1_000);
  const FALL_MS = 3_000;
  const RISE_MS = 15_000;
  const UNTIL_MS = 21_000;

  it.each<[Absence, string, number]>([
    // Two retries, after pauses of 20 and 40 ms at most.
    ['lost', 'CONNECTION_LOST', 100],
    // The whole time of a request.
    ['silent', 'TIMEOUT', 5_010],
  ])(
    'of which all are %s for a while: requests fail with %s within %d ms, and service is back at once, without a herd',
    async (absence, code, longestMs) => {
      const report = await runHalfBusyFleet(SERVERS, {
        clients: CLIENTS,
        rate: RATE,
        untilMs: UNTIL_MS,
        plan: (servers) => {
          for (const server of servers) server.outage(FALL_MS, RISE_MS, absence);
        },
      });
      const { requests, checks } = report.traffic;

      const down = report.sent(FALL_MS, RISE_MS - longestMs);
      expect([down.succeeded, Object.keys(down.failures)]).toEqual([0, [code]]);
      expect(down.longestMs).toBeLessThan(longestMs);
      // Three attempts each at most, and nobody's budget is overdrawn. What was under way at the beginning comes again all at once, and finds nobody.
      for (let from = FALL_MS; from < RISE_MS; from += 1_000) {
        expect(requests.rate(from, from + 1_000)).toBeLessThan(3.5 * NORMAL);
      }
      for (const { requests: own, retries } of report.stats) expect(retries).toBeLessThanOrEqual(0.2 * own + 100);

      expect(report.sent(RISE_MS, UNTIL_MS).succeeded).toBeGreaterThan(0.99);
      // Of 50 ms each; by chance alone one of 120 windows is a third above the average.
      expect(requests.peak(RISE_MS, UNTIL_MS)).toBeLessThan(2 * NORMAL);
      expect(requests.peak(RISE_MS + 100, UNTIL_MS)).toBeLessThan(1.6 * NORMAL);
      expect(busiestSecond(report, RISE_MS, UNTIL_MS)).toBeLessThan(2.2 * FAIR);
      expect(report.sent(RISE_MS, UNTIL_MS).latencies.quantile(0.99)).toBeLessThan(
        1.2 * report.sent(0, FALL_MS - 1_000).latencies.quantile(0.99),
      );
      // Ten clients check within 50 ms, on average, and by chance twice as many: before, in and after the outage.
      expect(checks.peak(0, UNTIL_MS)).toBeLessThan(2.6 * CHECKS);
      for (let from = 5_000; from < UNTIL_MS; from += 1_000) {
        expect(checks.rate(from, from + 1_000)).toBeLessThan(1.5 * CHECKS);
      }
    },
  );
});

/** Those who ask each server often enough leave it out by themselves, nearly all at the same time. */
describe('a hundred busy clients and ten servers', () => {
  const CLIENTS = 100;
  const RATE = 20;
  const NORMAL = CLIENTS * RATE;
  const FAIR = NORMAL / 10;

  it('of which all are lost for a while: retries are few, and service is back at once for all of the load', async () => {
    const [fallMs, riseMs, untilMs] = [2_000, 22_000, 32_000];
    const report = await runHalfBusyFleet(10, {
      clients: CLIENTS,
      rate: RATE,
      untilMs,
      plan: (servers) => {
        for (const server of servers) server.outage(fallMs, riseMs, 'lost');
      },
    });
    const { requests } = report.traffic;
    // Half of the members are left out, by each client other ones.
    expect(report.ejections).toBeGreaterThan(4 * CLIENTS);
    // A retry for five requests, and ten a second of each client beside that.
    expect(requests.rate(fallMs, riseMs)).toBeLessThan(1.05 * (1.2 * NORMAL + 10 * CLIENTS));
    expect(Object.keys(report.sent(fallMs, riseMs - 100).failures)).toEqual(['CONNECTION_LOST']);
    expect(report.sent(fallMs, riseMs - 100).longestMs).toBeLessThan(100);
    expect(report.sent(riseMs, untilMs).succeeded).toBeGreaterThan(0.99);
    expect(requests.peak(riseMs, untilMs)).toBeLessThan(2 * NORMAL);
    expect(busiestSecond(report, riseMs, untilMs)).toBeLessThan(1.5 * FAIR);
  });
});
