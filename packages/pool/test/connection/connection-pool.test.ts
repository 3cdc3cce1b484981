import { afterEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, Server, type ActionHandler, type Middleware } from '@liberzmq/core';
import { ConnectionPool, type ConnectionPoolOptions } from '../../src/connection-pool.js';
import { PooledConnection } from '../../src/pooled-connection.js';

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

/** A server that tells from which connection a request has come. */
async function serve(handlers: Readonly<Record<string, ActionHandler>> = {}): Promise<string> {
  const server = new Server({ address: 'tcp://127.0.0.1:*' });
  server.registerHandler('who', (_data, { peer }) => peer);
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  await server.startServer();
  opened.push(server);
  return server.boundAddress as string;
}

function poolTo(address: string, options: Partial<ConnectionPoolOptions> = {}): ConnectionPool {
  const pool = new ConnectionPool({ address, ...options });
  opened.push(pool);
  return pool;
}

/** A handler that answers when the test says so. */
class Gate {
  readonly waiting: ((result: unknown) => void)[] = [];
  readonly peers: unknown[] = [];
  #onCall: (() => void)[] = [];

  readonly handler: ActionHandler = (_data, { peer }) => {
    this.peers.push(peer);
    for (const tell of this.#onCall.splice(0)) tell();
    return new Promise((resolve) => this.waiting.push(resolve));
  };

  /** Resolves when so many calls wait. */
  async has(count: number): Promise<void> {
    while (this.waiting.length < count) await new Promise<void>((resolve) => this.#onCall.push(resolve));
  }

  open(): void {
    for (const answer of this.waiting.splice(0)) answer('done');
  }
}

describe("the guide's pool", () => {
  it('lends connections, and takes them back', async () => {
    const pool = poolTo(await serve({ process: (data) => data }), { minSize: 2, maxSize: 3, acquireTimeoutMs: 2_000 });
    const client = await pool.getConnection();
    try {
      expect(await client.sendRequest('process', { data: 'test' })).toEqual({ data: 'test' });
    } finally {
      pool.returnConnection(client);
    }
    await using connection = await pool.connection();
    expect(await connection.sendRequest('process', 5)).toBe(5);
    expect(await pool.use((lent) => lent.sendRequest('process', 6))).toBe(6);
    expect(pool.stats()).toMatchObject({ inUse: 1, acquired: 3, released: 2, minSize: 2, maxSize: 3 });
    connection.release();
    await pool.closeAll();
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 });
  });

  it('gives connections that can do what clients do', async () => {
    const pool = poolTo(await serve({ call: (data) => data }), { maxSize: 1 });
    const connection = await pool.connection();
    expect(await connection.call('add', 1, 2)).toEqual({ method: 'add', args: [1, 2], kwargs: {} });
    expect(await connection.ping()).toBeGreaterThan(0);
    expect(connection.client).toBeInstanceOf(Client);
    expect([connection.isHeld, connection.isSpent, connection.isWanted]).toEqual([true, false, false]);
    connection.release();
    expect(connection.isHeld).toBe(false);
    await expect(connection.sendRequest('call')).rejects.toMatchObject({ code: 'POOL_MISUSE' });
    await expect(connection.call('add')).rejects.toMatchObject({ code: 'POOL_MISUSE' });
    await expect(connection.ping()).rejects.toMatchObject({ code: 'POOL_MISUSE' });
    expect(() => connection.client).toThrow(expect.objectContaining({ code: 'POOL_MISUSE' }));
  });

  it('takes nothing back that is not its own, or was given back already', async () => {
    const address = await serve();
    const [pool, other] = [poolTo(address, { maxSize: 1 }), poolTo(address, { maxSize: 1 })];
    const connection = await pool.connection();
    const misuse = (what: string) =>
      expect.objectContaining({ code: 'POOL_MISUSE', message: expect.stringContaining(what) });
    expect(() => other.returnConnection(connection)).toThrow(
      misuse(`the connection pool to ${address}: what was given back is not from here`),
    );
    expect(() => pool.returnConnection(connection.client as never)).toThrow(misuse('not from here'));
    expect(() => pool.returnConnection(undefined as never)).toThrow(misuse('not from here'));
    pool.returnConnection(connection);
    expect(() => pool.returnConnection(connection)).toThrow(misuse('given back after it was released'));
    expect(pool.stats()).toMatchObject({ inUse: 0, idle: 1 });
  });

  it('replaces a connection that its holder has closed or sent away', async () => {
    const pool = poolTo(await serve(), { minSize: 0, maxSize: 1 });
    const peers = new Set<unknown>();
    for (const end of ['close', 'destroy', 'client'] as const) {
      const connection = await pool.connection();
      peers.add(await connection.sendRequest('who'));
      if (end === 'close') await connection.close();
      else if (end === 'destroy') connection.destroy();
      else {
        await connection.client.close();
        connection.release();
      }
    }
    peers.add(await pool.sendRequest('who'));
    expect(peers.size).toBe(4);
  });
});

