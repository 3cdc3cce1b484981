import assert from 'node:assert/strict';
import { Client, SerializerFactory, Server, defineContract, typedClient, typedServer } from '@liberzmq/all';
import { Type } from 'typebox';

export const greeting = defineContract({
  version: '1.0.0',
  actions: { greet: { request: Type.String(), response: Type.String() } },
});

export function newServer() {
  return typedServer(new Server({ address: 'tcp://127.0.0.1:*' }), greeting).handle({
    greet: (name) => `hello ${name}`,
  });
}

export const newClient = (address: string) => typedClient(new Client({ address, serializer: 'msgpack' }), greeting);

export async function main(): Promise<void> {
  const server = newServer();
  await server.startServer();
  const client = newClient(server.boundAddress ?? '');
  try {
    assert.equal(await client.greet('Ada'), 'hello Ada');
  } finally {
    await client.close();
    await server.close();
  }
  // What only some users want is not installed with it, and is asked for where it is missing.
  assert.throws(() => SerializerFactory.get('cbor'), /npm install cbor-x/);
}
