import { afterEach, describe, expect, it } from '@jest/globals';
import { configureLogging, createError, Server, Service, type ServingStatus } from '@liberzmq/core';
import { pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';

configureLogging({ level: 'silent' });

describe('one that was left out', () => {
  useFakeClock();

  /** The first of two, which is broken and then says what it is told to. */
  async function broken(options: Partial<LoadBalancedClientOptions>) {
    const server: { isBroken: boolean; status: ServingStatus } = { isBroken: true, status: 'SERVING' };
    const client = new LoadBalancedClient({
      addresses: [
        {
          key: 'a',
          requester: {
            async sendRequest(action) {
              if (server.isBroken) throw createError('CONNECTION_LOST', 'it is broken');
              return action === 'ping' ? { status: server.status } : 'a';
            },
            close: async () => undefined,
          },
        },
        { key: 'b', requester: new Service({ handlers: { who: () => 'b' } }) },
      ],
      strategy: 'first',
      idempotent: true,
      backoffMs: 1,
      slowStartMs: 0,
      ejection: { consecutiveFailures: 1, baseMs: 100, maxMs: 100 },
      ...options,
    });
    const request = client.sendRequest('who');
    await pass(10);
    expect(await request).toBe('b');
    expect(client.stats().members[0]?.state).toBe('ejected');
    const states: unknown[] = [];
    client.on('stateChanged', ({ state, why }) => states.push([state, why]));
    return { server, client, states };
  }

  it('passes no trial by saying NOT_SERVING, and is tried again, also where nobody checks', async () => {
    const { server, client, states } = await broken({ healthCheck: false });
    server.isBroken = false;
    server.status = 'NOT_SERVING';
    await pass(250);
    expect(client.stats().members[0]).toMatchObject({
      state: 'unhealthy',
      ejectedFor: 'it did not pass its trial: it says NOT_SERVING',
    });
    server.status = 'SERVING';
    await pass(110);
    expect(client.stats().members[0]?.state).toBe('healthy');
    expect(states).toEqual([
      ['unhealthy', 'it says NOT_SERVING'],
      ['ejected', 'it answers'],
      ['healthy', 'it has passed its trial'],
    ]);
    await client.close();
  });

  it('serves when it has passed its trial, however many checks in a row it would have to answer', async () => {
    const { server, client } = await broken({
      healthCheck: { intervalMs: Infinity, unhealthyAfter: 1, healthyAfter: 3 },
    });
    await pass(110);
    expect(client.stats().members[0]?.state).toBe('unhealthy');
    server.isBroken = false;
    await pass(110);
    expect(client.stats().members[0]?.state).toBe('healthy');
    await client.close();
  });
});

describe('a connection that is lost during a trial', () => {
  const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
  });

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('is no failed one: the next connection has another', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    let isTried = false;
    const failing = new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('act', never);
    failing.registerHandler('ping', () => {
      isTried = true;
      return never();
    });
    const other = new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('act', () => 'other');
    opened.push(failing, other);
    await Promise.all([failing.startServer(), other.startServer()]);
    const address = failing.boundAddress as string;
    const client = new LoadBalancedClient({
      addresses: [address, other.boundAddress as string],
      strategy: 'first',
      slowStartMs: 0,
      healthCheck: { intervalMs: Infinity, timeoutMs: 60_000 },
      ejection: { consecutiveFailures: 1, baseMs: 50 },
      client: { reconnectMaxIntervalMs: 50 },
    });
    opened.push(client);
    await client.connect();
    await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
    await expect(client.sendRequest('act', undefined, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await until(() => isTried);
    await failing.close({ timeoutMs: 0 });
    await until(() => client.stats().members[0]?.state === 'disconnected');
    const back = new Server({ address }).registerHandler('act', () => 'back');
    opened.push(back);
    await back.startServer();
    await until(() => client.stats().members[0]?.state === 'healthy');
    expect(client.stats().members[0]).toMatchObject({ ejections: 1 });
    expect(await client.sendRequest('act')).toBe('back');
  });
});
