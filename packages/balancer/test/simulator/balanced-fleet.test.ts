import { expect, it } from '@jest/globals';
import { runBalancedFleet } from './balanced-fleet.js';
import { lognormal } from './distributions.js';

/** What a fleet in some trouble has done: every figure that it has. */
async function figures(seed: number): Promise<unknown> {
  const { stats, traffic, servers, settled, ...others } = await runBalancedFleet({
    seed,
    clients: 50,
    rate: 20,
    untilMs: 6_000,
    servers: Array.from({ length: 10 }, (_, n) => ({
      key: `server ${n}`,
      workers: 14,
      workMs: lognormal(50, 0.5),
      failureRate: n < 3 ? 0.5 : 0,
      queueLimit: 5,
    })),
    options: { idempotent: true, hedge: true, healthCheck: { intervalMs: 500 } },
    plan: ([, , , first, second]) => {
      first!.outage(1_000, 3_000, 'silent');
      second!.outage(2_000, 4_000, 'lost');
    },
  });
  const rates = [traffic.requests.rates(0, 6_000), traffic.checks.rates(0, 6_000)];
  return { stats, rates, settled, served: servers.map((server) => [server.served, server.failed]), others };
}

it('does the same with the same seed, and something else with another', async () => {
  const first = await figures(1);
  expect(await figures(1)).toEqual(first);
  expect(await figures(2)).not.toEqual(first);
});
