import { afterEach, describe, expect, it } from '@jest/globals';
import { configureLogging, Server } from '@liberzmq/core';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';
import { Scripted } from './scripted.js';

configureLogging({ level: 'silent' });

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

function balancer(options: LoadBalancedClientOptions): LoadBalancedClient {
  const client = new LoadBalancedClient({ strategy: 'first', slowStartMs: 0, ...options });
  opened.push(client);
  return client;
}

const never = (): Promise<never> => new Promise(() => undefined);
const BY_HAND = { intervalMs: Infinity, timeoutMs: 50, unhealthyAfter: 1 };

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('one that wants nothing, and one that does not answer, are not the same', () => {
  let said: unknown;
  const member = (): Scripted => new Scripted((_call, { timeoutMs = Infinity }) => (timeoutMs > 100 ? never() : said));

  it('what the first has under way is left there, what the second has is moved', async () => {
    const client = balancer({
      addresses: [
        { key: 'a', requester: member() },
        { key: 'b', requester: new Scripted(() => 'b') },
      ],
      idempotent: true,
      healthCheck: BY_HAND,
    });
    const request = client.sendRequest('act', 1, { timeoutMs: 60_000 });
    said = { status: 'NOT_SERVING' };
    await client.healthCheck();
    expect(client.stats()).toMatchObject({ retries: 0, members: [{ state: 'unhealthy', inFlight: 1 }, {}] });
    said = never();
    await client.healthCheck();
    expect(await request).toBe('b');
  });

  it('the second may be asked for want of a better one, the first may not', async () => {
    const requester = new Scripted((_call, { timeoutMs = Infinity }) => (timeoutMs > 100 ? 'a' : said));
    const client = balancer({ addresses: [{ key: 'a', requester }], healthCheck: BY_HAND });
    said = never();
    await client.healthCheck();
    expect(await client.sendRequest('act')).toBe('a');
    said = { status: 'NOT_SERVING' };
    await client.healthCheck();
    const { calls } = requester;
    const before = calls.length;
    await expect(client.sendRequest('act', 1, { timeoutMs: 120 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(calls).toHaveLength(before);
  });
});

it('a check that could not be sent from here says nothing of the server', async () => {
  const server = new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('act', never);
  await server.startServer();
  opened.push(server);
  const client = balancer({
    addresses: [server.boundAddress as string],
    healthCheck: BY_HAND,
    client: { outbox: { policy: 'reject', maxMessages: 2 } },
  });
  await client.connect();
  const requests = [1, 2].map(() => client.sendRequest('act', 1, { timeoutMs: 500 }));
  const results = Promise.allSettled(requests);
  await until(() => client.stats().members[0]?.inFlight === 2);
  const [check] = Object.values(await client.healthCheck());
  expect(check).toMatchObject({ status: 'FAILING', error: { code: 'BACKPRESSURE' } });
  expect(client.stats().members[0]?.state).toBe('healthy');
  await results;
});

it('the first thing to be done may be a check', async () => {
  const server = new Server({ address: 'tcp://127.0.0.1:*' });
  await server.startServer();
  opened.push(server);
  const address = server.boundAddress as string;
  const client = balancer({ addresses: [address], healthCheck: { intervalMs: Infinity, timeoutMs: 20_000 } });
  expect(await client.healthCheck()).toMatchObject({ [address]: { status: 'SERVING' } });
});
