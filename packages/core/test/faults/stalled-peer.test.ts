import { expect, it } from '@jest/globals';
import { Client, Publisher, Server, Subscriber } from '@liberzmq/core';
import { startNode } from '@liberzmq-tooling/testkit';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from '../integration/endpoints.js';
import { proxyAfterEach } from './proxied.js';

const keep = closeAfterEach();
const through = proxyAfterEach();

const MEBIBYTE = 2 ** 20;
const BLOB = 'x'.repeat(50_000);
/** Many times what kernel and libzmq hold between the two. */
const FLOOD = 4_000;
const LIMITS = { maxMessages: 100, maxBytes: 8 * MEBIBYTE };
/** What the process may grow by while a flood of 200 MB is meant for somebody who takes nothing. */
const GROWTH_BYTES = 130 * MEBIBYTE;
const SLOWEST_MS = 1_500;

interface Watch {
  /** How long the slowest request took, in ms. */
  readonly slowestMs: number;
  readonly answered: number;
  /** The most that the process grew by. */
  readonly growthBytes: number;
}

/** Asks one thing after the other until the condition holds, and measures. */
async function askUntil(client: Client, over: () => boolean): Promise<Watch> {
  const before = process.memoryUsage().rss;
  let [slowestMs, answered, growthBytes] = [0, 0, 0];
  while (!over() || answered < 50) {
    const from = performance.now();
    expect(await client.sendRequest('echo', answered, { timeoutMs: 10_000 })).toBe(answered);
    slowestMs = Math.max(slowestMs, performance.now() - from);
    growthBytes = Math.max(growthBytes, process.memoryUsage().rss - before);
    answered += 1;
  }
  return { slowestMs, answered, growthBytes };
}

