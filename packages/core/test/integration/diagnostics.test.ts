import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Client,
  Dealer,
  listEndpoints,
  Publisher,
  Puller,
  Pusher,
  RemoteError,
  Router,
  Server,
  Subscriber,
  type EndpointDiagnostic,
  type Operation,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, startServer, until } from './endpoints.js';

const keep = closeAfterEach();
const listening: [string, (message: unknown) => void][] = [];

function listen(name: string, listener: (message: never) => void): void {
  const hears = (message: unknown): void => listener(message as never);
  listening.push([name, hears]);
  subscribe(name, hears);
}

afterEach(() => {
  for (const [name, listener] of listening.splice(0)) unsubscribe(name, listener);
});

/** The operations that are over, as texts; and those that have begun. */
function operations(): { started: Operation[]; ended: string[] } {
  const seen = { started: [] as Operation[], ended: [] as string[] };
  listen('liberzmq:operation:started', (operation: Operation) => {
    expect(operation.durationMs).toBeUndefined();
    seen.started.push(operation);
  });
  listen('liberzmq:operation:ended', (operation: Operation) => {
    expect(seen.started).toContain(operation);
    expect(operation.durationMs).toBeGreaterThanOrEqual(0);
    const { endpoint, kind, pattern, subject, error } = operation;
    seen.ended.push(
      `${endpoint.kind} ${kind} ${pattern} ${subject} ${(error as { code?: string } | undefined)?.code ?? 'ok'}`,
    );
  });
  return seen;
}

describe('the channels of operations', () => {
  it('tell of each request at both ends, with how it ended', async () => {
    const seen = operations();
    const server = keep(
      await startServer({
        fine: () => 1,
        fails: () => Promise.reject(new RemoteError('REMOTE', 'no')),
        hangs: () => new Promise(() => undefined),
      }),
    );
    const client = keep(new Client({ address: addressOf(server) }));
    await client.sendRequest('fine');
    await client.sendRequest('fails').catch(() => undefined);
    await client.sendRequest('hangs', 1, { timeoutMs: 20 }).catch(() => undefined);
    await until(() => seen.ended.length === 6, 'both ends are through');
    expect(seen.ended.filter((each) => each.startsWith('Client'))).toEqual([
      'Client request request fine ok',
      'Client request request fails REMOTE',
      'Client request request hangs TIMEOUT',
    ]);
    expect(seen.ended.filter((each) => each.startsWith('Server'))).toEqual([
      'Server handle request fine ok',
      'Server handle request fails REMOTE',
      expect.stringMatching(/Server handle request hangs (TIMEOUT|ABORTED)/),
    ]);
  });

  it.each([true, false])('tell of tasks (batch: %s) and publications, sent, handled and fetched', async (batch) => {
    const seen = operations();
    const pusher = keep(await new Pusher({ address: ANY_PORT, batch }).connect());
    const puller = await keep(new Puller({ address: addressOf(pusher) })).connect();
    await pusher.pushTask('work', 1);
    await puller.pullTask();
    puller.registerTaskHandler('work', () => Promise.reject(new RemoteError('REMOTE', 'no')));
    await puller.startWorker();
    await pusher.pushTask('work', 2);
    await until(() => seen.ended.length === 4, 'the tasks are done');
    expect(seen.ended.sort()).toEqual([
      'Puller process task work REMOTE',
      'Puller receive task work ok',
      'Pusher send task work ok',
      'Pusher send task work ok',
    ]);

    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) }));
    subscriber.subscribe('news', () => undefined);
    await subscriber.startListening();
    await publisher.waitForSubscribers();
    seen.ended.length = 0;
    await publisher.publish('news', 1);
    await until(() => seen.ended.length === 2, 'it is handled');
    expect(seen.ended).toEqual(['Publisher send publish news ok', 'Subscriber process publish news ok']);
  });

  it('tell whether what was asked for has a handler', async () => {
    const seen = operations();
    const server = keep(await startServer({ known: () => 1 }));
    const client = keep(new Client({ address: addressOf(server) }));
    for (const action of ['known', 'made-up', 'ping']) await client.sendRequest(action).catch(() => undefined);
    server.setDefaultHandler(() => 2);
    await client.sendRequest('made-up');
    await until(() => seen.ended.length === 8, 'both ends are through');
    const handled = seen.started.filter(({ kind }) => kind === 'handle');
    expect(handled.map(({ subject, hasHandler }) => [subject, hasHandler])).toEqual([
      ['known', true],
      ['made-up', false],
      ['ping', true],
      ['made-up', true],
    ]);
  });

  it('tell of what dealers and routers send and receive', async () => {
    const seen = operations();
    const router = keep(await new Router({ address: ANY_PORT }).connect());
    const dealer = keep(new Dealer({ address: addressOf(router), identity: 'd' }));
    await dealer.sendRequest(1);
    const { clientId, requestId } = await router.receiveRequest();
    await router.sendResponse(clientId, requestId, 2);
    await dealer.receiveResponse();
    await until(() => seen.ended.length === 4, 'all is told');
    expect(seen.ended.map((each) => each.split(' ').slice(0, 3).join(' ')).sort()).toEqual([
      'Dealer receive route',
      'Dealer send route',
      'Router receive route',
      'Router send route',
    ]);
  });
});

describe('the channel of endpoints', () => {
  it('tells of each step in their lives', async () => {
    const seen: string[] = [];
    listen('liberzmq:endpoint', ({ endpoint, type, event }: EndpointDiagnostic) => {
      seen.push(`${endpoint.kind} ${type}`);
      expect(typeof event).toBe('object');
    });
    const server = new Server({ address: ANY_PORT });
    await server.startServer();
    const client = await new Client({ address: addressOf(server) }).connect({ waitForConnection: true });
    // Each end hears of the handshake for itself.
    await until(() => seen.includes('Server connected'), 'the server has heard of the client');
    await client.close();
    await server.close();
    expect(seen).toEqual(
      expect.arrayContaining([
        'Server opened',
        'Server bound',
        'Client opened',
        'Client connected',
        'Server connected',
        'Client closed',
        'Server closed',
      ]),
    );
    expect(seen.indexOf('Client opened')).toBeLessThan(seen.indexOf('Client connected'));
  });
});

describe('listEndpoints', () => {
  it('lists those that are open, with their figures', async () => {
    const server = keep(await startServer({ x: () => 1 }));
    const client = keep(new Client({ address: addressOf(server) }));
    expect(listEndpoints()).toContain(server);
    expect(listEndpoints()).not.toContain(client);
    await client.sendRequest('x');
    expect(listEndpoints()).toContain(client);
    expect(client.kind).toBe('Client');
    expect(client.stats().peers).toBe(1);
    await client.close();
    expect(listEndpoints()).not.toContain(client);
    await until(() => server.stats().peers === 0, 'the server has seen it go');
  });
});
