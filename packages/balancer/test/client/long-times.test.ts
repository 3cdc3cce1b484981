import { expect, it } from '@jest/globals';
import { configureLogging, createError, Service, type Requester } from '@liberzmq/core';
import { pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';

configureLogging({ level: 'silent' });
// The first check comes late in the first interval.
useFakeClock({ chance: 0.9 });

const DAY_MS = 24 * 3_600 * 1_000;

/** One that is out of order, and counts its checks; beside it one that is well. */
function balancerWithOneBroken(options: Partial<LoadBalancedClientOptions>) {
  const counts = { pings: 0 };
  const broken: Requester = {
    async sendRequest(action) {
      if (action === 'ping') counts.pings += 1;
      throw createError('CONNECTION_LOST', 'it is broken');
    },
    close: async () => undefined,
  };
  const client = new LoadBalancedClient({
    addresses: [
      { key: 'broken', requester: broken },
      { key: 'well', requester: new Service({ handlers: { who: () => 'well' } }) },
    ],
    strategy: 'first',
    idempotent: true,
    backoffMs: 1,
    ...options,
  });
  const ask = async (): Promise<unknown> => {
    const answer = client.sendRequest('who').catch((error: unknown) => error);
    await pass(10);
    return answer;
  };
  return { client, counts, ask };
}

it.each([30 * DAY_MS, Infinity])('checks are far apart where they are to be: %d ms', async (intervalMs) => {
  const { client, counts, ask } = balancerWithOneBroken({ healthCheck: { intervalMs }, ejection: false });
  expect(await ask()).toBe('well');
  await pass(60_000);
  expect(counts.pings).toBe(0);
  await client.close();
});

it.each([30 * DAY_MS, Infinity])('what is counted is not forgotten within a window of %d ms', async (windowMs) => {
  const ejection = { windowMs, consecutiveFailures: Infinity, failureRate: 0.5, minRequests: 5 };
  const { client, ask } = balancerWithOneBroken({ ejection, healthCheck: false });
  for (let n = 0; n < 5; n += 1) {
    expect(client.stats().members[0]).toMatchObject({ state: 'healthy', failures: n });
    expect(await ask()).toBe('well');
    await pass(1_000);
  }
  expect(client.stats().members[0]).toMatchObject({ state: 'ejected', ejectedFor: '5 of 5 requests failed' });
  await client.close();
});

it.each([30 * DAY_MS, Infinity])('one that is left out for %d ms is not tried before', async (baseMs) => {
  const { client, counts, ask } = balancerWithOneBroken({
    ejection: { consecutiveFailures: 1, baseMs, maxMs: Infinity },
    healthCheck: false,
  });
  const ejected: number[] = [];
  client.on('ejected', ({ forMs }) => ejected.push(forMs));
  expect(await ask()).toBe('well');
  await pass(60_000);
  expect([counts.pings, ejected]).toEqual([0, [baseMs]]);
  expect(client.stats().members[0]).toMatchObject({ state: 'ejected', ejections: 1 });
  await client.close();
});

it('a slow start has an end', () => {
  const addresses = ['tcp://127.0.0.1:5556'];
  for (const slowStartMs of [Infinity, 2 ** 31]) {
    expect(() => new LoadBalancedClient({ addresses, slowStartMs })).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: `LoadBalancedClient: option 'slowStartMs' must be a number of milliseconds from 0 to 2147483647, not ${String(slowStartMs)}`,
      }),
    );
  }
});
