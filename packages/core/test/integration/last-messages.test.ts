import { expect, it } from '@jest/globals';
import { Publisher, Server } from '@liberzmq/core';
import { startNode } from '@liberzmq-tooling/testkit';
import { addressOf, ANY_PORT, closeAfterEach, upTo } from './endpoints.js';

const keep = closeAfterEach();

const COUNT = 5_000;

it('what was published before a close still arrives', async () => {
  const publisher = keep(await new Publisher({ address: ANY_PORT, outbox: { policy: 'wait' } }).connect());
  await using reader = startNode(
    {
      code: `
      import { Subscriber } from '@liberzmq/core';
      const subscriber = new Subscriber({ address: process.env.ADDRESS, topics: ['t'] });
      let count = 0;
      for await (const { message } of subscriber) if ((count += 1) === message.of) break;
      console.log(JSON.stringify({ count }));
      await subscriber.close();`,
    },
    { env: { ADDRESS: addressOf(publisher) } },
  );
  await publisher.waitForSubscribers({ topic: 't' });
  const body = 'x'.repeat(1_000);
  for (const _ of upTo(COUNT)) void publisher.publish('t', { of: COUNT, body });
  await publisher.close();
  expect(publisher.stats().sent.messages).toBe(COUNT);
  expect(await reader.lines.nextLine()).toEqual({ count: COUNT });
});

it('what was answered before a close still arrives', async () => {
  const server = keep(new Server({ address: ANY_PORT }).registerHandler('echo', (data) => data));
  await server.startServer();
  await using client = startNode(
    {
      code: `
      import { Client } from '@liberzmq/core';
      const client = new Client({ address: process.env.ADDRESS });
      const body = 'x'.repeat(1000);
      const requests = Array.from({ length: ${COUNT} }, (_, n) => client.sendRequest('echo', { n, body }));
      await Promise.race(requests);
      console.log(JSON.stringify({ first: true }));
      const settled = await Promise.allSettled(requests);
      console.log(JSON.stringify({ answered: settled.filter(({ status, reason }) => status === 'fulfilled' || reason.code === 'DRAINING').length }));
      await client.close({ timeoutMs: 0 });`,
    },
    { env: { ADDRESS: addressOf(server) } },
  );
  await client.lines.nextLine();
  await server.close();
  const { answered } = (await client.lines.nextLine()) as { answered: number };
  expect(answered).toBe(server.stats().sent.messages);
});
