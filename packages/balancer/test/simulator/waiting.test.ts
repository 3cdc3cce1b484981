import { expect, it, jest } from '@jest/globals';
import { busiestSecond, runHalfBusyFleet } from './half-busy-fleet.js';

/** A fleet takes a few seconds, and more on a machine that has other things to do. */
jest.setTimeout(240_000);

const CLIENTS = 1_000;
const SERVERS = 100;
const RATE = 2;
const NORMAL = CLIENTS * RATE;
const RISE_MS = 15_000;
const UNTIL_MS = 23_000;
/** Each client knows of those that are back within an interval of its checks, and a tenth of it. */
const KNOWN_MS = RISE_MS + 5_500;

it('a thousand clients, whose requests wait because all of a hundred servers close, do not ask all at once when these are back', async () => {
  const report = await runHalfBusyFleet(SERVERS, {
    clients: CLIENTS,
    rate: RATE,
    untilMs: UNTIL_MS,
    plan: (servers) => {
      for (const server of servers) server.outage(3_000, RISE_MS, 'draining');
    },
  });
  const { requests } = report.traffic;

  // Nobody asks one that says so, once that is known: requests wait, and fail when their time is up.
  expect(requests.rate(11_000, RISE_MS)).toBe(0);
  const inVain = report.sent(9_000, 10_000);
  expect(inVain.succeeded).toBe(0);
  expect(inVain.failures['UNREACHABLE']).toBeGreaterThan(0.9 * NORMAL);
  expect(report.sent(0, UNTIL_MS).longestMs).toBeLessThan(5_010);

  // Five seconds of requests have waited, and come within the five seconds in which clients find out: twice the load.
  expect(report.sent(RISE_MS + 1_000, UNTIL_MS).succeeded).toBeGreaterThan(0.99);
  expect(requests.rate(RISE_MS, KNOWN_MS)).toBeLessThan(1.6 * NORMAL);
  expect(requests.peak(RISE_MS, UNTIL_MS)).toBeLessThan(3 * NORMAL);
  expect(busiestSecond(report, RISE_MS, UNTIL_MS)).toBeLessThan((3 * NORMAL) / SERVERS);
  expect(requests.peak(KNOWN_MS + 100, UNTIL_MS)).toBeLessThan(1.6 * NORMAL);
  const p99 = (fromMs: number, untilMs: number): number => report.sent(fromMs, untilMs).latencies.quantile(0.99);
  expect(p99(KNOWN_MS + 500, UNTIL_MS)).toBeLessThan(1.3 * p99(0, 2_000));
});
