import { afterEach, describe, expect, test } from '@jest/globals';
import {
  Client,
  Dealer,
  Publisher,
  Puller,
  Pusher,
  Router,
  SerializerFactory,
  Server,
  Subscriber,
  type Closable,
  type Serializer,
} from '@liberzmq/core';
import { protobuf } from '../src/index.js';

const ANY_PORT = 'tcp://127.0.0.1:*';
const opened: Closable[] = [];

const serializer = protobuf({
  schema: `syntax = "proto3"; package shop;
    message Add { double a = 1; double b = 2; }
    message Sum { double value = 1; }
    message Weather { string place = 1; sint32 degrees = 2; int64 at = 3; }
    message Resize { string file = 1; uint32 width = 2; }
    message Envelope { oneof content { Add add = 1; Sum sum = 2; } }`,
  actions: {
    add: { data: 'shop.Add', result: 'shop.Sum' },
    wrong: { data: 'shop.Add', result: 'shop.Sum' },
    ping: {},
    last: { result: 'shop.Sum' },
  },
  topics: { 'weather.*': 'shop.Weather', 'log.>': 'shop.Sum' },
  tasks: { resize: 'shop.Resize' },
  route: 'shop.Envelope',
});

function open<T extends Closable>(endpoint: T): T {
  opened.push(endpoint);
  return endpoint;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoint) => endpoint.close({ timeoutMs: 0 })));
});

async function serverOf(its: string | Serializer = serializer): Promise<string> {
  const server = open(new Server({ address: ANY_PORT, serializer: its }));
  server.registerHandler('add', (data) => {
    const { a, b } = data as { a: number; b: number };
    return { value: a + b };
  });
  server.registerHandler('wrong', () => ({ total: 1 }));
  server.registerHandler('last', () => ({ value: 1 }));
  server.registerHandler('mul', (data) => data);
  server.registerHandler('ping', () => undefined);
  await server.startServer();
  return server.boundAddress!;
}

describe('requests', () => {
  test('and replies have their types, many at once and by themselves', async () => {
    const client = open(new Client({ address: await serverOf(), serializer }));
    expect(await client.sendRequest('add', { a: 1.5 })).toEqual({ value: 1.5 });
    const sums = await Promise.all(Array.from({ length: 200 }, (_, a) => client.sendRequest('add', { a, b: a })));
    expect(sums).toEqual(Array.from({ length: 200 }, (_, a) => ({ value: 2 * a })));
    expect(await client.sendRequest('ping')).toBeUndefined();
    expect(await client.sendRequest('last')).toEqual({ value: 1 });
  });

  test('that do not fit fail alone, and say why', async () => {
    const client = open(new Client({ address: await serverOf(), serializer }));
    const outcomes = await Promise.allSettled([
      client.sendRequest('add', { a: 1, b: 2 }),
      client.sendRequest('add', { a: '1' }),
      client.sendRequest('mul', { a: 1 }),
      client.sendRequest('wrong', { a: 1 }),
      client.sendRequest('ping', {}),
      client.sendRequest('add', { a: 3, b: 4 }),
    ]);
    const refused = (code: string, outcome: string, message: string): object => ({
      status: 'rejected',
      reason: expect.objectContaining({ code, outcome, message: expect.stringContaining(message) }),
    });
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: { value: 3 } },
      refused('ENCODE', 'not-sent', "Add.a: must be a number, not '1'"),
      refused('ENCODE', 'not-sent', "the action 'mul' has no type; add it to actions"),
      refused('ENCODE', 'answered', "Sum: has 'total', which shop.Sum has not; it has value"),
      refused('ENCODE', 'not-sent', "the data of the action 'ping' has no type"),
      { status: 'fulfilled', value: { value: 7 } },
    ]);
  });

  test('reach a server that speaks JSON by default, once the name is registered', async () => {
    const address = await serverOf('json');
    const client = open(new Client({ address, serializer }));
    await expect(client.sendRequest('add', { a: 1 })).rejects.toMatchObject({
      code: 'UNKNOWN_CODEC',
      message: expect.stringContaining("SerializerFactory.register('protobuf', protobuf("),
    });
    SerializerFactory.register('protobuf', serializer);
    expect(await client.sendRequest('add', { a: 1, b: 1 })).toEqual({ value: 2 });
    const plain = open(new Client({ address }));
    expect(await plain.sendRequest('add', { a: 1, b: 1 })).toEqual({ value: 2 });
  });

  test('in the classic dialect are refused', async () => {
    const client = open(new Client({ address: await serverOf(), serializer, dialect: 'classic' }));
    await expect(client.sendRequest('add', { a: 1 })).rejects.toMatchObject({
      code: 'ENCODE',
      message: expect.stringContaining('protobuf needs the native one'),
    });
  });
});

