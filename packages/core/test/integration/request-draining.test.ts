import { describe, expect, it } from '@jest/globals';
import { Client, Server, type LiberZMQError, type OutboxOptions } from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

/** A client that holds its requests back: its server has said goodbye, and finishes what it has. */
async function holdingClient(outbox: OutboxOptions = {}) {
  const release = defer();
  const server = keep(new Server({ address: ANY_PORT })).registerHandler('hold', () => release.promise);
  await server.startServer();
  const client = keep(new Client({ address: addressOf(server), outbox }));
  const draining = defer<unknown>();
  client.on('draining', draining.resolve);
  const running = client.sendRequest('hold');
  await until(() => server.stats().inFlight === 1, 'a handler is at work');
  const closed = server.close();
  await draining.promise;
  await until(() => client.stats().queued.messages === 0, 'the goodbye is answered');
  const end = async (): Promise<void> => {
    release.resolve();
    await Promise.all([running, closed]);
  };
  return { client, end };
}

/** What a request has failed with, as far as it has. */
function watch(request: Promise<unknown>): { failure: LiberZMQError | undefined } {
  const watched: { failure: LiberZMQError | undefined } = { failure: undefined };
  request.catch((error: unknown) => {
    watched.failure = error as LiberZMQError;
  });
  return watched;
}

describe('requests that wait for the next connection', () => {
  it('are counted as queued, until they are over', async () => {
    const { client, end } = await holdingClient();
    const controller = new AbortController();
    const body = 'x'.repeat(1_000);
    const aborted = watch(client.sendRequest('run', body, { signal: controller.signal }));
    const late = upTo(100).map(() => watch(client.sendRequest('run', body, { timeoutMs: 50 })));
    const { messages, bytes } = client.stats().queued;
    expect(messages).toBe(101);
    expect(bytes).toBeGreaterThan(101_000);
    controller.abort();
    expect(client.stats().queued.messages).toBe(100);
    await until(() => late.every(({ failure }) => failure?.code === 'TIMEOUT'), 'their time is up');
    expect(aborted.failure).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(client.stats().queued).toEqual({ messages: 0, bytes: 0 });
    await end();
  });

  it('are refused beyond the limits of the outbox, and what is over makes room', async () => {
    // One more waits for its answer.
    const { client, end } = await holdingClient({ policy: 'reject', maxMessages: 3 });
    const controller = new AbortController();
    const [first, second] = [{ signal: controller.signal }, {}].map((options) =>
      watch(client.sendRequest('run', 1, options)),
    );
    await expect(client.sendRequest('run', 2)).rejects.toMatchObject({ code: 'BACKPRESSURE', outcome: 'not-sent' });
    controller.abort();
    const third = watch(client.sendRequest('run', 3));
    await expect(client.sendRequest('run', 4)).rejects.toMatchObject({ code: 'BACKPRESSURE' });
    expect([first?.failure?.code, second?.failure, third.failure]).toEqual(['ABORTED', undefined, undefined]);
    await end();
  });

  it('make place for newer ones where the policy says so', async () => {
    const { client, end } = await holdingClient({ policy: 'drop-oldest', maxMessages: 2 });
    const requests = upTo(5).map((index) => watch(client.sendRequest('run', index)));
    await until(() => requests[2]?.failure !== undefined, 'the oldest are dropped');
    expect(requests.map(({ failure }) => failure?.code)).toEqual([
      'BACKPRESSURE',
      'BACKPRESSURE',
      'BACKPRESSURE',
      undefined,
      undefined,
    ]);
    expect(client.stats().drops).toEqual({ 'outbox-full': 3 });
    await end();
  });

  it('leave for the next server, those that had waited before among them, and in order', async () => {
    const release = defer();
    const server = keep(new Server({ address: ANY_PORT })).registerHandler('hold', () => release.promise);
    await server.startServer();
    const address = addressOf(server);
    const client = keep(
      new Client({ address, reconnectIntervalMs: 20, reconnectMaxIntervalMs: 20, timeoutMs: 15_000 }),
    );
    const draining = defer<unknown>();
    client.on('draining', draining.resolve);
    const running = client.sendRequest('hold');
    await until(() => server.stats().inFlight === 1, 'a handler is at work');
    const closed = server.close();
    await draining.promise;
    const later = upTo(200).map((index) => client.sendRequest('run', index));
    release.resolve();
    await Promise.all([running, closed]);
    const ran: unknown[] = [];
    const next = keep(new Server({ address })).registerHandler('run', (data) => void ran.push(data));
    await next.startServer();
    await Promise.all(later);
    expect(ran).toEqual(upTo(200));
    expect(client.stats().queued.messages).toBe(0);
  });

  it('leave for a server that is still there long after its goodbye, and the client says so', async () => {
    const release = defer();
    const server = keep(new Server({ address: ANY_PORT })).registerHandler('hold', () => release.promise);
    await server.startServer();
    const client = keep(new Client({ address: addressOf(server), pingIntervalMs: 20, deadPeerMs: 100 }));
    const seen: [string, unknown][] = [];
    client.on('draining', (event) => seen.push(['draining', event]));
    client.on('resumed', (event) => seen.push(['resumed', event]));
    const running = client.sendRequest('hold');
    await until(() => server.stats().inFlight === 1, 'a handler is at work');
    const closed = server.close({ timeoutMs: Infinity });
    await until(() => seen.length === 1, 'the client knows');
    await expect(client.sendRequest('run')).rejects.toMatchObject({ code: 'DRAINING', outcome: 'answered' });
    const event = { address: client.address };
    expect(seen).toEqual([
      ['draining', event],
      ['resumed', event],
    ]);
    await expect(client.sendRequest('run')).rejects.toMatchObject({ code: 'DRAINING' });
    release.resolve();
    await Promise.all([running, closed]);
    expect(seen).toHaveLength(2);
  });
});
