import { afterEach, describe, expect, it } from '@jest/globals';
import { configureLogging, Server, type Dialect, type ServingStatus } from '@liberzmq/core';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';

configureLogging({ level: 'silent' });

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

async function serve(name: string): Promise<Server> {
  const server = new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('who', () => name);
  opened.push(server);
  return server.startServer();
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** A balancer of these servers that is connected to all of them; the first one is asked, as long as it may be. */
async function balancerOf(servers: readonly Server[], options: LoadBalancedClientOptions = {}) {
  const client = new LoadBalancedClient({
    addresses: servers.map(({ boundAddress }) => boundAddress as string),
    strategy: 'first',
    healthCheck: { intervalMs: Infinity },
    slowStartMs: 0,
    ...options,
  });
  opened.push(client);
  await client.connect();
  const states = () => client.stats().members.map(({ state }) => state);
  await until(() => states().every((state) => state === 'healthy'));
  const statuses = async () => Object.values(await client.healthCheck()).map(({ status }) => status);
  return { client, states, statuses };
}

describe('a server that says NOT_SERVING', () => {
  it('is not asked because others are gone', async () => {
    const servers = await Promise.all(['one', 'two', 'three', 'four'].map(serve));
    const { client, states, statuses } = await balancerOf(servers, { strategy: 'round_robin' });
    servers[0]?.setStatus('NOT_SERVING');
    await statuses();
    await Promise.all([servers[1]?.close({ timeoutMs: 0 }), servers[2]?.close({ timeoutMs: 0 })]);
    await until(() => states().filter((state) => state === 'disconnected').length === 2);
    expect(states()).toEqual(['unhealthy', 'disconnected', 'disconnected', 'healthy']);
    for (let n = 0; n < 10; n += 1) expect(await client.sendRequest('who')).toBe('four');
  });

  it('is not asked for want of another one either: requests wait, and say why', async () => {
    const server = await serve('one');
    const { client, statuses } = await balancerOf([server]);
    server.setStatus('NOT_SERVING');
    await statuses();
    await expect(client.sendRequest('who', undefined, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('is unhealthy (it says NOT_SERVING)'),
    });
    const request = client.sendRequest('who');
    await until(() => client.stats().waiting === 1);
    server.setStatus('SERVING');
    await statuses();
    expect(await request).toBe('one');
  });
});

describe.each<Dialect>(['native', 'classic'])('a server that is asked in the %s dialect', (dialect) => {
  it.each<[ServingStatus, string]>([
    ['NOT_SERVING', 'unhealthy'],
    ['DRAINING', 'draining'],
  ])('and says %s gets nothing new, until it says SERVING again', async (status, state) => {
    const [one, other] = [await serve('one'), await serve('other')];
    const { client, states, statuses } = await balancerOf([one, other], { client: { dialect } });
    const changes: unknown[] = [];
    client.on('stateChanged', ({ previous, state: now, why }) => changes.push([previous, now, why]));
    expect(await client.sendRequest('who')).toBe('one');
    one.setStatus(status);
    // It is not known before it is asked.
    expect(await client.sendRequest('who')).toBe('one');
    expect(await statuses()).toEqual([status, 'SERVING']);
    expect(states()).toEqual([state, 'healthy']);
    for (let n = 0; n < 5; n += 1) expect(await client.sendRequest('who')).toBe('other');
    one.setStatus('SERVING');
    expect(await statuses()).toEqual(['SERVING', 'SERVING']);
    expect(await client.sendRequest('who')).toBe('one');
    expect(changes).toEqual([
      ['healthy', state, `it says ${status}`],
      [state, 'healthy', 'it answers'],
    ]);
  });

  it('and closes is left out without an error, and finishes what it has', async () => {
    const [one, other] = [await serve('one'), await serve('other')];
    let finish!: (result: string) => void;
    const wait = new Promise<string>((resolve) => (finish = resolve));
    let isAtWork = false;
    one.registerHandler('wait', () => {
      isAtWork = true;
      return wait;
    });
    const { client, states, statuses } = await balancerOf([one, other], { client: { dialect } });
    const running = client.sendRequest('wait');
    await until(() => isAtWork);
    const closed = one.close();
    // The native dialect has said goodbye by itself; in the classic one nobody knows before the check.
    if (dialect === 'native') await until(() => states()[0] === 'draining');
    for (let n = 0; n < 3; n += 1) expect(await statuses()).toEqual(['DRAINING', 'SERVING']);
    expect(states()).toEqual(['draining', 'healthy']);
    expect(await client.sendRequest('who')).toBe('other');
    expect(client.stats()).toMatchObject({ retries: 0, members: [{ failures: 0, lastError: undefined }, {}] });
    finish('done');
    expect(await running).toBe('done');
    await closed;
    await until(() => states()[0] === 'disconnected');
    expect(await statuses()).toEqual(['FAILING', 'SERVING']);
  });

  it('and answers a ping with an error is there', async () => {
    const server = (await serve('one')).registerHandler('ping', () => {
      throw new Error('what is a ping?');
    });
    const { client, states, statuses } = await balancerOf([server], {
      client: { dialect },
      healthCheck: { intervalMs: Infinity, unhealthyAfter: 1 },
    });
    expect(await statuses()).toEqual(['SERVING']);
    expect(states()).toEqual(['healthy']);
    expect(await client.sendRequest('who')).toBe('one');
  });
});
