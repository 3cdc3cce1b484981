import { afterEach, describe, expect, it } from '@jest/globals';
import { configureLogging, createError, Service, type LiberZMQError } from '@liberzmq/core';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';
import { Scripted } from './scripted.js';

configureLogging({ level: 'silent' });

const opened: LoadBalancedClient[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close({ timeoutMs: 0 });
});

const LOST = createError('CONNECTION_LOST', 'lost');
const UNREACHABLE = createError('UNREACHABLE', 'not there');
const OVERLOADED = createError('OVERLOADED', 'busy');
const NO = createError('REMOTE', 'no such user');

/** Members that say one thing each, and are asked in this order. */
function members(script: readonly unknown[], options: Partial<LoadBalancedClientOptions> = {}): LoadBalancedClient {
  const addresses = script.map((answer, n) => ({ key: `m${n}`, requester: new Scripted(() => answer) }));
  const client = new LoadBalancedClient({
    addresses,
    strategy: 'first',
    idempotent: true,
    healthCheck: false,
    ejection: false,
    backoffMs: 1,
    ...options,
  });
  opened.push(client);
  return client;
}

const failureOf = (request: Promise<unknown>): Promise<LiberZMQError> =>
  request.then(
    () => {
      throw new Error('it has not failed');
    },
    (error: unknown) => error as LiberZMQError,
  );

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('a request that may have run', () => {
  it.each([
    ['that was then not sent', [LOST, UNREACHABLE, UNREACHABLE], LOST],
    ['that was then refused', [LOST, OVERLOADED, OVERLOADED], LOST],
    ['that was then answered', [LOST, NO], NO],
    ['and then did not say so', [LOST, UNREACHABLE, createError('TIMEOUT', 'late')], { code: 'TIMEOUT' }],
  ])('%s fails with what is known of it', async (_what, script, expected) => {
    const error = await failureOf(members(script).sendRequest('act'));
    if (expected instanceof Error) expect(error).toBe(expected);
    else expect(error).toMatchObject(expected);
    expect(error.outcome).not.toBe('not-sent');
  });

  it('and is aborted before it is tried again is not said not to have run', async () => {
    const client = members([LOST, UNREACHABLE], { backoffMs: 10_000, backoffMaxMs: 10_000 });
    const controller = new AbortController();
    client.on('retried', () => {
      controller.abort();
    });
    const error = await failureOf(client.sendRequest('act', 1, { signal: controller.signal, timeoutMs: 60_000 }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  });

  it('and is aborted while it is tried again is not said not to have run either', async () => {
    const controller = new AbortController();
    const aborted = createError('ABORTED', 'it was aborted', { outcome: 'not-sent' });
    const error = await failureOf(members([LOST, aborted]).sendRequest('act', 1, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  });

  it('and waits for a server when all is closed is not said not to have run', async () => {
    const client = new LoadBalancedClient({
      addresses: ['tcp://127.0.0.1:9', { key: 'm', requester: new Scripted(() => LOST) }],
      idempotent: true,
      backoffMs: 1,
      healthCheck: false,
      ejection: { consecutiveFailures: 1 },
      panicThreshold: 0,
    });
    opened.push(client);
    // The one that can be asked goes away after it was.
    client.on('retried', () => void client.removeMember('m'));
    const failure = failureOf(client.sendRequest('act', 1, { timeoutMs: 60_000 }));
    await until(() => client.stats().waiting === 1);
    await client.close({ timeoutMs: 0 });
    expect(await failure).toMatchObject({ code: 'CLOSED', outcome: 'unknown' });
  });
});

it('one that cannot have run says so, however often it was tried', async () => {
  const error = await failureOf(members([UNREACHABLE, OVERLOADED, UNREACHABLE]).sendRequest('act'));
  expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-sent' });
  const controller = new AbortController();
  const client = members([OVERLOADED], { backoffMs: 10_000, backoffMaxMs: 10_000 });
  client.on('retried', () => {
    controller.abort();
  });
  const aborted = failureOf(client.sendRequest('act', 1, { signal: controller.signal, timeoutMs: 60_000 }));
  expect(await aborted).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
});

describe('what an attempt says of its member', () => {
  it('is that it is well if it has answered, that it fails if it has not, and nothing if it was not asked', async () => {
    const requester = new Scripted((call, { signal }) => {
      if (call === 1) return NO;
      if (call === 2) return new Error('a handler');
      if (call === 3) return createError('TIMEOUT', 'too late');
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reject(createError('ABORTED', 'aborted'));
        });
      });
    });
    const client = new LoadBalancedClient({ addresses: [{ key: 'm', requester }], healthCheck: false, retries: 0 });
    opened.push(client);
    for (let n = 0; n < 3; n += 1) await failureOf(client.sendRequest('act'));
    await failureOf(client.sendRequest('act', 1, { signal: AbortSignal.timeout(10) }));
    expect(client.stats().members[0]).toMatchObject({ requests: 4, successes: 2, failures: 1, inFlight: 0 });
  });
});

