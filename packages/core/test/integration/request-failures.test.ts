import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Client, Publisher, Puller, Server, Subscriber, type Requester } from '@liberzmq/core';
import { startNode } from '@liberzmq-tooling/testkit';
import { addressOf, ANY_PORT, closeAfterEach, defer, startServer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

const SERVER = `
import { Server } from '@liberzmq/core';
const server = new Server({ address: process.env.ADDRESS });
server.registerHandler('echo', (data) => data);
server.registerHandler('never', () => new Promise(() => {}));
server.registerHandler('end', () => { setImmediate(() => server.close()); return 'bye'; });
await server.startServer();
console.log(JSON.stringify({ address: server.boundAddress }));
process.once('SIGTERM', () => server.close({ timeoutMs: 0 }));
`;

/** An address on which nobody listens, and somebody may later. */
async function freeAddress(): Promise<string> {
  const holder = createServer();
  await new Promise<void>((resolve) => {
    holder.listen(0, '127.0.0.1', resolve);
  });
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}

describe('without a server', () => {
  it('a request times out as not sent, and a server that starts later does not run it', async () => {
    const address = await freeAddress();
    const client = keep(new Client({ address, reconnectIntervalMs: 20 }));
    await expect(client.sendRequest('run', 'lost', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
      retryable: true,
      message: expect.stringContaining(`request 'run' to ${address} was not sent`),
    });
    const ran: unknown[] = [];
    keep(await startServer({ run: (data) => ran.push(data) }, address));
    await client.sendRequest('run', 'wanted');
    expect(ran).toEqual(['wanted']);
  });

  it('a request waits for the server to come, within its time', async () => {
    const address = await freeAddress();
    const client = keep(new Client({ address, reconnectIntervalMs: 20 }));
    const reply = client.sendRequest('echo', 'patience');
    await until(() => client.stats().queued.messages === 1, 'the request waits in the outbox');
    keep(await startServer({ echo: (data) => data }, address));
    expect(await reply).toBe('patience');
  });

  it('thousands of requests time out together and leave nothing behind', async () => {
    const client = keep(new Client({ address: await freeAddress() }));
    const settled = await Promise.allSettled(
      upTo(5_000).map((n) => client.sendRequest('x', n, { timeoutMs: 50 + (n % 50) })),
    );
    expect(settled.filter((each) => each.status === 'rejected')).toHaveLength(5_000);
    expect(client.stats()).toMatchObject({
      inFlight: 0,
      queued: { messages: 0, bytes: 0 },
      errors: { TIMEOUT: 5_000 },
    });
  });
});

describe('when the server dies', () => {
  it('requests in flight fail at once as unknown, and the next one is answered by its successor', async () => {
    await using first = startNode({ code: SERVER }, { env: { ADDRESS: ANY_PORT } });
    const { address } = (await first.lines.nextLine()) as { address: string };
    const client = keep(new Client({ address, reconnectIntervalMs: 20 }));
    expect(await client.sendRequest('echo', 1)).toBe(1);
    const inFlight = upTo(10).map(() => client.sendRequest('never', null, { timeoutMs: 15_000 }));
    await client.ping();
    const killedAt = performance.now();
    first.kill('SIGKILL');
    for (const result of await Promise.allSettled(inFlight)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'CONNECTION_LOST', outcome: 'unknown', retryable: false },
      });
    }
    expect(performance.now() - killedAt).toBeLessThan(3_000);
    const waiting = client.sendRequest('echo', 2, { timeoutMs: 15_000 });
    await using second = startNode({ code: SERVER }, { env: { ADDRESS: address } });
    await second.lines.nextLine();
    expect(await waiting).toBe(2);
  });

  it('replies that were sent before the end are still delivered', async () => {
    await using server = startNode({ code: SERVER }, { env: { ADDRESS: ANY_PORT } });
    const { address } = (await server.lines.nextLine()) as { address: string };
    const client = keep(new Client({ address }));
    const replies = [...upTo(500).map((n) => client.sendRequest('echo', n)), client.sendRequest('end')];
    expect(await Promise.all(replies)).toEqual([...upTo(500), 'bye']);
    expect(await server.exitCode).toBe(0);
  });
});

