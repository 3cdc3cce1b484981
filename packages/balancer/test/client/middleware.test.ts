import { afterEach, expect, it } from '@jest/globals';
import { Client, configureLogging, Server, type Middleware } from '@liberzmq/core';
import { LoadBalancedClient } from '../../src/index.js';

configureLogging({ level: 'silent' });

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

const marking: Middleware = {
  name: 'marking',
  outgoing: (message, next) => {
    message.headers = { ...message.headers, marked: 'yes' };
    return next();
  },
};

async function serve(): Promise<string> {
  const server = new Server({ address: 'tcp://127.0.0.1:*' });
  server.registerHandler('mark', (_data, { headers }) => headers['marked'] ?? 'no');
  opened.push(server);
  await server.startServer();
  return server.boundAddress as string;
}

it('is for the clients that the balancer makes, now and later, and for no other member', async () => {
  const addresses = [await serve(), await serve(), await serve(), await serve()] as const;
  const requester = (n: 1 | 3) => ({ key: `given ${n}`, requester: new Client({ address: addresses[n] }) });
  const client = new LoadBalancedClient({
    addresses: [addresses[0], requester(1)],
    strategy: 'round_robin',
    healthCheck: false,
  });
  opened.push(client);
  client.addMiddleware(marking);
  client.addMember(addresses[2]).addMember(requester(3));
  await client.connect();
  while (client.stats().members.some(({ state }) => state !== 'healthy')) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const marks: unknown[] = [];
  for (let n = 0; n < 8; n += 1) marks.push(await client.sendRequest('mark'));
  expect(marks.filter((mark) => mark === 'yes')).toHaveLength(4);
  await client.removeMember(addresses[0]);
  await client.removeMember(addresses[2]);
  for (let n = 0; n < 4; n += 1) expect(await client.sendRequest('mark')).toBe('no');
});

it('is checked at once, also where there are no clients yet', async () => {
  const client = new LoadBalancedClient({ resolver: { watch: () => ({ close: async () => undefined }) } });
  opened.push(client);
  for (const garbage of [{ nonsense: 1 }, undefined, {}]) {
    expect(() => client.addMiddleware(garbage as unknown as Middleware)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  }
});