describe('sendRequest', () => {
  it('uses the connection with the fewest requests where all have their part, and gives it back when it has none', async () => {
    const gate = new Gate();
    const options = { minSize: 3, maxSize: 3, requestsPerConnection: 1 };
    const pool = poolTo(await serve({ wait: gate.handler }), options);
    await pool.connect();
    while (pool.stats().idle < 3) await new Promise((resolve) => setImmediate(resolve));
    const requests = Array.from({ length: 9 }, () => pool.sendRequest('wait'));
    await gate.has(9);
    const perPeer = gate.peers.map((peer) => gate.peers.filter((each) => each === peer).length);
    expect(perPeer).toEqual(new Array(9).fill(3));
    expect(pool.stats()).toMatchObject({ inUse: 3, idle: 0, inFlight: 9 });
    gate.open();
    await Promise.all(requests);
    expect(pool.stats()).toMatchObject({ inUse: 0, idle: 3, inFlight: 0 });
  });

  it('takes no further connection before it needs one', async () => {
    const gate = new Gate();
    const options = { minSize: 3, maxSize: 3, requestsPerConnection: 4 };
    const pool = poolTo(await serve({ wait: gate.handler }), options);
    await pool.connect();
    while (pool.stats().idle < 3) await new Promise((resolve) => setImmediate(resolve));
    const requests = Array.from({ length: 4 }, () => pool.sendRequest('wait'));
    expect(pool.stats()).toMatchObject({ inUse: 1, idle: 2 });
    requests.push(pool.sendRequest('wait'));
    expect(pool.stats()).toMatchObject({ inUse: 2, idle: 1 });
    await gate.has(5);
    gate.open();
    await Promise.all(requests);
  });

  it('makes more connections when those that are there are busy, up to maxSize', async () => {
    const gate = new Gate();
    const pool = poolTo(await serve({ wait: gate.handler }), { minSize: 1, maxSize: 2, requestsPerConnection: 4 });
    const requests: Promise<unknown>[] = [];
    for (let n = 0; n < 4; n += 1) requests.push(pool.sendRequest('wait'));
    await gate.has(4);
    expect(pool.stats()).toMatchObject({ size: 1 });
    const created = new Promise<void>((resolve) => pool.on('created', () => resolve()));
    requests.push(pool.sendRequest('wait'));
    await created;
    for (let n = 5; n < 20; n += 1) requests.push(pool.sendRequest('wait'));
    await gate.has(20);
    expect(pool.stats()).toMatchObject({ size: 2, inFlight: 20 });
    expect(new Set(gate.peers).size).toBe(2);
    gate.open();
    await Promise.all(requests);
  });

  it('lets no one wait for ever who wants a connection alone, however many requests come', async () => {
    const pool = poolTo(await serve({ slow: () => new Promise((resolve) => setTimeout(resolve, 5, 'ok')) }), {
      maxSize: 2,
    });
    let goesOn = true;
    const load = Array.from({ length: 20 }, async () => {
      while (goesOn) await pool.sendRequest('slow');
    });
    await pool.sendRequest('slow');
    for (let n = 0; n < 10; n += 1) {
      const connections = [await pool.connection({ timeoutMs: 2_000 }), await pool.connection({ timeoutMs: 2_000 })];
      expect(pool.stats().inFlight).toBe(0);
      for (const each of connections) each.release();
    }
    goesOn = false;
    await Promise.all(load);
  });

  it('waits while all are lent, in turn, and goes on when one comes back', async () => {
    const seen: unknown[] = [];
    const pool = poolTo(await serve({ note: (data) => void seen.push(data) }), { maxSize: 1 });
    const connection = await pool.connection();
    const requests = [1, 2, 3].map((n) => pool.sendRequest('note', n));
    expect(pool.stats()).toMatchObject({ waiting: 3, inUse: 1 });
    expect(connection.isWanted).toBe(true);
    await connection.sendRequest('note', 0);
    connection.release();
    await Promise.all(requests);
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(pool.stats()).toMatchObject({ waiting: 0, inUse: 0 });
  });

  it('fails when its own time is up first, and says why', async () => {
    const pool = poolTo(await serve(), { maxSize: 1 });
    const connection = await pool.connection();
    await expect(pool.sendRequest('who', 1, { timeoutMs: 20 })).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      outcome: 'not-sent',
      retryable: true,
      message: expect.stringContaining("the time was up while request 'who' waited for the connection pool to"),
      cause: { code: 'POOL_TIMEOUT', details: { inUse: 1, maxSize: 1 } },
    });
    await expect(pool.sendRequest('who', 1, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
    });
    expect(pool.stats()).toMatchObject({ waiting: 0 });
    connection.release();
  });

  it('fails when the time to wait for a connection is up first, or too many wait', async () => {
    const pool = poolTo(await serve(), { maxSize: 1, acquireTimeoutMs: 30, maxWaiters: 2 });
    const connection = await pool.connection({ timeoutMs: 10_000 });
    const requests = [1, 2].map(() => pool.sendRequest('who').catch((error: unknown) => error));
    await expect(pool.sendRequest('who')).rejects.toMatchObject({ code: 'POOL_EXHAUSTED', outcome: 'not-sent' });
    for (const each of requests) expect(await each).toMatchObject({ code: 'POOL_TIMEOUT', outcome: 'not-sent' });
    connection.release();
  });

  it('runs in the asynchronous context of its caller, also after a wait', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const spy: Middleware = { name: 'spy', outgoing: (_message, next) => (seen.push(storage.getStore()), next()) };
    const pool = poolTo(await serve(), { maxSize: 1 }).addMiddleware(spy);
    const connection = await pool.connection();
    const requests = ['a', 'b'].map((name) => storage.run(name, () => pool.sendRequest('who')));
    connection.release();
    await Promise.all(requests);
    expect(seen).toEqual(['a', 'b']);
  });

  it('waits while the pool is suspended', async () => {
    const pool = poolTo(await serve(), { maxSize: 1 });
    await pool.sendRequest('who');
    pool.suspend();
    const request = pool.sendRequest('who');
    expect(pool.stats()).toMatchObject({ state: 'suspended', waiting: 1 });
    pool.resume();
    expect(typeof (await request)).toBe('string');
  });

  it('is finished by a close, and not begun after it', async () => {
    const gate = new Gate();
    const pool = poolTo(await serve({ wait: gate.handler }), { maxSize: 1 });
    const running = pool.sendRequest('wait');
    await gate.has(1);
    const connection = pool.connection();
    const closing = pool.close();
    await expect(pool.sendRequest('who')).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    gate.open();
    expect(await running).toBe('done');
    (await connection).release();
    await closing;
  });
});

