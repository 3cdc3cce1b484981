import { expect, it } from '@jest/globals';
import { configureLogging, createError, Service } from '@liberzmq/core';
import { pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { LoadBalancedClient } from '../../src/index.js';

configureLogging({ level: 'silent' });
useFakeClock();

it('one that is taken out by whoever hears that it is left out is let go of', async () => {
  let pings = 0;
  const client = new LoadBalancedClient({
    addresses: [
      {
        key: 'broken',
        requester: {
          async sendRequest(action) {
            if (action === 'ping') pings += 1;
            throw createError('CONNECTION_LOST', 'it is broken');
          },
          close: async () => undefined,
        },
      },
      { key: 'well', requester: new Service({ handlers: { who: () => 'well' } }) },
    ],
    strategy: 'first',
    idempotent: true,
    backoffMs: 1,
    healthCheck: false,
    ejection: { consecutiveFailures: 1, baseMs: 50 },
  });
  const events: unknown[] = [];
  client.on('stateChanged', ({ member, state }) => {
    events.push([member, state]);
    void client.removeMember(member);
  });
  client.on('ejected', (event) => events.push(event));
  const request = client.sendRequest('who');
  await pass(10);
  expect(await request).toBe('well');
  await pass(1_000);
  expect([events, pings]).toEqual([[['broken', 'ejected']], 0]);
  await client.close();
});
