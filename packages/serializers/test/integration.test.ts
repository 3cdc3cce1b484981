import { afterEach, expect, test } from '@jest/globals';
import { Client, Puller, Pusher, Server, json, type Closable, type Serializer } from '@liberzmq/core';
import '../src/index.js';

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