describe('requests that share, and those who want a connection alone,', () => {
  it('wait in one line: a turn that has come is used, whoever waits behind', async () => {
    const order: unknown[] = [];
    const pool = poolTo(await serve({ note: (data) => void order.push(data) }), { minSize: 1, maxSize: 1 });
    const first = await pool.connection();
    const shared = pool.sendRequest('note', 'shared');
    const second = pool.use((connection) => connection.sendRequest('note', 'alone'));
    first.release();
    await Promise.all([shared, second]);
    expect(order).toEqual(['shared', 'alone']);
    expect(pool.stats()).toMatchObject({ waiting: 0, inUse: 0 });
  });

  it('do not keep each other waiting when the reason is gone', async () => {
    const gate = new Gate();
    const pool = poolTo(await serve({ wait: gate.handler }), { minSize: 1, maxSize: 1 });
    const slow = pool.sendRequest('wait');
    await gate.has(1);
    const alone = pool.connection({ timeoutMs: 30 }).catch((error: unknown) => (error as { code: string }).code);
    const shared = pool.sendRequest('who');
    expect(await alone).toBe('POOL_TIMEOUT');
    expect(typeof (await shared)).toBe('string');
    pool.suspend();
    const suspended = pool.sendRequest('who');
    pool.resume();
    expect(typeof (await suspended)).toBe('string');
    gate.open();
    await slow;
  });

  it('leave nothing in the line when they are aborted', async () => {
    const pool = poolTo(await serve(), { minSize: 1, maxSize: 1 });
    const first = await pool.connection();
    const controller = new AbortController();
    const shared = pool.sendRequest('who', 1, { signal: controller.signal }).catch(() => undefined);
    expect(pool.stats().waiting).toBe(1);
    controller.abort();
    await shared;
    expect([pool.stats().waiting, first.isWanted]).toEqual([0, false]);
    first.release();
  });
});

