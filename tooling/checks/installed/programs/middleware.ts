import assert from 'node:assert/strict';
import { Client, Server, Service, stack, type LiberZMQError } from '@liberzmq/core';
import { breaker, compression, concurrency, timeout, when } from '@liberzmq/middleware';

/** A service that never answers, behind layers. */
export function guarded() {
  const silent = new Service({ handlers: { wait: () => new Promise(() => undefined) } });
  return stack([breaker({ consecutive: 1 }), timeout(20), concurrency({ maxConcurrent: 2 })], silent);
}

export async function compressed() {
  const server = new Server({ address: 'tcp://127.0.0.1:*' }).addMiddleware(compression());
  server.addMiddleware(
    when(({ subject }) => subject === 'echo', { name: 'none', incoming: (_message, next) => next() }),
  );
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  const client = new Client({ address: server.boundAddress ?? '' }).addMiddleware(compression());
  try {
    return await client.sendRequest('echo', 'a'.repeat(10_000));
  } finally {
    await client.close();
    await server.close();
  }
}

export async function main(): Promise<void> {
  assert.equal(await compressed(), 'a'.repeat(10_000));
  const requester = guarded();
  const codeOf = (error: LiberZMQError) => error.code;
  assert.equal(await requester.sendRequest('wait').catch(codeOf), 'TIMEOUT');
  assert.equal(await requester.sendRequest('wait').catch(codeOf), 'BREAKER_OPEN');
  await requester.close();
}