test('publications have the type of their topic or pattern, kept ones as well', async () => {
  const publisher = open(new Publisher({ address: ANY_PORT, serializer, retain: true }));
  await publisher.connect();
  const subscriber = open(new Subscriber({ address: publisher.boundAddress!, serializer }));
  await publisher.publish('weather.rome', { place: 'Rome', degrees: 30, at: 5 });
  const seen: [string, unknown][] = [];
  const all = new Promise<void>((resolve) => {
    subscriber.subscribe('>', (topic, message) => {
      seen.push([topic, message]);
      if (seen.length === 3) resolve();
    });
  });
  await subscriber.startListening();
  await publisher.waitForSubscribers({ topic: 'weather.oslo' });
  await publisher.publish('weather.oslo', { place: 'Oslo', degrees: -5 });
  await expect(publisher.publish('news', { place: 'Oslo' })).rejects.toMatchObject({
    code: 'ENCODE',
    message: expect.stringContaining("the topic 'news' has no type; add it, or a pattern for it, to topics"),
  });
  await publisher.publish('log.a.b', { value: 1 });
  await all;
  expect(seen).toEqual([
    ['weather.rome', { place: 'Rome', degrees: 30, at: 5n }],
    ['weather.oslo', { place: 'Oslo', degrees: -5, at: 0n }],
    ['log.a.b', { value: 1 }],
  ]);
});

test.each([false, true])('tasks have the type of theirs, with batch: %s', async (batch) => {
  const pusher = open(new Pusher({ address: ANY_PORT, serializer, batch }));
  await pusher.connect();
  const puller = open(new Puller({ address: pusher.boundAddress!, serializer }));
  await puller.connect();
  const sent = Array.from({ length: 300 }, (_, width) => ({ file: `f${String(width)}.png`, width }));
  const pushing = Promise.all(sent.map((data) => pusher.pushTask('resize', data)));
  const pulled: unknown[] = [];
  while (pulled.length < sent.length) pulled.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
  await pushing;
  expect(pulled).toEqual(sent);
  await expect(pusher.pushTask('crop', {})).rejects.toMatchObject({ code: 'ENCODE' });
});

test('what endpoints put into an array themselves is refused, and the error says so', async () => {
  const pusher = open(new Pusher({ address: ANY_PORT, serializer }));
  await pusher.connect();
  await expect(
    pusher.pushTask({ type: 'resize', data: { file: 'a.png', width: 1 }, owner: 'me' }),
  ).rejects.toMatchObject({
    code: 'ENCODE',
    message: expect.stringContaining('A task with fields of its own is an array, too, and cannot travel as protobuf'),
  });
  const publisher = open(new Publisher({ address: ANY_PORT, serializer, retain: true }));
  await publisher.connect();
  await expect(publisher.publishMultipart('log.a', [{ value: 1 }, { value: 2 }])).rejects.toMatchObject({
    code: 'ENCODE',
    message: expect.stringContaining('The messages of one publishMultipart are an array, too, and cannot travel'),
  });
});

test('a Dealer and a Router send each other one type', async () => {
  const router = open(new Router({ address: ANY_PORT, serializer }));
  await router.connect();
  const dealer = open(new Dealer({ address: router.boundAddress!, serializer }));
  const sent = await dealer.sendRequest({ add: { a: 1, b: 2 } });
  const { clientId, requestId, data } = await router.receiveRequest({ timeoutMs: 5_000 });
  expect(data).toEqual({ add: { a: 1, b: 2 } });
  await router.sendResponse(clientId, requestId, { sum: { value: 3 } });
  expect(await dealer.receiveResponse({ timeoutMs: 5_000 })).toMatchObject({
    requestId: sent,
    data: { sum: { value: 3 } },
  });
});
