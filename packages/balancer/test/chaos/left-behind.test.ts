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

/** Most of what it is sent has not left when it goes. */
const ends = {
  'is killed': async (server: ChaosServer) => {
    await server.kill();
  },
  'closes in good order': async (server: ChaosServer) => {
    const closed = server.close();
    server.signal('SIGCONT');
    expect(await closed).toBe(0);
  },
};

it.each([
  ['is killed', 'that may be run twice', true],
  ['is killed', 'that may not', false],
  ['closes in good order', 'that may be run twice', true],
  ['closes in good order', 'that may not', false],
] as const)('when a server %s, requests %s and have not left yet go to another one', async (how, _what, idempotent) => {
  const directory = await mkdtemp(join(tmpdir(), 'liberzmq-chaos-'));
  opened.push({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) });
  const [dying, other] = [0, 1].map((n) => new ChaosServer(join(directory, `runs-${n}`), 60_000)) as [
    ChaosServer,
    ChaosServer,
  ];
  opened.push(dying, other);
  await dying.start();
  await other.start();
  const client = new LoadBalancedClient({
    addresses: [dying.address, other.address],
    strategy: 'first',
    healthCheck: false,
    retryBudget: { perSecond: 1_000 },
    // So that what a server that stands still is sent soon waits on this side.
    client: { highWaterMark: 1 },
  });
  opened.push({ [Symbol.asyncDispose]: () => client.close({ timeoutMs: 0 }) });
  await client.connect();
  while (client.stats().members.some(({ state }) => state !== 'healthy')) await pass(5);
  dying.signal('SIGSTOP');
  const outcomes = Array.from({ length: 30 }, (_, n) =>
    client.sendRequest('read', { n, padding: 'x'.repeat(1_000_000) }, { idempotent, timeoutMs: 5_000 }).then(
      () => 'done',
      (error: unknown) => `${(error as LiberZMQError).code} ${(error as LiberZMQError).outcome}`,
    ),
  );
  await pass(200);
  await ends[how](dying);
  const counts = new Map<string, number>();
  for (const each of await Promise.all(outcomes)) counts.set(each, (counts.get(each) ?? 0) + 1);
  counts.delete('done');
  // What had left may have run.
  if (!idempotent) counts.delete('CONNECTION_LOST unknown');
  expect([...counts]).toEqual([]);
});
