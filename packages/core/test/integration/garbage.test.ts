import { randomBytes, randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Client, Publisher, Puller, Pusher, Router, Server, Subscriber } from '@liberzmq/core';
import {
  Dealer as RawDealer,
  Publisher as RawPublisher,
  Push as RawPush,
  Router as RawRouter,
  XSubscriber as RawXSubscriber,
} from 'zeromq';
import { addressOf, ANY_PORT, closeAfterEach, startServer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

const MESSAGES = 300;

/** Frames of random number, size and content. */
function randomFrames(): Buffer[] {
  return upTo(randomInt(1, 5)).map(() => randomBytes(randomInt(0, 3) === 0 ? 0 : randomInt(1, 200)));
}

/** Bodies that are well-formed JSON and yet not what anybody expects. */
const ODD_BODIES = [
  '{}',
  '[]',
  'null',
  '0',
  '"text"',
  '{"type":5}',
  '{"type":"echo","headers":7}',
  '{"type":"echo","request_id":{}}',
  '{"type":"echo","data":{"__type__":"datetime","value":"never"}}',
  '{"type":"echo","data":{"__type__":"bytes","value":"xyz"}}',
  '{"type":"echo","data":{"__type__":"set"}}',
  '{"__proto__":{"polluted":true},"type":"echo"}',
  '{"type":"__proto__"}',
  '{"type":"constructor"}',
];

/** Opens a TCP connection, writes bytes, and leaves. */
async function throwBytes(address: string, bytes: Buffer): Promise<void> {
  const { hostname, port } = new URL(address);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.end(bytes);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve();
    });
    socket.resume();
  });
}