describe('abort', () => {
  it('before the call: not sent, and nothing is done', async () => {
    const client = keep(new Client({ address: await freeAddress() }));
    const reason = new Error('changed my mind');
    await expect(client.sendRequest('x', 1, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
      cause: reason,
    });
    expect(client.state).toBe('idle');
  });

  it('while it waits in the outbox: not sent', async () => {
    const address = await freeAddress();
    const client = keep(new Client({ address, reconnectIntervalMs: 20 }));
    const controller = new AbortController();
    const request = client.sendRequest('run', 'aborted', { signal: controller.signal });
    await until(() => client.stats().queued.messages === 1, 'it waits');
    controller.abort();
    await expect(request).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    const ran: unknown[] = [];
    keep(await startServer({ run: (data) => ran.push(data) }, address));
    await client.sendRequest('run', 'other');
    expect(ran).toEqual(['other']);
  });

  it('while the handler runs: unknown, and the reply that comes later is counted', async () => {
    const finish = defer();
    const server = keep(await startServer({ wait: () => finish.promise, echo: (data) => data }));
    const client = keep(new Client({ address: addressOf(server) }));
    const controller = new AbortController();
    const request = client.sendRequest('wait', null, { signal: controller.signal });
    await until(() => server.stats().inFlight === 1, 'the handler runs');
    controller.abort();
    await expect(request).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    finish.resolve();
    await until(() => client.stats().drops['late-reply'] === 1, 'the late reply is counted');
    expect(await client.sendRequest('echo', 'goes on')).toBe('goes on');
  });
});

it('a request that runs too long times out as unknown, and says how to allow a retry', async () => {
  const server = keep(await startServer({ never: () => new Promise(() => undefined) }));
  const client = keep(new Client({ address: addressOf(server) }));
  await expect(client.sendRequest('never', null, { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    outcome: 'unknown',
    retryable: false,
    message: expect.stringContaining('got no answer within 100 ms'),
  });
});

describe('close with work in flight', () => {
  it('of a client waits for the answers', async () => {
    const finish = defer<string>();
    const server = keep(await startServer({ wait: () => finish.promise }));
    const client = keep(new Client({ address: addressOf(server) }));
    const request = client.sendRequest('wait');
    await until(() => server.stats().inFlight === 1, 'the handler runs');
    const closed = client.close();
    await expect(client.sendRequest('wait')).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    finish.resolve('done');
    expect(await request).toBe('done');
    await closed;
    expect(client.state).toBe('closed');
  });

  it('of a client rejects them with CLOSED when its time is up', async () => {
    const server = keep(await startServer({ never: () => new Promise(() => undefined) }));
    const client = keep(new Client({ address: addressOf(server) }));
    const request = client.sendRequest('never').catch((error: unknown) => error);
    await until(() => server.stats().inFlight === 1, 'the handler runs');
    await client.close({ timeoutMs: 50 });
    expect(await request).toMatchObject({ code: 'CLOSED', outcome: 'unknown' });
  });

  it('of a client that has no server rejects what waits as not sent', async () => {
    const client = keep(new Client({ address: await freeAddress() }));
    const request = client.sendRequest('x').catch((error: unknown) => error);
    await until(() => client.state === 'open', 'it is connecting');
    await client.disconnect({ drain: false });
    expect(await request).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });

  it('of a server lets its handlers answer', async () => {
    const finish = defer<string>();
    const server = keep(await startServer({ wait: () => finish.promise }));
    const client = keep(new Client({ address: addressOf(server) }));
    const request = client.sendRequest('wait');
    await until(() => server.stats().inFlight === 1, 'the handler runs');
    const closed = server.close();
    finish.resolve('answered');
    expect(await request).toBe('answered');
    await closed;
  });

  it('of a server refuses new requests, and still notices who leaves', async () => {
    const server = keep(
      await startServer({
        wait: (_, { signal }) => new Promise((_done, fail) => signal.addEventListener('abort', fail)),
      }),
    );
    const leaver = keep(new Client({ address: addressOf(server) }));
    leaver.sendRequest('wait').catch(() => undefined);
    await until(() => server.stats().inFlight === 1, 'the handler runs');
    const other = keep(new Client({ address: addressOf(server) }));
    await other.connect({ waitForConnection: true });
    const from = performance.now();
    const closed = server.close();
    await expect(other.sendRequest('wait')).rejects.toMatchObject({
      code: 'DRAINING',
      outcome: 'answered',
      retryable: true,
    });
    await leaver.close({ drain: false });
    await closed;
    expect(performance.now() - from).toBeLessThan(4_000);
  });

  it('of a server aborts the handlers when its time is up', async () => {
    const aborted = defer();
    const server = keep(
      await startServer({
        wait: (_, { signal }) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              aborted.resolve();
            });
          }),
      }),
    );
    const client = keep(new Client({ address: addressOf(server) }));
    const request = client.sendRequest('wait').catch((error: unknown) => error);
    await until(() => server.stats().inFlight === 1, 'the handler runs');
    await server.close({ timeoutMs: 30 });
    await aborted.promise;
    expect(await request).toMatchObject({ outcome: expect.stringMatching(/unknown|answered/) });
  });
});