it('what goes with a lost connection needs no budget, as its load goes with it', async () => {
  const { Server } = await import('@liberzmq/core');
  const never = () => new Promise(() => undefined);
  const [dying, other] = [never, () => 'other'].map((act) =>
    new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('act', act),
  ) as [InstanceType<typeof Server>, InstanceType<typeof Server>];
  await dying.startServer();
  await other.startServer();
  const client = new LoadBalancedClient({
    addresses: [dying.boundAddress as string, other.boundAddress as string],
    strategy: 'first',
    idempotent: true,
    healthCheck: false,
    retryBudget: { ratio: 0, perSecond: 1 },
  });
  opened.push(client);
  await client.connect();
  await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
  const requests = Array.from({ length: 300 }, () => client.sendRequest('act'));
  await until(() => client.stats().members[0]?.inFlight === 300);
  // Some have not left for good: all have to come to the same.
  await dying.close({ timeoutMs: 0 });
  expect(new Set(await Promise.all(requests))).toEqual(new Set(['other']));
  expect(client.stats().retriesRefused).toBe(0);
  await other.close({ timeoutMs: 0 });
});

it('requests go to another tier when all of their own were asked', async () => {
  const [first, second, backup] = [OVERLOADED, OVERLOADED, 'backup'].map((answer) => new Scripted(() => answer)) as [
    Scripted,
    Scripted,
    Scripted,
  ];
  const client = new LoadBalancedClient({
    addresses: [
      { key: 'first', requester: first },
      { key: 'second', requester: second },
      { key: 'backup', requester: backup, tier: 1 },
    ],
    healthCheck: false,
    backoffMs: 1,
  });
  opened.push(client);
  expect(await client.sendRequest('act')).toBe('backup');
  expect([first, second, backup].map(({ calls }) => calls.length)).toEqual([1, 1, 1]);
});

it('a handler in this process that lets out the error of a call of its own is not run again', async () => {
  let runs = 0;
  const handlers = {
    act: () => {
      runs += 1;
      throw UNREACHABLE;
    },
  };
  const addresses = ['a', 'b'].map((key) => ({ key, requester: new Service({ handlers }) }));
  const client = new LoadBalancedClient({ addresses, healthCheck: false });
  opened.push(client);
  await expect(client.sendRequest('act')).rejects.toBe(UNREACHABLE);
  expect([runs, client.stats().members.map(({ failures }) => failures)]).toEqual([1, [0, 0]]);
});

it('a strategy that throws does not hide that a request may have run', async () => {
  let picks = 0;
  const client = members([LOST, 'done', 'done'], {
    strategy: () => ({
      pick: (candidates) => {
        picks += 1;
        if (picks === 2) throw new Error('the strategy is broken');
        return candidates[0]!;
      },
    }),
  });
  expect(await failureOf(client.sendRequest('act'))).toBe(LOST);
});
