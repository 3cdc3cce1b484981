import { afterEach, expect, test } from '@jest/globals';
import {
  Client,
  Publisher,
  Puller,
  Pusher,
  Server,
  SerializerFactory,
  Subscriber,
  json,
  type Closable,
  type Serializer,
} from '@liberzmq/core';
import { compressed } from '../src/index.js';

const ANY_PORT = 'tcp://127.0.0.1:*';
const opened: Closable[] = [];

function open<T extends Closable>(endpoint: T): T {
  opened.push(endpoint);
  return endpoint;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoint) => endpoint.close({ timeoutMs: 0 })));
});

async function serverOf(serializer: string): Promise<string> {
  const server = open(new Server({ address: ANY_PORT, serializer }));
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  return server.boundAddress!;
}

test('requests are answered in the format that they came in, whatever that of the server is', async () => {
  const address = await serverOf('msgpack');
  const value = { n: 1, bytes: Buffer.from('ab'), at: new Date(1234), big: 12n, none: undefined };
  for (const serializer of ['msgpack', 'cbor', 'structured_clone']) {
    const client = open(new Client({ address, serializer }));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => client.sendRequest('echo', { ...value, n })),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => ({ ...value, n })));
  }
  const plain = open(new Client({ address }));
  expect(await plain.sendRequest('echo', { at: new Date(0) })).toEqual({ at: '1970-01-01T00:00:00.000Z' });
});

test('tasks travel together in one block', async () => {
  const pusher = open(new Pusher({ address: ANY_PORT, serializer: 'msgpack', batch: true }));
  await pusher.connect();
  const puller = open(new Puller({ address: pusher.boundAddress!, serializer: 'msgpack' }));
  await puller.connect();
  const sent = Array.from({ length: 1000 }, (_, n) => ({ n, name: `task ${String(n)}`, big: BigInt(n) }));
  const pushing = Promise.all(sent.map((data) => pusher.pushTask('t', data)));
  const pulled: unknown[] = [];
  while (pulled.length < sent.length) pulled.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
  await pushing;
  expect(pulled).toEqual(sent);
});

test.each(['msgpack', 'cbor', 'structured_clone', 'compressed_msgpack'])(
  '%s: under load nothing that waits is written over',
  async (serializer) => {
    const bodies = Array.from({ length: 4_000 }, (_, n) => ({
      n,
      text: String(n).repeat(1 + ((n * 7) % 300)),
      big: n,
    }));
    const pusher = open(new Pusher({ address: ANY_PORT, serializer, batch: true }));
    await pusher.connect();
    const { boundAddress } = pusher;
    // Nobody takes them yet: all wait as bytes, while others are encoded behind them.
    const pushing = Promise.all(bodies.map((body) => pusher.pushTask('t', body)));
    const server = await serverOf(serializer);
    const client = open(new Client({ address: server, serializer }));
    const answers = Promise.all(bodies.map((body) => client.sendRequest('echo', body, { timeoutMs: 30_000 })));
    const puller = open(new Puller({ address: boundAddress!, serializer }));
    await puller.connect();
    const pulled: unknown[] = [];
    while (pulled.length < bodies.length) pulled.push((await puller.pullTask({ timeoutMs: 10_000 })).data);
    await pushing;
    expect(pulled).toEqual(bodies);
    expect(await answers).toEqual(bodies);
  },
);

test('the compressed pickle of the guide: published and received by name, large and small, in order', async () => {
  SerializerFactory.register('compressed_pickle', () => compressed('structured_clone', { algorithm: 'gzip' }));
  const publisher = open(new Publisher({ address: ANY_PORT, serializer: 'compressed_pickle' }));
  await publisher.connect();
  const subscriber = open(new Subscriber({ address: publisher.boundAddress!, serializer: 'compressed_pickle' }));
  subscriber.subscribe('data');
  await subscriber.startListening();
  await publisher.waitForSubscribers({ topic: 'data' });
  const messages = Array.from({ length: 30 }, (_, n) => ({
    n,
    at: new Date(n),
    seen: new Map([[n, new Set([n])]]),
    text: 'abc'.repeat(n % 3 === 0 ? 300_000 : n % 3 === 1 ? 1_000 : 1),
  }));
  const published = Promise.all(messages.map((message) => publisher.publish('data', message)));
  const received: unknown[] = [];
  for await (const { message } of subscriber) if (received.push(message) === messages.length) break;
  await published;
  expect(received).toEqual(messages);
});

