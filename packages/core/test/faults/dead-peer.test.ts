import { describe, expect, it } from '@jest/globals';
import {
  Client,
  Dealer,
  Publisher,
  Puller,
  Pusher,
  Router,
  Server,
  Subscriber,
  type EndpointEvents,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from '../integration/endpoints.js';
import { pause, proxyAfterEach } from './proxied.js';

const keep = closeAfterEach();
const through = proxyAfterEach();

const DEAD_PEER_MS = 600;
const PINGS = { pingIntervalMs: 200, deadPeerMs: DEAD_PEER_MS };
/** How long it may take until somebody who is gone is noticed, on a machine that is busy with other things. */
const NOTICED_MS = 5_000;
const RECONNECT = { reconnectIntervalMs: 5, reconnectMaxIntervalMs: 40 };
const BODY = 'x'.repeat(1_000);

/** Notes the events of these types. */
function record(
  endpoint: { on(type: keyof EndpointEvents, listener: () => void): unknown },
  ...types: (keyof EndpointEvents)[]
): string[] {
  const seen: string[] = [];
  for (const type of types) endpoint.on(type, () => seen.push(type));
  return seen;
}

/** Asks anew, once: what was handed to a connection that was being lost may have failed. */
function retry(client: Client): () => Promise<unknown> {
  return () => client.sendRequest('echo', 'back', { timeoutMs: 15_000 });
}

async function within(ms: number, promise: Promise<void>, what: string): Promise<void> {
  let settled = false;
  void promise.then(() => (settled = true));
  await until(() => settled, what, ms);
}

/** A server, a client behind a proxy, and a request of it that runs until its signal aborts. */
async function runningRequest() {
  const server = keep(new Server({ address: ANY_PORT, ...PINGS }));
  const aborted = defer();
  server.registerHandler('echo', (data) => data);
  server.registerHandler(
    'wait',
    (_, { signal }) =>
      new Promise((_done, fail) => {
        signal.addEventListener('abort', () => {
          aborted.resolve();
          fail(new Error('aborted'));
        });
      }),
  );
  await server.startServer();
  const proxy = await through(server);
  const client = keep(new Client({ address: proxy.address, ...RECONNECT, ...PINGS }));
  const lost = record(client, 'disconnected');
  const request = client.sendRequest('wait', null, { timeoutMs: 60_000 }).then(
    () => new Error('it was answered'),
    (error: unknown) => error,
  );
  await until(() => server.stats().inFlight === 1, 'the handler runs');
  return { server, proxy, client, request, lost, aborted: aborted.promise };
}

/** Nobody is told, and nothing fails: bytes just do not come any more. */
const WAYS: [string, { swallow: boolean }, { discard: boolean }][] = [
  ['a cable that is pulled and put back', { swallow: false }, { discard: false }],
  ['a cable that is pulled, and connections that are gone when it is put back', { swallow: false }, { discard: true }],
  ['a network that swallows everything', { swallow: true }, { discard: false }],
];

describe.each(WAYS)('with %s', (_way, stall, resume) => {
  it('a client notices that its server is dead, and goes on with it when it is back', async () => {
    const { proxy, client, request, lost } = await runningRequest();
    const from = performance.now();
    proxy.stall(stall);
    expect(await request).toMatchObject({ code: 'CONNECTION_LOST', outcome: 'unknown' });
    expect(performance.now() - from).toBeLessThan(NOTICED_MS);
    await until(() => lost.length > 0, 'the client tells that it is disconnected');
    const waiting = client.sendRequest('echo', 'back', { timeoutMs: 15_000 });
    proxy.resume(resume);
    expect(await waiting.catch(retry(client))).toBe('back');
  });

  it('a server notices that a client is dead: its handlers are told', async () => {
    const { server, proxy, aborted, client, request } = await runningRequest();
    // The first ping says how long the client may be silent.
    await pause(2 * PINGS.pingIntervalMs);
    const from = performance.now();
    proxy.stall(stall);
    await within(NOTICED_MS, aborted, 'the signal of the handler aborts');
    expect(performance.now() - from).toBeLessThan(NOTICED_MS);
    await until(() => server.stats().inFlight === 0, 'no handler runs');
    expect(await request).toMatchObject({ code: 'CONNECTION_LOST', outcome: 'unknown' });
    proxy.resume(resume);
    expect(await client.sendRequest('echo', 'back', { timeoutMs: 15_000 }).catch(retry(client))).toBe('back');
  });
});

it('a server notices that a client has died right after its first request', async () => {
  const { proxy, aborted, request } = await runningRequest();
  proxy.stall();
  await within(3 * DEAD_PEER_MS, aborted, 'the signal of the handler aborts');
  await request;
});

it('a client notices it without a word of its own on the way', async () => {
  const server = keep(await new Server({ address: ANY_PORT, ...PINGS }).startServer());
  const proxy = await through(server);
  const client = keep(new Client({ address: proxy.address, ...RECONNECT, ...PINGS }));
  await client.connect({ waitForConnection: true });
  const lost = record(client, 'disconnected');
  proxy.stall();
  await until(() => lost.length > 0, 'it tells it');
});

describe('who lives is not taken for dead', () => {
  it('though it says nothing for a long time', async () => {
    const server = keep(new Server({ address: ANY_PORT, ...PINGS }));
    const finish = defer<string>();
    server.registerHandler('wait', () => finish.promise);
    await server.startServer();
    const client = keep(new Client({ address: addressOf(server), ...PINGS }));
    const request = client.sendRequest('wait', null, { timeoutMs: 60_000 });
    await until(() => server.stats().inFlight === 1, 'the handler runs');
    const lost = [record(client, 'disconnected'), record(server, 'disconnected')];
    await pause(3 * DEAD_PEER_MS);
    finish.resolve('done');
    expect(await request).toBe('done');
    expect(lost).toEqual([[], []]);
  });

  it('though its bytes come late, and few at a time', async () => {
    const server = keep(new Server({ address: ANY_PORT, ...PINGS }));
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    const proxy = await through(server);
    const client = keep(new Client({ address: proxy.address, ...PINGS }));
    await client.connect({ waitForConnection: true });
    const lost = record(client, 'disconnected');
    proxy.delay(30, 30);
    proxy.throttle(20_000);
    for (const end = performance.now() + 3 * DEAD_PEER_MS; performance.now() < end;) {
      expect(await client.sendRequest('echo', BODY, { timeoutMs: 15_000 })).toBe(BODY);
    }
    expect(lost).toEqual([]);
  });

  it('a puller that takes no tasks while it is flooded: none is lost', async () => {
    const count = 5_000;
    const pusher = keep(await new Pusher({ address: ANY_PORT, ...PINGS }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher), ...PINGS }));
    await puller.connect({ waitForConnection: true });
    const lost = [record(pusher, 'disconnected'), record(puller, 'disconnected')];
    const pushed = Promise.all(upTo(count).map((n) => pusher.pushTask('t', { n, BODY })));
    await until(() => pusher.stats().sent.messages > 0, 'it has begun');
    await pause(3 * DEAD_PEER_MS);
    expect(pusher.stats().queued.messages).toBeGreaterThan(0);
    const seen: unknown[] = [];
    while (seen.length < count) {
      seen.push(((await puller.pullTask({ timeoutMs: 5_000 })).data as { n: number }).n);
    }
    expect(seen).toEqual(upTo(count));
    await pushed;
    expect(lost).toEqual([[], []]);
  });

  it('a subscriber that takes no messages while a publisher waits for it: none is lost', async () => {
    const count = 20_000;
    const publisher = keep(
      await new Publisher({ address: ANY_PORT, highWaterMark: 5, outbox: { policy: 'wait' }, ...PINGS }).connect(),
    );
    const subscriber = keep(
      new Subscriber({ address: addressOf(publisher), topics: ['t'], highWaterMark: 5, ...PINGS }),
    );
    await subscriber.connect();
    await publisher.waitForSubscribers({ topic: 't' });
    const lost = [record(publisher, 'disconnected'), record(subscriber, 'disconnected')];
    const published = Promise.all(upTo(count).map((n) => publisher.publish('t', { n, BODY })));
    await until(() => publisher.stats().sent.messages > 0, 'it has begun');
    await pause(3 * DEAD_PEER_MS);
    expect(publisher.stats().queued.messages).toBeGreaterThan(0);
    const seen: unknown[] = [];
    while (seen.length < count) {
      seen.push(((await subscriber.receiveMessage({ timeoutMs: 5_000 })).message as { n: number }).n);
    }
    expect(seen).toEqual(upTo(count));
    await published;
    expect(lost).toEqual([[], []]);
  });

  it('a router that takes no requests while it is flooded: none is lost', async () => {
    const count = 20_000;
    const router = keep(await new Router({ address: ANY_PORT, highWaterMark: 5, ...PINGS }).connect());
    const dealer = keep(new Dealer({ address: addressOf(router), highWaterMark: 5, ...PINGS }));
    await dealer.connect({ waitForConnection: true });
    const lost = [record(router, 'disconnected'), record(dealer, 'disconnected')];
    const sent = Promise.all(upTo(count).map((n) => dealer.sendRequest({ n, BODY })));
    await until(() => dealer.stats().sent.messages > 0, 'it has begun');
    await pause(3 * DEAD_PEER_MS);
    expect(dealer.stats().queued.messages).toBeGreaterThan(0);
    const seen: unknown[] = [];
    while (seen.length < count) {
      seen.push(((await router.receiveRequest({ timeoutMs: 5_000 })).data as { n: number }).n);
    }
    expect(seen).toEqual(upTo(count));
    await sent;
    expect(lost).toEqual([[], []]);
  });
});