it('one signal may serve any number of requests', async () => {
  const warnings: string[] = [];
  const listener = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', listener);
  const server = keep(await startServer({ echo: (data) => data }));
  const client = keep(new Client({ address: addressOf(server) }));
  const { signal } = new AbortController();
  expect(await Promise.all(upTo(50).map((n) => client.sendRequest('echo', n, { signal })))).toEqual(upTo(50));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  expect(warnings).toEqual([]);
});

it('closing what is still looking for its peer harms nobody else in the process', async () => {
  const server = keep(await startServer({ echo: (data) => data }));
  const address = await freeAddress();
  for (const _ of upTo(10)) {
    const lost = [new Subscriber({ address, topics: ['t'] }), new Puller({ address }), new Client({ address })];
    await Promise.all(lost.map((each) => each.connect()));
    await Promise.all(lost.map((each) => each.close({ timeoutMs: 0 })));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const client = keep(new Client({ address: addressOf(server) }));
  expect(await client.sendRequest('echo', 'alive')).toBe('alive');
});

it('a client that met somebody else at its address finds the server that comes later', async () => {
  const address = await freeAddress();
  const stranger = keep(await new Publisher({ address }).connect());
  const client = keep(new Client({ address, reconnectIntervalMs: 10, reconnectMaxIntervalMs: 50 }));
  const failed: string[] = [];
  client.on('handshakeFailed', ({ reason }) => failed.push(reason));
  const request = client.sendRequest('echo', 'patience', { timeoutMs: 15_000 });
  await until(() => failed.length > 1, 'it has met the stranger more than once');
  await stranger.close();
  keep(await startServer({ echo: (data) => data }, address));
  expect(await request).toBe('patience');
});

it('a gateway does not hoard requests for an upstream that never comes', async () => {
  const upstream = new Client({ address: await freeAddress(), timeoutMs: 150 });
  const gateway = keep(await new Server({ address: ANY_PORT, service: upstream }).startServer());
  const client = keep(new Client({ address: addressOf(gateway) }));
  await expect(client.sendRequest('x', 1, { timeoutMs: 5_000 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    outcome: 'answered',
    retryable: true,
  });
  expect(upstream.stats()).toMatchObject({ inFlight: 0, queued: { messages: 0 } });
});

it.each([
  ['fails to close', () => Promise.reject(new Error('stuck'))],
  ['never ends closing', () => new Promise<void>(() => undefined)],
])('a server whose service %s is closed all the same', async (_, close) => {
  const service: Requester = { sendRequest: () => Promise.resolve(1), close };
  const server = await new Server({ address: ANY_PORT, service }).startServer();
  await server.close({ timeoutMs: 50 });
  expect(server.state).toBe('closed');
});