describe('shared requests that wait', () => {
  it('are sent once, and in turn, though what is sent sends more', async () => {
    const seen: unknown[] = [];
    const pool = poolTo(await serve({ note: (data) => void seen.push(data) }), { minSize: 1, maxSize: 2 });
    const extra: Promise<unknown>[] = [];
    pool.addMiddleware({
      name: 'audit',
      outgoing: (_message, next) => {
        if (extra.length === 0) extra.push(pool.sendRequest('note', 'audit'));
        return next();
      },
    });
    await Promise.all([pool.sendRequest('note', 'A'), pool.sendRequest('note', 'B')]);
    await Promise.all(extra);
    expect(seen).toEqual(['A', 'B', 'audit']);
  });

  it('are not overtaken by those that come later', async () => {
    const seen: unknown[] = [];
    const pool = poolTo(await serve({ note: (data) => void seen.push(data) }), { minSize: 1, maxSize: 1 });
    const first = await pool.connection();
    const requests = [1, 2].map((n) => pool.sendRequest('note', n));
    first.release();
    requests.push(pool.sendRequest('note', 3));
    await Promise.all(requests);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('are spread when the connections come, as far as requestsPerConnection says', async () => {
    const gate = new Gate();
    const options = { minSize: 0, maxSize: 4, requestsPerConnection: 1 };
    const pool = poolTo(await serve({ wait: gate.handler }), options);
    const requests = Array.from({ length: 8 }, () => pool.sendRequest('wait'));
    await gate.has(8);
    const perPeer = gate.peers.map((peer) => gate.peers.filter((each) => each === peer).length);
    expect(perPeer).toEqual(new Array(8).fill(2));
    gate.open();
    await Promise.all(requests);
  });

  it('have no more time than was left', async () => {
    const pool = poolTo(await serve({ left: (_data, { deadline }) => deadline - performance.now() }), { maxSize: 1 });
    const first = await pool.connection();
    const left = pool.sendRequest('left', undefined, { timeoutMs: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    first.release();
    expect(await left).toBeLessThan(9_850);
  });

  it('are served by a close in good order, and rejected by one that has no time', async () => {
    const address = await serve();
    const pool = poolTo(address, { maxSize: 1 });
    const request = pool.sendRequest('who');
    await pool.close();
    expect(typeof (await request)).toBe('string');
    const other = poolTo(address, { maxSize: 1 });
    const rejected = other.sendRequest('who').catch((error: unknown) => error);
    await other.close({ timeoutMs: 0 });
    expect(await rejected).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    expect(other.stats().waiting).toBe(0);
  });

  it('count as waiting, as timed out and as refused', async () => {
    const options = { maxSize: 1, acquireTimeoutMs: 200, maxWaiters: 1 };
    const pool = poolTo(await serve(), options);
    const first = await pool.connection({ timeoutMs: 10_000 });
    const told: unknown[] = [];
    pool.on('timedOut', ({ waitedMs }) => told.push(waitedMs));
    const late = pool.sendRequest('who').catch((error: unknown) => (error as { code: string }).code);
    await expect(pool.sendRequest('who')).rejects.toMatchObject({ code: 'POOL_EXHAUSTED' });
    await expect(pool.connection()).rejects.toMatchObject({ code: 'POOL_EXHAUSTED' });
    expect(await late).toBe('POOL_TIMEOUT');
    expect(pool.stats()).toMatchObject({ waiting: 0, timedOut: 1, refused: 2 });
    expect(told).toHaveLength(1);
    first.release();
  });
});

describe('a shared connection', () => {
  it('takes nothing more once it was evicted, and ends with what it has', async () => {
    const gate = new Gate();
    const pool = poolTo(await serve({ wait: gate.handler }), { minSize: 1, maxSize: 2 });
    const running = pool.sendRequest('wait');
    await gate.has(1);
    pool.evict();
    expect(await pool.sendRequest('who')).not.toBe(gate.peers[0]);
    gate.open();
    expect(await running).toBe('done');
  });

  it('is no leak, however long it is shared', async () => {
    const pool = poolTo(await serve({ slow: () => new Promise((resolve) => setTimeout(resolve, 60)) }), {
      maxSize: 1,
      leakThresholdMs: 40,
    });
    const leaks: string[] = [];
    pool.on('leaked', ({ stack }) => leaks.push(stack));
    await Promise.all([pool.sendRequest('slow'), pool.sendRequest('slow')]);
    expect(leaks).toEqual([]);
    const connection = await pool.connection();
    while (leaks.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(leaks[0]?.split('\n')[0]).toContain('connection-pool.test.ts');
    connection.release();
  });
});

describe('a connection of your own', () => {
  it('is the same thing, whichever way it is asked for', async () => {
    const pool = poolTo(await serve(), { maxSize: 1 });
    for (const ask of [
      () => pool.acquire(),
      () => pool.connection(),
      () => pool.getConnection(),
      () => pool.tryAcquire(),
    ]) {
      const connection = await ask();
      expect(connection).toBeInstanceOf(PooledConnection);
      pool.returnConnection(connection as PooledConnection);
    }
    let kept: PooledConnection | undefined;
    await pool.use((connection) => {
      kept = connection;
    });
    await expect(kept?.sendRequest('who')).rejects.toMatchObject({ code: 'POOL_MISUSE' });
  });

  it('is not lent to anybody else while it is being closed', async () => {
    const pool = poolTo(await serve(), { minSize: 0, maxSize: 1 });
    const connection = await pool.connection();
    const closing = connection.close();
    connection.release();
    expect(typeof (await pool.sendRequest('who'))).toBe('string');
    await closing;
  });
});

describe('a pool of connections is not made with', () => {
  const address = 'tcp://127.0.0.1:5556';
  it.each<[string, object, string, RegExp]>([
    ['no address', {}, 'BAD_OPTION', /option 'address' is missing/],
    ['an address that is none', { address: 'here' }, 'BAD_ADDRESS', /here/],
    ['an unknown option', { address, max: 5 }, 'BAD_OPTION', /unknown option 'max'/],
    ['a wrong option for its clients', { address, client: { timeoutMs: 0 } }, 'BAD_OPTION', /timeoutMs/],
    ['an unknown option for its clients', { address, client: { fast: true } }, 'BAD_OPTION', /fast/],
    ['a second address', { address, client: { address } }, 'BAD_OPTION', /'address' stands beside 'client'/],
    ['no request per connection', { address, requestsPerConnection: 0 }, 'BAD_OPTION', /requestsPerConnection/],
    ['more at least than at most', { address, minSize: 3, maxSize: 2 }, 'BAD_OPTION', /minSize/],
  ])('%s', (_what, options, code, message) => {
    expect(() => new ConnectionPool(options as ConnectionPoolOptions)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code, message: expect.stringMatching(message) }),
    );
  });

  it('a middleware that is none, or comes too late', async () => {
    const pool = poolTo(await serve(), { maxSize: 1 });
    expect(() => pool.addMiddleware({} as Middleware)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    await pool.sendRequest('who');
    expect(() => pool.addMiddleware({ name: 'late', outgoing: (_message, next) => next() })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('before the first request') }),
    );
  });
});

it('the options of its clients are those of every connection', async () => {
  const pool = poolTo(await serve({ never: () => new Promise(() => undefined) }), {
    maxSize: 1,
    client: { timeoutMs: 30 },
  });
  await expect(pool.sendRequest('never')).rejects.toMatchObject({ code: 'TIMEOUT' });
  const connection = await pool.connection();
  await expect(connection.sendRequest('never')).rejects.toMatchObject({ code: 'TIMEOUT' });
  await expect(pool.sendRequest('never')).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
  connection.release();
});

it('an option that is undefined is left out', async () => {
  const address = await serve();
  const pool = poolTo(address, { name: undefined, maxSize: undefined, requestsPerConnection: undefined });
  expect([pool.name, pool.stats().maxSize]).toEqual([`the connection pool to ${address}`, 20]);
});
