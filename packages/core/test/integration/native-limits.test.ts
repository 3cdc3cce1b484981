import { describe, expect, it } from '@jest/globals';
import { Client, Publisher, Puller, Pusher, Server, Subscriber, type LiberZMQError } from '@liberzmq/core';
import { Dealer as RawDealer } from 'zeromq';
import type { ActionHandler } from '../../src/service/action-handler.js';
import { KIND } from '../../src/wire/native/format.js';
import { PacketWriter } from '../../src/wire/native/packet-writer.js';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

const TOO_LONG = 'a'.repeat(5_000);

async function serve(handlers: Readonly<Record<string, ActionHandler>>, maxMessageBytes?: number): Promise<Server> {
  const server = keep(new Server({ address: ANY_PORT, maxMessageBytes }));
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  return server.startServer();
}

/** What became of a promise: its value, or the code and the outcome of its error. */
async function fate(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    const { code, outcome } = error as LiberZMQError;
    return `${code} ${outcome}`;
  }
}

describe('a request past a limit of the wire', () => {
  it.each([
    ['an action that is too long', TOO_LONG, undefined],
    ['a header that is too large', 'echo', { h: 'x'.repeat(20_000) }],
    ['the key of a header that is too long', 'echo', { [TOO_LONG]: 'x' }],
    ['too many headers', 'echo', Object.fromEntries(upTo(200).map((index) => [`h${index}`, 'v']))],
    ['headers that are larger than any record', 'echo', { h: 'x'.repeat(18_000_000) }],
  ])('fails by itself, before it is sent: %s', async (_what, action, headers) => {
    const server = await serve({ echo: (data) => data });
    const client = keep(new Client({ address: addressOf(server), timeoutMs: 1_000 }));
    const [before, bad, after] = await Promise.all([
      fate(client.sendRequest('echo', 1)),
      fate(client.sendRequest(action, 2, headers === undefined ? {} : { headers })),
      fate(client.sendRequest('echo', 3)),
    ]);
    expect([before, after]).toEqual([1, 3]);
    expect(bad).toMatch(/ not-sent$/);
  });

  it.each([2 ** 53, 1e17, Number.MAX_VALUE])(
    'is none if it is its time, %d ms: no number is as large, so there is no limit',
    async (timeoutMs) => {
      const server = await serve({ echo: (data) => data });
      const client = keep(new Client({ address: addressOf(server) }));
      const request = fate(client.sendRequest('echo', 1, { timeoutMs }));
      expect(await Promise.race([request, new Promise((resolve) => setTimeout(resolve, 1_000, 'no answer'))])).toBe(1);
    },
  );

  it('does not make a packet larger than the server takes, whatever is in it', async () => {
    const server = await serve({ echo: (data) => data }, 1_000);
    const client = keep(new Client({ address: addressOf(server), maxMessageBytes: 1_000, timeoutMs: 2_000 }));
    let lost = 0;
    client.on('disconnected', () => (lost += 1));
    expect(await Promise.all(upTo(10).map(() => fate(client.sendRequest('echo', '查'.repeat(240)))))).toEqual(
      upTo(10).map(() => '查'.repeat(240)),
    );
    const headers = { h: 'x'.repeat(600) };
    expect(await Promise.all(upTo(10).map((index) => fate(client.sendRequest('echo', index, { headers }))))).toEqual(
      upTo(10),
    );
    expect(await fate(client.sendRequest('echo', 1, { headers: { h: 'x'.repeat(1_200) } }))).toBe('TOO_LARGE not-sent');
    expect(lost).toBe(0);
  });
});

describe('a reply past a limit of the wire', () => {
  it.each([
    ['a header that is no text', 5],
    ['a header that is too large', 'x'.repeat(20_000)],
    ['a header that is larger than any record', 'x'.repeat(18_000_000)],
  ])('is answered with an error, and the other replies arrive: %s', async (_what, value) => {
    const server = await serve({
      echo: (data) => data,
      bad: (_data, context) => {
        (context.replyHeaders as Record<string, unknown>)['key'] = value;
        return 'a result';
      },
    });
    const client = keep(new Client({ address: addressOf(server), timeoutMs: 1_000 }));
    const [before, bad, after] = await Promise.all([
      fate(client.sendRequest('echo', 1)),
      fate(client.sendRequest('bad', 2)),
      fate(client.sendRequest('echo', 3)),
    ]);
    expect([before, after]).toEqual([1, 3]);
    expect(bad).not.toMatch(/^TIMEOUT/);
    expect(await fate(client.sendRequest('echo', 4))).toBe(4);
  });
});

