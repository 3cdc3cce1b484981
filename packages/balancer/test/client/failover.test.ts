import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@liberzmq-tooling/testkit';
import { configureLogging, createError, Server, Service, type ActionHandler } from '@liberzmq/core';
import { LoadBalancedClient, type Candidate, type LoadBalancedClientOptions } from '../../src/index.js';
import { Scripted } from './scripted.js';

configureLogging({ level: 'silent' });

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

async function serve(
  name: string,
  handlers: Readonly<Record<string, ActionHandler>> = {},
  address = 'tcp://127.0.0.1:*',
) {
  const server = new Server({ address }).registerHandler('who', () => name);
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  await server.startServer();
  opened.push(server);
  return server;
}

function balancer(options: LoadBalancedClientOptions): LoadBalancedClient {
  const client = new LoadBalancedClient({ healthCheck: false, ...options });
  opened.push(client);
  return client;
}

const addressOf = (server: Server): string => server.boundAddress as string;

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('requests', () => {
  it('go to all servers, in turn with round_robin', async () => {
    const servers = [await serve('a'), await serve('b'), await serve('c')];
    const client = balancer({ addresses: servers.map(addressOf), strategy: 'round_robin' });
    await client.connect();
    await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
    const answers: unknown[] = [];
    for (let n = 0; n < 6; n += 1) answers.push(await client.sendRequest('who'));
    expect(answers.slice(3)).toEqual(answers.slice(0, 3));
    expect(new Set(answers)).toEqual(new Set(['a', 'b', 'c']));
    await client.disconnectAll();
  });

  it('with the same hashKey go to the same server', async () => {
    const servers = [await serve('a'), await serve('b'), await serve('c')];
    const client = balancer({ addresses: servers.map(addressOf), strategy: 'consistent_hash' });
    await client.connect();
    await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
    for (const hashKey of ['x', 'y', 'z']) {
      const answers = new Set<unknown>();
      for (let n = 0; n < 10; n += 1) answers.add(await client.sendRequest('who', undefined, { hashKey }));
      expect(answers.size).toBe(1);
    }
  });

  it('fail over in milliseconds when a connection is lost, and what cannot have run is not lost', async () => {
    const dying = await serve('dying', { wait: () => new Promise(() => undefined) });
    const other = await serve('other', { wait: () => 'other' });
    const addresses = [addressOf(dying), addressOf(other)];
    const client = balancer({ addresses, strategy: 'first', idempotent: true, timeoutMs: 20_000 });
    await client.connect();
    await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
    const running = client.sendRequest('wait');
    await until(() => client.stats().members[0]?.inFlight === 1);
    const from = performance.now();
    await dying.close({ timeoutMs: 0 });
    expect(await running).toBe('other');
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(await client.sendRequest('who')).toBe('other');
  });

  it('that may have run are not run again, unless that does no harm', async () => {
    const lost = createError('CONNECTION_LOST', 'it is gone');
    const members = (): Scripted[] => [new Scripted(() => lost), new Scripted(() => 'second')];
    const asked = async (idempotent: boolean): Promise<unknown> => {
      const [a, b] = members() as [Scripted, Scripted];
      const client = balancer({
        addresses: [
          { key: 'a', requester: a },
          { key: 'b', requester: b },
        ],
        strategy: 'first',
      });
      return client.sendRequest('act', 1, { idempotent }).catch((error: unknown) => error);
    };
    expect(await asked(false)).toBe(lost);
    expect(await asked(true)).toBe('second');
  });

  it('say in a header which attempt they are, and go to a member that was not asked yet', async () => {
    const busy = createError('OVERLOADED', 'busy');
    const members = ['a', 'b', 'c'].map((key) => ({
      key,
      requester: new Scripted(() => (key === 'c' ? 'done' : busy)),
    }));
    const client = balancer({ addresses: members, strategy: 'first' });
    const retried: unknown[] = [];
    client.on('retried', ({ attempt, from, error }) => retried.push([attempt, from, error]));
    expect(await client.sendRequest('act', 1, { headers: { tenant: 't' } })).toBe('done');
    expect(members.map(({ requester }) => requester.calls.map((options) => options?.headers))).toEqual([
      [{ tenant: 't' }],
      [{ tenant: 't', attempt: '2' }],
      [{ tenant: 't', attempt: '3' }],
    ]);
    expect(retried).toEqual([
      [2, 'a', busy],
      [3, 'b', busy],
    ]);
  });

  it('are tried as often as they may, and then fail with the last error', async () => {
    const requester = new Scripted((call) => createError('OVERLOADED', `busy ${call}`));
    const client = balancer({ addresses: [{ key: 'a', requester }], backoffMs: 1 });
    await expect(client.sendRequest('act', 1, { retries: 3 })).rejects.toMatchObject({ message: 'busy 4' });
    await expect(client.sendRequest('act', 1, { retries: 0 })).rejects.toMatchObject({ message: 'busy 5' });
    await expect(client.sendRequest('act')).rejects.toMatchObject({ message: 'busy 8' });
  });

  it('are not tried again when the budget is spent', async () => {
    const requester = new Scripted(() => createError('OVERLOADED', 'busy'));
    const client = balancer({
      addresses: [{ key: 'a', requester }],
      backoffMs: 1,
      retryBudget: { ratio: 0, perSecond: 1 },
    });
    for (let n = 0; n < 30; n += 1) await client.sendRequest('act').catch(() => undefined);
    expect(requester.calls.length).toBeLessThanOrEqual(30 + 10);
    expect(client.stats()).toMatchObject({ requests: 30, retriesRefused: expect.any(Number) });
    expect(client.stats().retriesRefused).toBeGreaterThan(10);
  });

  it.each([
    ['one of ours', createError('REMOTE', 'no such user')],
    ['what a handler has thrown', new Error('no such user')],
  ])('are not tried again after an answer: %s', async (_what, error) => {
    const requester = new Scripted(() => error);
    const client = balancer({ addresses: [{ key: 'a', requester }], idempotent: true });
    await expect(client.sendRequest('act')).rejects.toBe(error);
    expect(requester.calls).toHaveLength(1);
  });
});

