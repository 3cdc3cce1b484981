import { expect } from '@jest/globals';
import { runBalancedFleet, type BalancedFleetOptions, type BalancedFleetReport } from './balanced-fleet.js';
import { lognormal, lognormalMeanMs } from './distributions.js';

const MEDIAN_MS = 100;
const SIGMA = 0.5;

/** How often clients check servers. More often than that makes no difference here, and takes long to simulate. */
export const CHECK_INTERVAL_MS = 5_000;

/** Who asks a fleet, and what happens to it. */
export type HalfBusyFleet = Pick<BalancedFleetOptions, 'clients' | 'rate' | 'untilMs' | 'plan' | 'options'>;

/** Runs servers that all are busy to a half while all is well. Clients have the options that they have by themselves, but may send twice, and check less often. Fails if a request never ends. */
export async function runHalfBusyFleet(serverCount: number, fleet: HalfBusyFleet): Promise<BalancedFleetReport> {
  const { clients, rate, options } = fleet;
  const workers = Math.ceil((2 * ((clients * rate) / serverCount) * lognormalMeanMs(MEDIAN_MS, SIGMA)) / 1_000);
  const report = await runBalancedFleet({
    seed: 1,
    servers: Array.from({ length: serverCount }, (_, n) => ({
      key: `server ${n}`,
      workers,
      workMs: lognormal(MEDIAN_MS, SIGMA),
    })),
    ...fleet,
    options: { idempotent: true, healthCheck: { intervalMs: CHECK_INTERVAL_MS }, ...options },
  });
  expect(report.settled).toBe(report.requests);
  return report;
}

/** What the busiest server gets in a second, at most. */
export function busiestSecond({ trafficOf }: BalancedFleetReport, fromMs: number, untilMs: number): number {
  return Math.max(...trafficOf.map(({ requests }) => requests.peak(fromMs, untilMs)));
}
