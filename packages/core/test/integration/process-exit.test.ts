import { describe, expect, it } from '@jest/globals';
import { startNode } from '@liberzmq-tooling/testkit';

/** Each program uses its endpoints, closes them, and must then end by itself. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'Server and Client': `
    import { Client, Server } from '@liberzmq/core';
    const server = await new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('echo', (data) => data).startServer();
    const client = new Client({ address: server.boundAddress });
    await client.sendRequest('echo', 1);
    client.sendRequest('none', 1, { timeoutMs: 60_000 }).catch(() => {});
    await client.close();
    await server.close();`,
  'a Client without a server': `
    import { Client } from '@liberzmq/core';
    const client = new Client({ address: 'tcp://127.0.0.1:9' });
    client.sendRequest('x', 1, { timeoutMs: 60_000 }).catch(() => {});
    await client.connect();
    await client.disconnect({ timeoutMs: 50 });`,
  'Publisher and Subscriber': `
    import { Publisher, Subscriber } from '@liberzmq/core';
    const publisher = await new Publisher({ address: 'tcp://127.0.0.1:*' }).connect();
    const subscriber = new Subscriber({ address: publisher.boundAddress });
    subscriber.subscribe('t', () => {});
    await subscriber.startListening();
    await publisher.waitForSubscribers();
    await publisher.publish('t', 1);
    await subscriber.close();
    await publisher.close();`,
  'Pusher and Puller': `
    import { Puller, Pusher } from '@liberzmq/core';
    const pusher = await new Pusher({ address: 'tcp://127.0.0.1:*' }).connect();
    const puller = new Puller({ address: pusher.boundAddress }).registerTaskHandler('t', () => {});
    await puller.startWorker({ concurrency: 3 });
    await pusher.pushTask('t', 1);
    await puller.close();
    await pusher.close();`,
  'Dealer and Router': `
    import { Dealer, Router } from '@liberzmq/core';
    const router = await new Router({ address: 'tcp://127.0.0.1:*' }).connect();
    const dealer = new Dealer({ address: router.boundAddress });
    await dealer.sendRequest(1);
    const { clientId, requestId } = await router.receiveRequest();
    await router.sendResponse(clientId, requestId, 2);
    await dealer.receiveResponse();
    await dealer.close();
    await router.close();`,
  'endpoints on inproc that never met anybody': `
    import { Client, Puller, Subscriber } from '@liberzmq/core';
    for (const Class of [Client, Puller, Subscriber]) {
      const endpoint = await new Class({ address: 'inproc://nobody' }).connect();
      await endpoint.close();
    }`,
  'a Service': `
    import { Service } from '@liberzmq/core';
    const service = new Service({ handlers: { never: () => new Promise(() => {}) } });
    service.sendRequest('never', 1, { timeoutMs: 60_000 }).catch(() => {});
    await service.close({ timeoutMs: 10 });`,
};

describe('a process ends by itself after close:', () => {
  it.each(Object.entries(PROGRAMS))('%s', async (_, code) => {
    await using child = startNode({ code });
    expect(await child.ended).toEqual({ code: 0, signal: null, stderr: '' });
  });
});

it('what was handed over before a close reaches a peer that is there, though the process ends', async () => {
  await using receiver = startNode({
    code: `
    import { Puller } from '@liberzmq/core';
    const puller = await new Puller({ address: 'tcp://127.0.0.1:*', bind: true }).connect();
    console.log(JSON.stringify({ address: puller.boundAddress }));
    let count = 0;
    for await (const task of puller) if ((count += 1) === 500) break;
    console.log(JSON.stringify({ count }));
    await puller.close();`,
  });
  const { address } = (await receiver.lines.nextLine()) as { address: string };
  await using sender = startNode(
    {
      code: `
      import { Pusher } from '@liberzmq/core';
      const pusher = new Pusher({ address: process.env.ADDRESS, bind: false });
      for (let n = 0; n < 500; n += 1) void pusher.pushTask('t', 'x'.repeat(1000));
      await pusher.close();`,
    },
    { env: { ADDRESS: address } },
  );
  expect(await sender.exitCode).toBe(0);
  expect(await receiver.lines.nextLine()).toEqual({ count: 500 });
});

it('require() gives the same package', async () => {
  await using child = startNode({
    code: `
    import { createRequire } from 'node:module';
    import { LiberZMQError } from '@liberzmq/core';
    const required = createRequire(process.cwd() + '/x.js')('@liberzmq/core');
    console.log(JSON.stringify({ same: required.LiberZMQError === LiberZMQError, names: Object.keys(required).includes('Client') }));`,
  });
  expect(await child.lines.nextLine()).toEqual({ same: true, names: true });
});