test('requests and answers of any size, compressed on one side by another algorithm than on the other', async () => {
  const server = open(new Server({ address: ANY_PORT, serializer: compressed('msgpack', { algorithm: 'brotli' }) }));
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  const client = open(new Client({ address: server.boundAddress!, serializer: compressed('msgpack') }));
  const bodies = [1, 1_000, 100_000, 1_000_000].map((size) => ({ bytes: Buffer.alloc(size, 'abc'), size }));
  const answers = await Promise.all(bodies.map((body) => client.sendRequest('echo', body)));
  for (const [index, answer] of answers.entries()) {
    const { bytes, size } = answer as (typeof bodies)[number];
    expect(size).toBe(bodies[index]?.size);
    expect(Buffer.compare(bytes, bodies[index]!.bytes)).toBe(0);
  }
  const plain = open(new Client({ address: server.boundAddress! }));
  expect(await plain.sendRequest('echo', 'json')).toBe('json');
});

test.each([{}, { history: 5 }])(
  'bytes stay bytes around json, wherever json itself keeps them: %j',
  async (options) => {
    const serializer = 'compressed_json';
    const publisher = open(new Publisher({ address: ANY_PORT, serializer, ...options }));
    await publisher.connect();
    const subscriber = open(new Subscriber({ address: publisher.boundAddress!, serializer, topics: ['t'] }));
    await subscriber.connect();
    await publisher.waitForSubscribers({ topic: 't' });
    const many = [Buffer.alloc(100_000, 'ab'), { n: 1 }, Buffer.from('few')];
    const published = [publisher.publish('t', many[0]), publisher.publishMultipart('t', many)];
    const [first, second] = [await subscriber.receiveMessage(), await subscriber.receiveMessage()];
    await Promise.all(published);
    const [large, plain, few] = second.message as [Buffer, object, Buffer];
    for (const bytes of [first.message as Buffer, large]) expect(Buffer.compare(bytes, many[0] as Buffer)).toBe(0);
    expect([plain, few]).toEqual([{ n: 1 }, Buffer.from('few')]);
    const pusher = open(new Pusher({ address: ANY_PORT, serializer }));
    await pusher.connect();
    const puller = open(new Puller({ address: pusher.boundAddress! }));
    await puller.connect();
    await pusher.pushTask({ type: 't', data: Buffer.from('data'), more: Buffer.from('more') });
    expect(await puller.pullTask({ timeoutMs: 5_000 })).toMatchObject({
      data: Buffer.from('data'),
      more: Buffer.from('more'),
    });
  },
);

test('a bomb fails its own request, with an error that names the limit', async () => {
  const server = open(
    new Server({ address: ANY_PORT, serializer: compressed('json', { maxDecompressedBytes: 100_000 }) }),
  );
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  const client = open(new Client({ address: server.boundAddress!, serializer: 'compressed_json' }));
  const outcomes = await Promise.allSettled(
    ['a'.repeat(1_000_000), 'a'.repeat(10_000)].map((data) => client.sendRequest('echo', data)),
  );
  expect(outcomes).toEqual([
    {
      status: 'rejected',
      reason: expect.objectContaining({ code: 'DECODE', message: expect.stringContaining('the limit, 100000 bytes') }),
    },
    { status: 'fulfilled', value: 'a'.repeat(10_000) },
  ]);
});

test('a value that cannot be encoded fails alone', async () => {
  const client = open(new Client({ address: await serverOf('msgpack'), serializer: 'msgpack' }));
  const outcomes = await Promise.allSettled(
    [{ n: 1 }, { n: 2n ** 70n }, { n: '\ud800' }, { n: 4 }].map((data) => client.sendRequest('echo', data)),
  );
  const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'ENCODE', outcome: 'not-sent' }) };
  expect(outcomes).toEqual([
    { status: 'fulfilled', value: { n: 1 } },
    refused,
    refused,
    { status: 'fulfilled', value: { n: 4 } },
  ]);
});

test('bytes that are not in the format, and a format that is not known, are answered, and the connection lives on', async () => {
  const address = await serverOf('json');
  const as = (name: string): Serializer => ({ ...json, name });
  const wrong = open(new Client({ address, serializer: as('msgpack') }));
  const unknown = open(new Client({ address, serializer: as('unheard_of') }));
  let connections = 0;
  unknown.on('connected', () => connections++);
  for (let i = 0; i < 3; i++) {
    await expect(wrong.sendRequest('echo', { a: 1 })).rejects.toMatchObject({ code: 'DECODE' });
    await expect(unknown.sendRequest('echo', { a: 1 })).rejects.toMatchObject({ code: 'UNKNOWN_CODEC' });
  }
  expect(connections).toBe(1);
  const right = open(new Client({ address, serializer: 'msgpack' }));
  expect(await right.sendRequest('echo', { a: 1n })).toEqual({ a: 1n });
});
