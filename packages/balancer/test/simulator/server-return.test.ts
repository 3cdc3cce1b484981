import { describe, expect, it, jest } from '@jest/globals';
import { runHalfBusyFleet } from './half-busy-fleet.js';

/** A fleet takes a few seconds, and more on a machine that has other things to do. */
jest.setTimeout(240_000);

describe('a thousand clients and a hundred servers', () => {
  const CLIENTS = 1_000;
  const SERVERS = 100;
  const RATE = 2;
  const FAIR = (CLIENTS * RATE) / SERVERS;

  it('of which one is lost for a while: nobody asks it after two checks, and when it is back its load grows slowly', async () => {
    const riseMs = 14_000;
    const untilMs = 30_000;
    const report = await runHalfBusyFleet(SERVERS, {
      clients: CLIENTS,
      rate: RATE,
      untilMs,
      plan: ([first]) => {
        first!.outage(1_000, riseMs, 'lost');
      },
    });
    const { requests } = report.trafficOf[0]!;
    expect(report.sent(0, untilMs).succeeded).toBeGreaterThan(0.999);
    expect(requests.rate(riseMs - 2_000, riseMs)).toBe(0);
    // Clients find out within five seconds, and each gives it a tenth at first, and all of its load ten seconds later.
    expect(requests.rate(riseMs, riseMs + 2_000)).toBeLessThan(0.2 * FAIR);
    expect(requests.rate(riseMs, riseMs + 5_000)).toBeLessThan(0.35 * FAIR);
    expect(requests.rate(riseMs + 5_000, riseMs + 10_000)).toBeLessThan(0.85 * FAIR);
    expect(requests.rate(riseMs + 12_000, untilMs)).toBeGreaterThan(0.75 * FAIR);
    expect(requests.peak(riseMs, untilMs)).toBeLessThan(1.8 * FAIR);
  });
});

/** Those who ask each server often enough leave it out by themselves, nearly all at the same time. */
describe('a hundred busy clients and ten servers', () => {
  const CLIENTS = 100;
  const RATE = 20;
  const FAIR = (CLIENTS * RATE) / 10;

  it('of which one is lost for a while: it is left out for ten seconds, is asked once, and its load grows slowly', async () => {
    const report = await runHalfBusyFleet(10, {
      clients: CLIENTS,
      rate: RATE,
      untilMs: 30_000,
      options: { healthCheck: false },
      plan: ([first]) => {
        first!.outage(2_000, 8_000, 'lost');
      },
    });
    const { requests, checks } = report.trafficOf[0]!;
    expect(report.ejections).toBe(CLIENTS);
    expect(report.sent(0, 30_000).succeeded).toBeGreaterThan(0.99);
    expect(requests.rate(7_000, 12_000)).toBeLessThan(0.01 * FAIR);
    // One check of each client, not all in the same second.
    expect(checks.rate(0, 30_000) * 30).toBe(CLIENTS);
    expect(checks.peak(0, 30_000)).toBeLessThan(0.7 * CLIENTS);
    expect(requests.peak(12_000, 15_000)).toBeLessThan(0.3 * FAIR);
    expect(requests.peak(12_000, 18_000)).toBeLessThan(0.7 * FAIR);
    expect(requests.peak(12_000, 30_000)).toBeLessThan(1.3 * FAIR);
    expect(requests.rate(25_000, 30_000)).toBeGreaterThan(0.85 * FAIR);
  });
});
