import assert from 'node:assert/strict';
import { Client, ConfigurationError, configureLogging, getLogger, Server } from '@liberzmq/core';
import { algorithmNamed } from '@liberzmq/core/compression';

const bytes = Buffer.alloc(10_000, 'abc');

export function roundTrip(name: 'gzip' | 'lz4' | 'zstd') {
  const algorithm = algorithmNamed(name);
  return Buffer.from(algorithm.decompress(algorithm.compress(bytes), bytes.length));
}

export async function ask() {
  const server = new Server({ address: 'tcp://127.0.0.1:*' });
  server.registerHandler('greet', (name) => `hello ${String(name)}`);
  await server.startServer();
  const client = new Client({ address: server.boundAddress ?? '' });
  try {
    return await client.sendRequest('greet', 'Ada');
  } finally {
    await client.close();
    await server.close();
  }
}

export async function main(): Promise<void> {
  configureLogging({ level: 'fatal' });
  getLogger('program').error('too low to be written');
  assert.equal(await ask(), 'hello Ada');
  for (const name of ['gzip', 'lz4', 'zstd'] as const) assert.deepEqual(roundTrip(name), bytes);
  assert.throws(() => new Client({ address: 'nowhere' }), ConfigurationError);
}