it('a client whose connection is stalled costs itself its replies, and nobody else anything', async () => {
  const server = keep(new Server({ address: ANY_PORT, highWaterMark: 10, outbox: LIMITS }));
  server.registerHandler('blob', () => BLOB);
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  const proxy = await through(server);
  const stalled = keep(new Client({ address: proxy.address, reconnectIntervalMs: 5 }));
  const other = keep(new Client({ address: addressOf(server) }));
  expect(await stalled.sendRequest('echo', 'before')).toBe('before');
  await other.sendRequest('echo');

  proxy.stall({ direction: 'back' });
  const { signal, abort } = abortable();
  let sent = 0;
  const flood = (async () => {
    const asked = [];
    for (; sent < FLOOD; sent += 1) {
      asked.push(stalled.sendRequest('blob', sent, { signal, timeoutMs: 60_000 }).catch(() => undefined));
      // So that not all of their replies are made in one go.
      if (sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return asked;
  })();
  const received = (): number => server.stats().received.messages;
  const drops = (): number => server.stats().drops['outbox-full'] ?? 0;
  let mostQueued = 0;
  const watch = await askUntil(other, () => {
    mostQueued = Math.max(mostQueued, server.stats().queued.bytes);
    return sent === FLOOD && server.stats().inFlight === 0 && drops() > FLOOD / 2;
  });
  expect(received()).toBeGreaterThan(0);
  expect(watch.slowestMs).toBeLessThan(SLOWEST_MS);
  expect(watch.growthBytes).toBeLessThan(GROWTH_BYTES);
  expect(mostQueued).toBeLessThanOrEqual(LIMITS.maxBytes);

  abort();
  await Promise.all(await flood);
  proxy.resume();
  await until(() => server.stats().queued.messages === 0, 'what waited for it has left');
  expect(await stalled.sendRequest('echo', 'after', { timeoutMs: 10_000 })).toBe('after');
});

const STOPPED_CLIENT = `
import { createInterface } from 'node:readline';
import { Client } from '@liberzmq/core';
const client = new Client({ address: process.env.ADDRESS, timeoutMs: 30_000 });
const say = (value) => console.log(JSON.stringify(value));
const count = Number(process.env.COUNT);
let answered = 0;
const asked = Array.from({ length: count }, () => client.sendRequest('blob').then(() => { answered += 1; }, () => {}));
say({ asked: count });
for await (const line of createInterface({ input: process.stdin })) {
  say({ echo: await client.sendRequest('echo', JSON.parse(line)), answered });
  break;
}
process.stdin.destroy();
await client.close({ timeoutMs: 0 });
`;

it('a client whose process is stopped costs itself its replies, and nobody else anything', async () => {
  const count = 1_000;
  const gate = defer();
  const server = keep(new Server({ address: ANY_PORT, highWaterMark: 10, outbox: LIMITS }));
  server.registerHandler('blob', () => gate.promise.then(() => BLOB));
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  const other = keep(new Client({ address: addressOf(server) }));
  await using stopped = startNode(
    { code: STOPPED_CLIENT },
    { env: { ADDRESS: addressOf(server), COUNT: String(count) } },
  );
  await stopped.lines.nextLine();
  await until(() => server.stats().inFlight === count, 'all of its requests are here');
  stopped.kill('SIGSTOP');
  try {
    gate.resolve();
    const { slowestMs, growthBytes } = await askUntil(other, () => server.stats().inFlight === 0);
    expect(slowestMs).toBeLessThan(SLOWEST_MS);
    expect(growthBytes).toBeLessThan(GROWTH_BYTES);
    const { drops, queued } = server.stats();
    expect(drops['outbox-full']).toBeGreaterThan(count / 4);
    expect(queued.bytes).toBeLessThanOrEqual(LIMITS.maxBytes);
  } finally {
    stopped.kill('SIGCONT');
  }
  await until(() => server.stats().queued.messages === 0, 'what waited for it has left');
  stopped.send('awake');
  expect(await stopped.lines.nextLine()).toMatchObject({ echo: 'awake', answered: expect.any(Number) });
  expect(await stopped.exitCode).toBe(0);
});

it('a client that is stalled for good is let go when the server is closed', async () => {
  const server = keep(new Server({ address: ANY_PORT, highWaterMark: 10 }));
  server.registerHandler('blob', () => BLOB);
  await server.startServer();
  const proxy = await through(server);
  const stalled = keep(new Client({ address: proxy.address }));
  await stalled.sendRequest('blob');
  proxy.stall({ direction: 'back' });
  const asked = upTo(1_000).map(() => stalled.sendRequest('blob').catch(() => undefined));
  await until(() => server.stats().queued.messages > 0, 'replies wait for it');
  const from = performance.now();
  await server.close({ timeoutMs: 200 });
  expect(performance.now() - from).toBeLessThan(3_000);
  await stalled.close({ timeoutMs: 0 });
  await Promise.all(asked);
});

it('a subscriber that is stalled costs itself publications, and nobody else anything', async () => {
  const publisher = keep(await new Publisher({ address: ANY_PORT, highWaterMark: 200, outbox: LIMITS }).connect());
  const proxy = await through(publisher);
  const [stalled, reader] = [proxy.address, addressOf(publisher)].map((address) =>
    keep(new Subscriber({ address, topics: ['t'], highWaterMark: 200, reconnectIntervalMs: 5 })),
  );
  const seen: number[] = [];
  reader?.subscribe('t', (_, message) => seen.push((message as { n: number }).n));
  await reader?.startListening();
  const late: number[] = [];
  stalled?.subscribe('t', (_, message) => late.push((message as { n: number }).n));
  await stalled?.startListening();
  await until(() => publisher.subscriptions()['t'] === 2, 'both are subscribed');

  proxy.stall();
  const before = process.memoryUsage().rss;
  let [growthBytes, slowestMs] = [0, 0];
  for (const n of upTo(FLOOD)) {
    const from = performance.now();
    await publisher.publish('t', { n, BLOB });
    if (n % 20 === 19) await until(() => seen.length === n + 1, 'the reader has them');
    slowestMs = Math.max(slowestMs, performance.now() - from);
    growthBytes = Math.max(growthBytes, process.memoryUsage().rss - before);
  }
  expect(seen).toEqual(upTo(FLOOD));
  expect(slowestMs).toBeLessThan(SLOWEST_MS);
  expect(growthBytes).toBeLessThan(GROWTH_BYTES);
  expect(publisher.stats().queued.messages).toBe(0);
  expect(late).toEqual([]);

  // What was on its way still comes, in order; then what is new.
  proxy.resume();
  let last = FLOOD;
  await until(() => {
    void publisher.publish('t', { n: last });
    last += 1;
    return late.some((n) => n >= FLOOD);
  }, 'it gets something new');
  expect(late).toEqual([...late].sort((one, two) => one - two));
  expect(late.length).toBeLessThan(FLOOD);
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort();
    },
  };
}

it('requests that time out while the server takes nothing leave nothing behind that waits', async () => {
  const server = keep(new Server({ address: ANY_PORT }));
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  const proxy = await through(server);
  const client = keep(new Client({ address: proxy.address, highWaterMark: 10, lingerMs: 100 }));
  expect(await client.sendRequest('echo', 'before')).toBe('before');
  proxy.stall();
  // Far more than the kernel holds, and small enough that thousands have left before nothing goes any more.
  const body = 'x'.repeat(1_000);
  const asked = upTo(20_000).map(() => client.sendRequest('echo', body, { timeoutMs: 1_000 }).catch(codeOf));
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['TIMEOUT']));
  expect(client.stats().sent.messages).toBeGreaterThan(1_000);
  expect(client.stats()).toMatchObject({ inFlight: 0 });
  expect(client.stats().queued.messages).toBeLessThan(100);
});

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
