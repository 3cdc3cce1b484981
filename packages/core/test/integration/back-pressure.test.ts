import { describe, expect, it } from '@jest/globals';
import {
  Client,
  type ConnectionError,
  Publisher,
  Puller,
  Pusher,
  Server,
  Subscriber,
  type OutboxPolicy,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

const BODY = 'x'.repeat(1_000);

interface Settled {
  readonly fulfilled: number;
  readonly rejected: readonly ConnectionError[];
}

function settle(results: readonly PromiseSettledResult<unknown>[]): Settled {
  return {
    fulfilled: results.filter(({ status }) => status === 'fulfilled').length,
    rejected: results.flatMap((each) => (each.status === 'rejected' ? [each.reason as ConnectionError] : [])),
  };
}

/** A pusher whose outbox holds ten, with nobody to take anything. */
async function lonelyPusher(policy: OutboxPolicy): Promise<Pusher> {
  return keep(await new Pusher({ address: ANY_PORT, outbox: { policy, maxMessages: 10 } }).connect());
}

async function pulled(source: Pusher, count: number): Promise<unknown[]> {
  const puller = keep(new Puller({ address: addressOf(source) }));
  const seen = [];
  while (seen.length < count) seen.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
  return seen;
}

describe('an outbox that is full', () => {
  it('refuses what is new with policy reject', async () => {
    const source = await lonelyPusher('reject');
    const pushes = Promise.allSettled(upTo(15).map((n) => source.pushTask('t', n)));
    expect(await pulled(source, 10)).toEqual(upTo(10));
    const { fulfilled, rejected } = settle(await pushes);
    expect(fulfilled).toBe(10);
    expect(rejected.map(({ code, outcome, retryable }) => ({ code, outcome, retryable }))).toEqual(
      upTo(5).map(() => ({ code: 'BACKPRESSURE', outcome: 'not-sent', retryable: true })),
    );
    expect(source.stats()).toMatchObject({ drops: {}, errors: { BACKPRESSURE: 5 } });
  });

  it('drops what is new with policy drop-newest, counts it and says so', async () => {
    const source = await lonelyPusher('drop-newest');
    const dropped: string[] = [];
    source.on('dropped', ({ reason, description }) => dropped.push(`${reason}: ${description}`));
    const pushes = Promise.allSettled(upTo(15).map((n) => source.pushTask('t', n)));
    expect(await pulled(source, 10)).toEqual(upTo(10));
    expect(settle(await pushes)).toEqual({ fulfilled: 15, rejected: [] });
    expect(source.stats().drops).toEqual({ 'outbox-full': 5 });
    expect(dropped[0]).toBe(`outbox-full: task 't' to ${source.address}`);
    expect(dropped).toHaveLength(5);
  });

  it('drops what waits longest with policy drop-oldest', async () => {
    const source = await lonelyPusher('drop-oldest');
    const pushes = Promise.allSettled(upTo(15).map((n) => source.pushTask('t', n)));
    expect(await pulled(source, 10)).toEqual(upTo(15).slice(5));
    expect(settle(await pushes)).toEqual({ fulfilled: 15, rejected: [] });
    expect(source.stats().drops).toEqual({ 'outbox-full': 5 });
  });

  it('does not exist with policy wait', async () => {
    const source = await lonelyPusher('wait');
    const pushes = Promise.all(upTo(15).map((n) => source.pushTask('t', n)));
    expect(await pulled(source, 15)).toEqual(upTo(15));
    await pushes;
  });

  it('is full by bytes as well, but takes a single message of any size', async () => {
    const source = keep(
      await new Pusher({ address: ANY_PORT, outbox: { policy: 'reject', maxBytes: 5_000 } }).connect(),
    );
    const big = source.pushTask('t', 'y'.repeat(50_000));
    await expect(source.pushTask('t', 'small')).rejects.toMatchObject({ code: 'BACKPRESSURE' });
    expect(await pulled(source, 1)).toEqual(['y'.repeat(50_000)]);
    await big;
  });

  it('refuses requests as well', async () => {
    const client = keep(new Client({ address: 'tcp://127.0.0.1:9', outbox: { policy: 'reject', maxMessages: 3 } }));
    const results = await Promise.allSettled(upTo(5).map((n) => client.sendRequest('x', n, { timeoutMs: 100 })));
    expect(
      settle(results)
        .rejected.map(({ code }) => code)
        .sort(),
    ).toEqual(['BACKPRESSURE', 'BACKPRESSURE', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect(client.stats()).toMatchObject({ inFlight: 0, errors: { BACKPRESSURE: 2, TIMEOUT: 3 } });
  });

  it('never drops a request without a word', async () => {
    const client = keep(
      new Client({ address: 'tcp://127.0.0.1:9', outbox: { policy: 'drop-oldest', maxMessages: 3 } }),
    );
    const results = await Promise.allSettled(upTo(5).map((n) => client.sendRequest('x', n, { timeoutMs: 100 })));
    expect(settle(results).rejected.map(({ code }) => code)).toEqual([
      ...['BACKPRESSURE', 'BACKPRESSURE'],
      ...['TIMEOUT', 'TIMEOUT', 'TIMEOUT'],
    ]);
    expect(client.stats().drops).toEqual({ 'outbox-full': 2 });
  });
});

describe('a subscriber that reads nothing', () => {
  async function stuckPair(policy: OutboxPolicy): Promise<{ source: Publisher; stuck: Subscriber }> {
    const source = keep(
      await new Publisher({ address: ANY_PORT, highWaterMark: 5, outbox: { policy, maxMessages: 100 } }).connect(),
    );
    const stuck = keep(new Subscriber({ address: addressOf(source), topics: ['t'], highWaterMark: 5 }));
    await stuck.connect();
    await source.waitForSubscribers({ topic: 't' });
    return { source, stuck };
  }

  /** More than the kernel and libzmq hold between the two. */
  const FLOOD = 30_000;

  it('holds up a publisher that waits, which loses nothing', async () => {
    const { source, stuck } = await stuckPair('wait');
    const published = Promise.all(upTo(FLOOD).map((n) => source.publish('t', { n, BODY })));
    await until(() => source.stats().sent.messages > 100, 'it has begun');
    let sent = -1;
    await until(() => sent === (sent = source.stats().sent.messages), 'it is held up');
    expect(source.stats().queued.messages).toBeGreaterThan(0);
    for (const n of upTo(FLOOD)) expect(await stuck.receiveMessage()).toMatchObject({ message: { n } });
    await published;
    expect(source.stats().queued.messages).toBe(0);
  });

  it('makes a publisher that rejects fail', async () => {
    const { source } = await stuckPair('reject');
    const results = settle(
      await Promise.allSettled(upTo(FLOOD).map((n) => source.publish('t', { n, BODY }, { timeoutMs: 1_000 }))),
    );
    expect(new Set(results.rejected.map(({ code }) => code))).toContain('BACKPRESSURE');
  });

  it('harms nobody else with the default policy', async () => {
    const source = keep(await new Publisher({ address: ANY_PORT, highWaterMark: 200 }).connect());
    const [stuck, reader] = upTo(2).map(() =>
      keep(new Subscriber({ address: addressOf(source), topics: ['t'], highWaterMark: 200 })),
    );
    await stuck?.connect();
    const seen: unknown[] = [];
    reader?.subscribe('t', (_, message) => seen.push(message));
    await reader?.startListening();
    await until(() => source.subscriptions()['t'] === 2, 'both are subscribed');
    for (const n of upTo(FLOOD)) {
      await source.publish('t', { n, BODY });
      if (n % 100 === 99) await until(() => seen.length === n + 1, 'the reader has them');
    }
    expect(seen).toHaveLength(FLOOD);
    expect(source.stats().queued.messages).toBe(0);
  });
});

describe('requests that wait for their answers', () => {
  it('count as messages of the outbox with policy reject, and with that one only', async () => {
    const server = keep(new Server({ address: ANY_PORT }));
    const gate = defer();
    server.registerHandler('wait', () => gate.promise);
    await server.startServer();
    const address = addressOf(server);
    const strict = keep(new Client({ address, outbox: { policy: 'reject', maxMessages: 10 } }));
    const patient = keep(new Client({ address, outbox: { policy: 'wait', maxMessages: 10 } }));
    await Promise.all([strict.connect({ waitForConnection: true }), patient.connect({ waitForConnection: true })]);
    const asked = Promise.allSettled(upTo(15).map(() => strict.sendRequest('wait')));
    const all = Promise.all(upTo(15).map(() => patient.sendRequest('wait')));
    await until(() => strict.stats().sent.messages === 10, 'ten have left');
    await expect(strict.sendRequest('wait')).rejects.toMatchObject({
      ...{ code: 'BACKPRESSURE', outcome: 'not-sent', retryable: true },
      message: expect.stringMatching(/10 requests wait for their answers already.*outbox.maxMessages/),
    });
    gate.resolve();
    const { fulfilled, rejected } = settle(await asked);
    expect([fulfilled, rejected.length]).toEqual([10, 5]);
    expect(await all).toHaveLength(15);
    expect(strict.stats().errors).toEqual({ BACKPRESSURE: 6 });
    expect(await strict.sendRequest('wait')).toBeUndefined();
  });
});
