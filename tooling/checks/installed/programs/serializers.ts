import assert from 'node:assert/strict';
import { Client, Server, type Serializer } from '@liberzmq/core';
import '@liberzmq/serializers';
import { cbor } from '@liberzmq/serializers/cbor';
import { compressed } from '@liberzmq/serializers/compressed';
import { msgpack } from '@liberzmq/serializers/msgpack';
import { protobuf } from '@liberzmq/serializers/protobuf';
import { structuredCloneSerializer } from '@liberzmq/serializers/structured-clone';

const value = { name: 'Ada', born: new Date(0), tags: ['a', 'b'] };

export const schema = protobuf({
  schema: 'syntax = "proto3"; message Add { double a = 1; double b = 2; } message Sum { double value = 1; }',
  actions: { add: { data: 'Add', result: 'Sum' } },
});

export async function echo(serializer: Serializer | string) {
  // The server is not told which format: it has to know the client's by its name.
  const server = new Server({ address: 'tcp://127.0.0.1:*', ...(typeof serializer !== 'string' && { serializer }) });
  server.registerHandler('echo', (data) => data);
  server.registerHandler('add', (data) => {
    const { a, b } = data as { a: number; b: number };
    return { value: a + b };
  });
  await server.startServer();
  const client = new Client({ address: server.boundAddress ?? '', serializer });
  try {
    return typeof serializer === 'string'
      ? await client.sendRequest('echo', value)
      : await client.sendRequest('add', { a: 1, b: 2 });
  } finally {
    await client.close();
    await server.close();
  }
}

export async function main(): Promise<void> {
  for (const serializer of [cbor(), msgpack(), structuredCloneSerializer(), compressed(msgpack())]) {
    assert.deepEqual(serializer.deserialize(serializer.serialize(value)), value, serializer.name);
  }
  for (const name of ['msgpack', 'cbor', 'structured_clone', 'compressed_msgpack']) {
    assert.deepEqual(await echo(name), value, name);
  }
  assert.deepEqual(await echo(schema), { value: 3 });
}