describe('a packet that costs its sender little', () => {
  it('costs a server little where one attachment is named again and again', async () => {
    const server = await serve({ run: () => undefined });
    const socket = new RawDealer({ linger: 0 });
    try {
      socket.connect(addressOf(server));
      const writer = new PacketWriter();
      writer.begin();
      writer.record(KIND.request, { id: 1, subject: 'run' }, 'json', '0');
      const prefix = writer.finish()[0]!;
      // Each: kind, length, flags, id, subject 1, codec 2, attachment 0.
      const again = upTo(2_000).map((index) =>
        Buffer.from([KIND.request, 7, 0, 0, 0x0a, (index & 0x7f) | 0x80, (index >> 7) + 1, 1, 2, 0x80, 0x00]),
      );
      const attachment = Buffer.from(JSON.stringify(upTo(60_000)));
      const from = performance.now();
      await socket.send([Buffer.concat([prefix, ...again]), attachment]);
      const client = keep(new Client({ address: addressOf(server), timeoutMs: 15_000 }));
      await client.sendRequest('run');
      expect(performance.now() - from).toBeLessThan(1_500);
    } finally {
      socket.close();
    }
  });
});

describe('a publication past a limit of the wire', () => {
  it('fails by itself, and leaves no gap', async () => {
    const publisher = await keep(new Publisher({ address: ANY_PORT })).connect();
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) }));
    const got: unknown[] = [];
    let gaps = 0;
    subscriber.on('gap', () => (gaps += 1));
    subscriber.subscribe('news', (message) => void got.push(message));
    await subscriber.startListening();
    await publisher.waitForSubscribers({ topic: 'news' });
    const results = await Promise.all([
      fate(publisher.publish('news', 1)),
      fate(publisher.publish('news', 5n)),
      fate(publisher.publish('news', 2, { headers: { h: 'x'.repeat(20_000) } })),
      fate(publisher.publish('news', 3)),
    ]);
    expect(results).toEqual([undefined, 'ENCODE not-sent', expect.stringMatching(/ not-sent$/), undefined]);
    await until(() => got.length >= 2, 'both arrived');
    expect([got.length, gaps]).toEqual([2, 0]);
  });

  it('on a topic that is too long to be a subject costs no other its replay', async () => {
    const publisher = await keep(new Publisher({ address: ANY_PORT, retain: true })).connect();
    await publisher.publish('short', 'kept');
    await fate(publisher.publish(TOO_LONG, 'too long'));
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) }));
    const got = defer<unknown>();
    subscriber.subscribe('short', () => got.resolve('arrived'));
    subscriber.subscribe('>');
    await subscriber.startListening();
    expect(await got.promise).toBe('arrived');
  });
});

describe('a subscription past a limit of the wire', () => {
  it('does not end the process, and is served', async () => {
    const publisher = await keep(new Publisher({ address: ANY_PORT })).connect();
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) }));
    const got: unknown[] = [];
    subscriber.subscribe('news', (message) => void got.push(message));
    await subscriber.startListening();
    await publisher.waitForSubscribers({ topic: 'news' });
    try {
      for (const each of upTo(3)) subscriber.subscribe(`t${each}.*.${'x'.repeat(6_000_000)}`);
    } catch (error) {
      expect((error as LiberZMQError).code).toBe('BAD_OPTION');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    await publisher.publish('news', 1);
    await until(() => got.length === 1, 'it arrived');
  });
});

describe('a task past a limit of the wire', () => {
  it('fails by itself, before it is sent', async () => {
    const pusher = await keep(new Pusher({ address: ANY_PORT, batch: true })).connect();
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    const got: unknown[] = [];
    puller.registerTaskHandler('t', (data) => void got.push(data));
    await puller.startWorker();
    const results = await Promise.all([
      fate(pusher.pushTask('t', 1, { timeoutMs: 2_000 }).then(() => 'sent')),
      fate(pusher.pushTask(TOO_LONG, 2, { timeoutMs: 2_000 })),
      fate(pusher.pushTask({ type: 't', id: TOO_LONG.repeat(4), data: 3 }, { timeoutMs: 2_000 })),
      fate(pusher.pushTask('t', 4, { headers: { h: 'x'.repeat(18_000_000) }, timeoutMs: 2_000 })),
      fate(pusher.pushTask('t', 5, { timeoutMs: 2_000 }).then(() => 'sent')),
    ]);
    const refused = expect.stringMatching(/ not-sent$/) as unknown;
    expect(results).toEqual(['sent', refused, refused, refused, 'sent']);
    await until(() => got.length === 2, 'the good ones arrived');
  });
});
