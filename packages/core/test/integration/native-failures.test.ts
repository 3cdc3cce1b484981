import { describe, expect, it } from '@jest/globals';
import { Client, Publisher, Server, Service, Subscriber } from '@liberzmq/core';
import { Dealer as RawDealer } from 'zeromq';
import { KIND } from '../../src/wire/native/format.js';
import { PacketWriter } from '../../src/wire/native/packet-writer.js';
import { addressOf, ANY_PORT, closeAfterEach, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

describe('a publication past the limits of its outbox', () => {
  it('is rejected where the policy says so, and takes no number', async () => {
    const outbox = { policy: 'reject', maxBytes: 1_000 } as const;
    const publisher = keep(await new Publisher({ address: ANY_PORT, outbox }).connect());
    const subscriber = keep(new Subscriber({ address: addressOf(publisher), topics: ['t'] }));
    const gaps: number[] = [];
    subscriber.on('gap', ({ missed }) => gaps.push(missed));
    const first = subscriber.receiveMessage();
    await publisher.waitForSubscribers({ topic: 't' });
    const body = 'x'.repeat(600);
    const sent = await Promise.allSettled(upTo(3).map(() => publisher.publish('t', body)));
    expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await first;
    const next = subscriber.receiveMessage();
    await publisher.publish('t', 'after');
    expect((await next).message).toBe('after');
    expect(gaps).toEqual([]);
    expect(publisher.stats().drops).toEqual({});
  });
});

describe('a server', () => {
  it('answers any number of pings that nobody reads with one pong', async () => {
    const server = keep(await new Server({ address: ANY_PORT }).startServer());
    const raw = new RawDealer({ linger: 0, receiveHighWaterMark: 1 });
    raw.connect(addressOf(server));
    const writer = new PacketWriter();
    writer.begin();
    for (let id = 0; id < 10_000; id += 1) writer.record(KIND.ping, { id });
    const frames = writer.finish();
    const ping = Buffer.from(frames[0] ?? []);
    for (const _ of upTo(10)) await raw.send(ping);
    await until(() => server.stats().received.bytes >= 10 * ping.length, 'all have come');
    expect(server.stats().queued.messages).toBeLessThanOrEqual(1);
    raw.close();
  });

  it('closes although its service cannot', async () => {
    const service = {
      sendRequest: () => Promise.resolve('fine'),
      close: () => {
        throw new Error('broken');
      },
    };
    const server = await new Server({ address: ANY_PORT, service }).startServer();
    await server.close();
    expect(server.state).toBe('closed');
  });

  it('gives up a request whose answer nothing is small enough for, and goes on', async () => {
    const service = new Service({
      handlers: { fail: () => Promise.reject(new Error('x'.repeat(500))), echo: (data) => data },
    });
    const server = keep(await new Server({ address: ANY_PORT, maxMessageBytes: 90, service }).startServer());
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('fail', undefined, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await client.sendRequest('echo', 1)).toBe(1);
    expect(server.stats().inFlight).toBe(0);
  });
});

it('a publication that was not sent in time is not kept for those who come later', async () => {
  const publisher = keep(
    await new Publisher({ address: ANY_PORT, retain: true, outbox: { policy: 'wait' } }).connect(),
  );
  await publisher.publish('t', 'first');
  const aborted = new AbortController();
  publisher.addMiddleware({
    name: 'aborts what it sees',
    async outgoing(message, next) {
      if (message.body === 'second') aborted.abort();
      await next();
    },
  });
  await expect(publisher.publish('t', 'second', { signal: aborted.signal })).rejects.toMatchObject({
    code: 'ABORTED',
    outcome: 'not-sent',
  });
  const subscriber = keep(new Subscriber({ address: addressOf(publisher), topics: ['t'] }));
  expect(await subscriber.receiveMessage({ timeoutMs: 5_000 })).toEqual({ topic: 't', message: 'first' });
});