describe('bytes that are not ZeroMQ', () => {
  it('reach no handler, are reported, and change nothing for the others', async () => {
    const server = keep(await startServer({ echo: (data) => data }));
    const failed: string[] = [];
    server.on('handshakeFailed', ({ reason }) => failed.push(reason));
    let left = 0;
    server.on('disconnected', () => (left += 1));
    const client = keep(new Client({ address: addressOf(server) }));
    expect(await client.sendRequest('echo', 1)).toBe(1);
    await Promise.all(upTo(20).map(() => throwBytes(addressOf(server), randomBytes(randomInt(1, 500)))));
    await throwBytes(addressOf(server), Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    expect(await client.sendRequest('echo', 2)).toBe(2);
    await until(() => failed.length > 0, 'it was reported');
    expect(left).toBe(0);
    await client.close();
    await until(() => left === 1, 'the client is gone');
    await expect(server.connect({ waitForConnection: true, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('too large for a subscriber cost it that connection, and no more', async () => {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = keep(
      new Subscriber({ address: addressOf(publisher), maxMessageBytes: 1_000, topics: ['t'], reconnectIntervalMs: 10 }),
    );
    const next = subscriber.receiveMessage({ timeoutMs: 10_000 });
    let lost = 0;
    subscriber.on('disconnected', () => (lost += 1));
    await publisher.waitForSubscribers({ topic: 't' });
    await publisher.publish('t', 'x'.repeat(2_000));
    await until(() => lost === 1, 'the connection is cut');
    await subscriber.connect({ waitForConnection: true });
    await publisher.waitForSubscribers({ topic: 't' });
    await publisher.publish('t', 'small');
    expect(await next).toEqual({ topic: 't', message: 'small' });
  });

  it('announcing an enormous message are cut off', async () => {
    const server = keep(await startServer({ echo: (data) => data }));
    const small = keep(
      new Server({ address: ANY_PORT, maxMessageBytes: 1_000 }).registerHandler('echo', (data) => data),
    );
    await small.startServer();
    const client = keep(new Client({ address: addressOf(small), reconnectIntervalMs: 10 }));
    await expect(client.sendRequest('echo', 'x'.repeat(2_000))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      outcome: 'unknown',
    });
    expect(await client.sendRequest('echo', 'short')).toBe('short');
    expect(server.stats().received.messages).toBe(0);
  });
});

describe('random frames', () => {
  it('to a server are answered with an error or dropped, and counted', async () => {
    const server = keep(await startServer({ echo: (data) => data }));
    const raw = new RawDealer({ linger: 0 });
    raw.connect(addressOf(server));
    for (const _ of upTo(MESSAGES)) await raw.send(randomFrames());
    for (const body of ODD_BODIES) await raw.send(['', body]);
    await until(() => server.stats().received.messages >= MESSAGES + ODD_BODIES.length, 'all have arrived', 10_000);
    const client = keep(new Client({ address: addressOf(server) }));
    expect(await client.sendRequest('echo', 'still here')).toBe('still here');
    expect(server.stats().drops['malformed']).toBeGreaterThan(0);
    expect(server.stats().inFlight).toBe(0);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    raw.close();
  });

  it('to a client settle nothing, and are counted', async () => {
    const raw = new RawRouter({ linger: 0, mandatory: true });
    await raw.bind('tcp://127.0.0.1:*');
    const client = keep(new Client({ address: raw.lastEndpoint ?? '', dialect: 'classic' }));
    const pending = client.sendRequest('x', 1, { timeoutMs: 10_000 });
    const [id, ...envelope] = (await raw.receive()) as [Buffer, Buffer, Buffer, Buffer];
    for (const _ of upTo(MESSAGES)) await raw.send([id, ...randomFrames()]);
    await raw.send([id, Buffer.of(9, 9, 9, 9), '', '"a reply to nothing"']);
    await raw.send([id, envelope[0], '', '"the answer"']);
    expect(await pending).toBe('the answer');
    // Random frames may happen to be four bytes, none, and some: then they are a reply to nothing as well.
    const { 'late-reply': late = 0, malformed = 0 } = client.stats().drops;
    expect(late).toBeGreaterThan(0);
    expect(late + malformed).toBe(MESSAGES + 1);
    const broken = client.sendRequest('y');
    const [, replyId] = await raw.receive();
    await raw.send([id, replyId ?? '', '', '{broken']);
    await expect(broken).rejects.toMatchObject({ code: 'DECODE', outcome: 'unknown' });
    raw.close();
  });

  it('to a puller, a subscriber and a router are counted, and what is good arrives', async () => {
    const push = new RawPush({ linger: 0 });
    await push.bind('tcp://127.0.0.1:*');
    const puller = keep(new Puller({ address: push.lastEndpoint ?? '' }));
    const task = puller.pullTask({ timeoutMs: 10_000 });
    for (const _ of upTo(MESSAGES)) await push.send([Buffer.concat([Buffer.of(0xff), ...randomFrames()])]);
    await push.send('{"type":"good","data":1}');
    expect(await task).toMatchObject({ type: 'good', data: 1 });
    expect(puller.stats().drops).toEqual({ malformed: MESSAGES });
    push.close();

    const publish = new RawPublisher({ linger: 0, sendHighWaterMark: 0 });
    await publish.bind('tcp://127.0.0.1:*');
    const subscriber = keep(new Subscriber({ address: publish.lastEndpoint ?? '' }));
    const message = subscriber.receiveMessage({ timeoutMs: 10_000 });
    await subscriber.connect({ waitForConnection: true });
    for (;;) {
      await publish.send(randomFrames());
      await publish.send(['good', '1']);
      if (subscriber.stats().received.messages > 0) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await message).toEqual({ topic: 'good', message: 1 });
    publish.close();

    const router = keep(await new Router({ address: ANY_PORT }).connect());
    const request = router.receiveRequest({ timeoutMs: 10_000 });
    const dealer = new RawDealer({ linger: 0 });
    dealer.connect(addressOf(router));
    for (const _ of upTo(MESSAGES)) await dealer.send([Buffer.of(0xff), ...randomFrames()].slice(0, 5));
    await dealer.send(['id', '"good"']);
    expect(await request).toMatchObject({ requestId: 'id', data: 'good' });
    dealer.close();
  });

  it('upstream to a publisher are counted', async () => {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const raw = new RawXSubscriber({ linger: 0 });
    raw.connect(addressOf(publisher));
    await raw.send(Buffer.concat([Buffer.of(1), Buffer.from('topic')]));
    await publisher.waitForSubscribers({ topic: 'topic' });
    for (const _ of upTo(20)) await raw.send(Buffer.concat([Buffer.of(7), randomBytes(20)]));
    await until(() => publisher.stats().drops['malformed'] === 20, 'they are counted');
    await publisher.publish('topic', 'unharmed');
    raw.close();
  });

  it('into the void: a pusher cannot be sent anything', async () => {
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    await throwBytes(addressOf(pusher), randomBytes(300));
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    const next = puller.pullTask();
    await pusher.pushTask('t', 'fine');
    expect((await next).data).toBe('fine');
  });
});
