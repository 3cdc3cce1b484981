import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@liberzmq-tooling/testkit';
import { configureLogging, createError, Server, type ActionHandler, type Middleware } from '@liberzmq/core';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';

configureLogging({ level: 'silent' });

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

/** At an address to which another one may come back. */
async function serve(handlers: Readonly<Record<string, ActionHandler>>, given?: string) {
  const address = given ?? `tcp://127.0.0.1:${await freePort()}`;
  const server = new Server({ address });
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  await server.startServer();
  opened.push(server);
  return server;
}

async function connected(servers: readonly Server[], options: Partial<LoadBalancedClientOptions>, more?: Middleware) {
  const addresses = servers.map(({ boundAddress }) => boundAddress as string);
  const client = new LoadBalancedClient({ addresses, strategy: 'first', healthCheck: false, ...options });
  if (more !== undefined) client.addMiddleware(more);
  opened.push(client);
  await client.connect();
  await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
  return client;
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const never = (): Promise<never> => new Promise(() => undefined);

describe('a lost connection', () => {
  it('is one failure, however many requests go with it: a server that is back is asked again', async () => {
    const dying = await serve({ wait: never, who: () => 'dying' });
    const address = dying.boundAddress as string;
    const other = await serve({ wait: () => 'other', who: () => 'other' });
    const client = await connected([dying, other], {
      idempotent: true,
      slowStartMs: 0,
      client: { reconnectMaxIntervalMs: 100 },
    });
    const requests = Array.from({ length: 50 }, () => client.sendRequest('wait'));
    await until(() => client.stats().members[0]?.inFlight === 50);
    await dying.close({ timeoutMs: 0 });
    expect(new Set(await Promise.all(requests))).toEqual(new Set(['other']));
    expect(client.stats().members[0]).toMatchObject({ state: 'disconnected', failures: 50, ejections: 0 });
    await serve({ who: () => 'back' }, address);
    await until(() => client.stats().members[0]?.state === 'healthy');
    expect(await client.sendRequest('who')).toBe('back');
  });

  it('counts each time, so that one that comes and goes is left out', async () => {
    let flapping = await serve({ wait: never });
    const address = flapping.boundAddress as string;
    const other = await serve({ wait: () => 'other' });
    const client = await connected([flapping, other], {
      idempotent: true,
      slowStartMs: 0,
      ejection: { consecutiveFailures: 2 },
      client: { reconnectMaxIntervalMs: 50 },
    });
    for (let n = 1; n <= 2; n += 1) {
      await until(() => client.stats().members[0]?.state === 'healthy');
      const request = client.sendRequest('wait');
      await until(() => client.stats().members[0]?.inFlight === 1);
      await flapping.close({ timeoutMs: 0 });
      expect(await request).toBe('other');
      flapping = await serve({ wait: never }, address);
    }
    await until(() => client.stats().members[0]?.state === 'ejected');
  });

  it('is counted once, whatever the server has answered before', async () => {
    const failing = await serve({
      act: () => Promise.reject(createError('CONNECTION_LOST', 'of what is behind it')),
      wait: never,
    });
    const other = await serve({ act: () => 'other', wait: () => 'other' });
    const client = await connected([failing, other], { ejection: { consecutiveFailures: 1 } });
    for (let n = 0; n < 3; n += 1) await client.sendRequest('act').catch(() => undefined);
    expect(client.stats().members[0]).toMatchObject({ state: 'healthy', ejections: 0 });
    const lost = Array.from({ length: 3 }, () => client.sendRequest('wait'));
    await until(() => client.stats().members[0]?.inFlight === 3);
    await failing.close({ timeoutMs: 0 });
    for (const each of lost) await expect(each).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(client.stats().members[0]).toMatchObject({ state: 'disconnected', ejections: 1 });
  });

  it('is no failure where nothing is lost', async () => {
    const idle = await serve({});
    const other = await serve({});
    const client = await connected([idle, other], { ejection: { consecutiveFailures: 1 } });
    await idle.close({ timeoutMs: 0 });
    await until(() => client.stats().members[0]?.state === 'disconnected');
    expect(client.stats().members[0]).toMatchObject({ failures: 0, ejections: 0 });
  });

  it('is no trial that a server has failed which was left out before: that comes with the next connection', async () => {
    const failing = await serve({ act: never });
    const address = failing.boundAddress as string;
    const other = await serve({ act: () => 'other' });
    const client = await connected([failing, other], {
      idempotent: true,
      slowStartMs: 0,
      ejection: { consecutiveFailures: 1, baseMs: 100 },
      client: { reconnectMaxIntervalMs: 50 },
    });
    await expect(client.sendRequest('act', 1, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const why: unknown[] = [];
    client.on('stateChanged', (event) => why.push([event.state, event.why]));
    await failing.close({ timeoutMs: 0 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.stats().members[0]).toMatchObject({ state: 'disconnected', ejections: 1 });
    await serve({ act: () => 'back' }, address);
    await until(() => client.stats().members[0]?.state === 'healthy');
    expect(why.slice(-2)).toEqual([
      ['ejected', 'it is connected again'],
      ['healthy', 'it has passed its trial'],
    ]);
  });

  it('is not held against a server by the checks: as soon as it is back it is asked', async () => {
    const dying = await serve({ who: () => 'dying' });
    const address = dying.boundAddress as string;
    const other = await serve({ who: () => 'other' });
    const client = await connected([dying, other], {
      slowStartMs: 0,
      healthCheck: { intervalMs: Infinity, unhealthyAfter: 1 },
      client: { reconnectMaxIntervalMs: 50 },
    });
    await dying.close({ timeoutMs: 0 });
    await until(() => client.stats().members[0]?.state === 'disconnected');
    expect((await client.healthCheck())[address]).toMatchObject({ status: 'FAILING', error: { code: 'UNREACHABLE' } });
    await serve({ who: () => 'back' }, address);
    await until(() => client.stats().members[0]?.state !== 'disconnected');
    expect(client.stats().members[0]?.state).toBe('healthy');
  });

  it('is a reason to check again a server that did not pass its checks', async () => {
    const stuck = await serve({ ping: never });
    const address = stuck.boundAddress as string;
    const client = await connected([stuck], {
      slowStartMs: 0,
      healthCheck: { intervalMs: Infinity, timeoutMs: 50, unhealthyAfter: 1 },
      client: { reconnectMaxIntervalMs: 50 },
    });
    await client.healthCheck();
    expect(client.stats().members[0]?.state).toBe('unhealthy');
    await stuck.close({ timeoutMs: 0 });
    await serve({}, address);
    await until(() => client.stats().members[0]?.state === 'healthy');
  });
});

describe('requests that may be run twice', () => {
  it('leave a server that does not answer its checks as soon as there is another one', async () => {
    let isStuck = false;
    const stuck = await serve({ ping: () => (isStuck ? never() : null), wait: never });
    const late = await serve({ wait: () => 'late' });
    const client = await connected([stuck], {
      idempotent: true,
      healthCheck: { intervalMs: Infinity, timeoutMs: 50, unhealthyAfter: 1 },
    });
    isStuck = true;
    const requests = [client.sendRequest('wait'), client.sendRequest('wait', 1, { idempotent: false, timeoutMs: 400 })];
    const outcomes = Promise.allSettled(requests);
    await client.healthCheck();
    expect(client.stats()).toMatchObject({ retries: 0, members: [{ state: 'unhealthy', inFlight: 2 }] });
    client.addMember(late.boundAddress as string);
    expect(await outcomes).toMatchObject([{ value: 'late' }, { reason: { code: 'TIMEOUT' } }]);
    expect(client.stats().retries).toBe(1);
  });

  it('are ended at the server that is slower, when another one was asked as well', async () => {
    let aborted = 0;
    const slow = await serve({
      act: (_data, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted += 1;
            reject(new Error('aborted'));
          });
        }),
    });
    const quick = await serve({ act: (_data, { headers }) => headers['attempt'] });
    const client = await connected([slow, quick], { idempotent: true, hedge: { afterMs: 10, maxShare: 1 } });
    expect(await client.sendRequest('act')).toBe('2');
    await until(() => aborted === 1);
    expect(client.stats().members).toMatchObject([
      { inFlight: 0, failures: 0 },
      { inFlight: 0, failures: 0 },
    ]);
  });
});

it('each attempt is made in the asynchronous context of the request', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const look: Middleware = {
    name: 'look',
    outgoing: (message, next) => {
      if (message.subject === 'wait') seen.push([storage.getStore(), message.headers['attempt']]);
      return next();
    },
  };
  const dying = await serve({ wait: never });
  const other = await serve({ wait: () => 'other' });
  const client = await connected([dying, other], { idempotent: true }, look);
  const request = storage.run('mine', () => client.sendRequest('wait'));
  await until(() => client.stats().members[0]?.inFlight === 1);
  await dying.close({ timeoutMs: 0 });
  expect(await request).toBe('other');
  expect(seen).toEqual([
    ['mine', undefined],
    ['mine', '2'],
  ]);
});