describe('when no server is there', () => {
  it('a request waits, and says in the end of each why', async () => {
    const client = balancer({ addresses: ['tcp://127.0.0.1:9', 'tcp://127.0.0.1:8'] });
    const from = performance.now();
    await expect(client.sendRequest('who', undefined, { timeoutMs: 300 })).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'UNREACHABLE',
      outcome: 'not-sent',
      retryable: true,
      message: expect.stringMatching(
        /^request 'who' was not sent: no server could be reached in time: tcp:\/\/127.0.0.1:9 is disconnected; tcp:\/\/127.0.0.1:8 is disconnected/,
      ),
      details: { members: [{ member: 'tcp://127.0.0.1:9', state: 'disconnected' }, { member: 'tcp://127.0.0.1:8' }] },
    });
    expect(performance.now() - from).toBeGreaterThanOrEqual(299);
    await expect(client.connect({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('a request goes on when one comes', async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const client = balancer({ addresses: [address], client: { reconnectMaxIntervalMs: 100 } });
    const request = client.sendRequest('who', undefined, { timeoutMs: 20_000 });
    await until(() => client.stats().waiting === 1);
    await serve('late', {}, address);
    expect(await request).toBe('late');
  });

  it('a request can be aborted while it waits', async () => {
    const client = balancer({ addresses: ['tcp://127.0.0.1:9'] });
    const request = client.sendRequest('who', undefined, { signal: AbortSignal.timeout(20) });
    await expect(request).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(client.stats().waiting).toBe(0);
  });
});

describe('members', () => {
  it('come and go while all goes on', async () => {
    const [first, second] = [await serve('first'), await serve('second')];
    const client = balancer({ addresses: [addressOf(first)] });
    const events: unknown[] = [];
    client.on('memberAdded', ({ member }) => events.push(['added', member]));
    client.on('memberRemoved', ({ member }) => events.push(['removed', member]));
    expect(await client.sendRequest('who')).toBe('first');
    client.addMember(addressOf(second));
    expect(await client.removeMember(addressOf(first))).toBe(true);
    expect(await client.removeMember(addressOf(first))).toBe(false);
    expect(await client.sendRequest('who')).toBe('second');
    expect(() => client.addMember(addressOf(second))).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(events).toEqual([
      ['added', addressOf(second)],
      ['removed', addressOf(first)],
    ]);
  });

  it('that are removed finish what they have', async () => {
    let answer!: (value: string) => void;
    const slow = await serve('slow', { wait: () => new Promise((resolve) => (answer = resolve)) });
    const client = balancer({ addresses: [addressOf(slow), { address: addressOf(await serve('other')), tier: 1 }] });
    await client.connect();
    await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
    const running = client.sendRequest('wait');
    await until(() => client.stats().members[0]?.inFlight === 1 && (answer as unknown) !== undefined);
    const removing = client.removeMember(addressOf(slow));
    expect(await client.sendRequest('who')).toBe('other');
    answer('done');
    expect(await running).toBe('done');
    expect(await removing).toBe(true);
  });

  it('are left out when they fail, tried after a while, and taken back', async () => {
    let isBroken = true;
    const bad = new Scripted(() => (isBroken ? createError('CONNECTION_LOST', 'gone') : 'bad'));
    const good = new Service({ handlers: { act: () => 'good', ping: () => null } });
    const client = balancer({
      addresses: [
        { key: 'bad', requester: bad },
        { key: 'good', requester: good },
      ],
      strategy: 'first',
      idempotent: true,
      ejection: { consecutiveFailures: 3, baseMs: 100 },
      slowStartMs: 0,
    });
    const states: unknown[] = [];
    client.on('stateChanged', ({ member, state, why }) => states.push([member, state, why]));
    for (let n = 0; n < 6; n += 1) expect(await client.sendRequest('act')).toBe('good');
    expect(bad.calls).toHaveLength(3);
    expect(states).toEqual([['bad', 'ejected', '3 failures in a row']]);
    expect(client.stats().members[0]).toMatchObject({
      state: 'ejected',
      failures: 3,
      ejections: 1,
      ejectedFor: '3 failures in a row',
    });
    await until(() => states.length > 1 || bad.calls.length > 4);
    isBroken = false;
    await until(() => client.stats().members[0]?.state === 'healthy');
    expect(await client.sendRequest('act')).toBe('bad');
  });

  it('that say goodbye are asked nothing more', async () => {
    let answer!: (value: string) => void;
    const leaving = await serve('leaving', { wait: () => new Promise((resolve) => (answer = resolve)) });
    const other = await serve('other');
    const client = balancer({ addresses: [addressOf(leaving), addressOf(other)], strategy: 'first' });
    await client.connect();
    await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
    const running = client.sendRequest('wait');
    await until(() => (answer as unknown) !== undefined);
    const closing = leaving.close();
    await until(() => client.stats().members[0]?.state === 'draining');
    expect(await client.sendRequest('who')).toBe('other');
    answer('done');
    expect(await running).toBe('done');
    await closing;
  });

  it('tell how they are when they are asked', async () => {
    let status = 'SERVING';
    const told = await serve('told', { ping: () => ({ status }) });
    const plain = await serve('plain');
    const client = balancer({
      addresses: [addressOf(told), addressOf(plain), 'tcp://127.0.0.1:9'],
      healthCheck: { intervalMs: Infinity, timeoutMs: 200, unhealthyAfter: 1 },
      strategy: 'first',
      panicThreshold: 0,
    });
    await client.connect();
    await until(() => client.stats().members.filter(({ state }) => state === 'healthy').length === 2);
    const statuses = async (): Promise<unknown[]> =>
      Object.values(await client.healthCheck()).map((each) => each.status);
    expect(await statuses()).toEqual(['SERVING', 'SERVING', 'FAILING']);
    expect(await client.sendRequest('who')).toBe('told');
    status = 'NOT_SERVING';
    expect(await statuses()).toEqual(['NOT_SERVING', 'SERVING', 'FAILING']);
    expect(await client.sendRequest('who')).toBe('plain');
    status = 'SERVING';
    await client.healthCheck();
    expect(client.stats().members[0]?.state).toBe('warming');
  });
});

describe('a strategy of somebody else', () => {
  const members = () => [
    { key: 'a', requester: new Scripted(() => createError('OVERLOADED', 'busy')) },
    { key: 'b', requester: new Scripted(() => 'b') },
    { key: 'c', requester: new Scripted(() => 'c') },
  ];

  it('that throws fails the request, at the first attempt and at a later one', async () => {
    const broken = new Error('broken');
    let picks = 0;
    const pick = <C extends Candidate>([first]: readonly C[], isBroken: boolean): C => {
      if (isBroken) throw broken;
      return first as C;
    };
    const atOnce = balancer({
      addresses: members(),
      strategy: () => ({ pick: (candidates) => pick(candidates, true) }),
    });
    await expect(atOnce.sendRequest('act')).rejects.toBe(broken);
    const later = balancer({
      addresses: members(),
      strategy: () => ({ pick: (candidates) => pick(candidates, (picks += 1) === 2) }),
    });
    await expect(later.sendRequest('act')).rejects.toBe(broken);
    expect(await later.sendRequest('act')).toBe('b');
    expect(later.stats().members.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
  });

  it.each([undefined, 'a', { key: 'a' }])('that chooses %p is told what is wrong', async (chosen) => {
    const client = balancer({ addresses: members(), strategy: () => ({ pick: () => chosen as never }) });
    await expect(client.sendRequest('act')).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('must return one of the candidates'),
    });
  });
});
