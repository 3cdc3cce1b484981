import assert from 'node:assert/strict';
import { Client, Server, ValidationError } from '@liberzmq/core';
import { checkCompatibility, defineContract, toAsyncApi, typedClient, typedServer } from '@liberzmq/validation';
import { Type } from 'typebox';

// What a package shared by both ends exports. The compiler has to be able to write the declarations of all of it.
export const calculator = defineContract({
  version: '1.0.0',
  actions: {
    divide: {
      request: Type.Object({ a: Type.Number(), b: Type.Number() }),
      response: Type.Object({ result: Type.Number() }),
    },
  },
});

export function newServer() {
  return typedServer(new Server({ address: 'tcp://127.0.0.1:*' }), calculator).handle({
    divide: ({ a, b }) => ({ result: a / b }),
  });
}

export const newClient = (address: string) => typedClient(new Client({ address }), calculator);

export async function main(): Promise<void> {
  const server = newServer();
  await server.startServer();
  const client = newClient(server.boundAddress ?? '');
  try {
    const { result } = await client.divide({ a: 6, b: 3 });
    assert.equal(result satisfies number, 2);
    // @ts-expect-error The contract says that this is a number.
    await assert.rejects(client.divide({ a: 6, b: '3' }), ValidationError);
  } finally {
    await client.close();
    await server.close();
  }
  assert.equal(checkCompatibility(calculator, calculator).compatible, true);
  assert.equal(
    toAsyncApi(calculator, { servers: { main: 'tcp://10.0.0.1:5556' } }).operations['actions.divide']?.action,
    'receive',
  );
}
