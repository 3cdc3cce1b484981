import { expect, it } from '@jest/globals';
import { ConnectionError, Service } from '@liberzmq/core';
import { LoadBalancedClient } from '../../src/load-balanced-client.js';

it('starts slowly with one that is back, also where it was not asked for anything before', async () => {
  let isThere = true;
  const ping = (): string => {
    if (!isThere) throw new ConnectionError('CONNECTION_LOST', 'it is gone');
    return 'pong';
  };
  const client = new LoadBalancedClient({
    addresses: [
      { key: 'a', requester: new Service({ handlers: { ping } }) },
      { key: 'b', requester: new Service() },
    ],
    healthCheck: { intervalMs: Infinity, unhealthyAfter: 1 },
  });
  const states: string[] = [];
  client.on('stateChanged', ({ member, state }) => states.push(`${member} is ${state}`));
  await client.healthCheck();
  isThere = false;
  await client.healthCheck();
  isThere = true;
  await client.healthCheck();
  expect(states).toEqual(['a is unhealthy', 'a is warming']);
  expect(client.stats().members.map(({ weight }) => weight)).toEqual([0.1, 1]);
  await client.close();
});
