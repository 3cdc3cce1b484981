import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { configureLogging, type LiberZMQError } from '@liberzmq/core';
import { LoadBalancedClient } from '../../src/index.js';
import { ChaosServer } from './chaos-server.js';

configureLogging({ level: 'silent' });

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

it('requests at a server that does not answer stay there if there is no budget to move them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'liberzmq-chaos-'));
  opened.push({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) });
  const servers = [0, 1].map((n) => new ChaosServer(join(directory, `runs-${n}`), 60_000));
  opened.push(...servers);
  await Promise.all(servers.map((server) => server.start()));
  const client = new LoadBalancedClient({
    addresses: servers.map(({ address }) => address),
    strategy: 'first',
    idempotent: true,
    healthCheck: { intervalMs: 200, timeoutMs: 200 },
  });
  opened.push({ [Symbol.asyncDispose]: () => client.close({ timeoutMs: 0 }) });
  await client.connect();
  while (client.stats().members.some(({ state }) => state !== 'healthy')) await pass(5);
  servers[0]?.signal('SIGSTOP');
  const outcomes = Array.from({ length: 1_000 }, (_, n) =>
    client.sendRequest('read', { n }, { timeoutMs: 15_000 }).then(
      () => 'done',
      (error: unknown) => `${(error as LiberZMQError).code}: ${(error as LiberZMQError).message}`,
    ),
  );
  while (client.stats().members[0]?.state !== 'unhealthy') await pass(10);
  // The others wait for it, and it goes on long before their time is up.
  servers[0]?.signal('SIGCONT');
  const failed = (await Promise.all(outcomes)).filter((outcome) => outcome !== 'done');
  expect([failed.length, ...new Set(failed)]).toEqual([0]);
});
