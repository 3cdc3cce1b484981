import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { configureLogging } from '@liberzmq/core';
import { LoadBalancedClient } from '../../src/index.js';
import { ChaosServer } from './chaos-server.js';

configureLogging({ level: 'silent' });

it('requests that may be run twice outlast a server that stands still, with the options that all have by themselves', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'liberzmq-chaos-'));
  const [frozen, other] = [0, 1].map((n) => new ChaosServer(join(directory, `runs-${n}`), 60_000)) as [
    ChaosServer,
    ChaosServer,
  ];
  await Promise.all([frozen.start(), other.start()]);
  const client = new LoadBalancedClient({
    addresses: [frozen.address, other.address],
    strategy: 'first',
    idempotent: true,
  });
  try {
    await client.connect();
    while (client.stats().members.some(({ state }) => state !== 'healthy')) await pass(5);
    frozen.signal('SIGSTOP');
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => client.sendRequest('read', { n })))).toEqual(numbers);
    expect(client.stats()).toMatchObject({ retries: 20, members: [{ state: 'unhealthy' }, { state: 'healthy' }] });
  } finally {
    await client.close({ timeoutMs: 0 });
    await frozen[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  }
});
