import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FaultProxy, startNode, type ChildPeer } from '@liberzmq-tooling/testkit';
import { configureLogging, Server, type LiberZMQError } from '@liberzmq/core';
import { ConnectionPool, type ConnectionPoolOptions } from '../../src/connection-pool.js';

configureLogging({ level: 'silent' });

const SERVER = `
  import { Server } from '@liberzmq/core';
  const server = new Server({ address: process.env.ADDRESS });
  server.registerHandler('pid', () => process.pid);
  await server.startServer();
  console.log(JSON.stringify({ address: server.boundAddress, pid: process.pid }));`;

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function startServer(address = 'tcp://127.0.0.1:*'): Promise<{ child: ChildPeer; address: string; pid: number }> {
  const child = startNode({ code: SERVER }, { env: { ADDRESS: address } });
  opened.push(child);
  const { address: boundAddress, pid } = (await child.lines.nextLine()) as { address: string; pid: number };
  return { child, address: boundAddress, pid };
}

function poolTo(address: string, options: Partial<ConnectionPoolOptions> = {}): ConnectionPool {
  const pool = new ConnectionPool({ address, createBackoffMaxMs: 200, ...options });
  opened.push({ [Symbol.asyncDispose]: () => pool.close({ timeoutMs: 0 }) });
  return pool;
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await soon();
}

describe('when the server is killed under load and starts anew', () => {
  it.each([
    ['requests on shared connections', 20],
    ['connections of their own', 0],
  ])('%s fail with what is true of each, and go on by themselves', async (_what, shared) => {
    const first = await startServer();
    const pool = poolTo(first.address, { minSize: 2, maxSize: 4, acquireTimeoutMs: 10_000 });
    const outcomes: (number | LiberZMQError)[] = [];
    let goesOn = true;
    const ask = (): Promise<unknown> => {
      if (shared > 0) return pool.sendRequest('pid', undefined, { timeoutMs: 10_000 });
      return pool.use((client) => client.sendRequest('pid', undefined, { timeoutMs: 10_000 }));
    };
    const load = Array.from({ length: 20 }, async () => {
      while (goesOn) outcomes.push((await ask().catch((error: unknown) => error)) as number | LiberZMQError);
    });
    await until(() => outcomes.length > 500);
    first.child.kill('SIGKILL');
    await first.child.ended;
    // Those that have not left stay with their connection, which goes on to the new server by itself.
    await until(() => pool.stats().idle === 0);
    const second = await startServer(first.address);
    await until(() => outcomes.filter((outcome) => outcome === second.pid).length > 500);
    goesOn = false;
    await Promise.all(load);
    const failures = outcomes.filter((outcome) => typeof outcome !== 'number');
    // What was on its way is lost, once for each that was; all else has waited for the new server.
    expect(failures.length).toBeLessThanOrEqual(20);
    for (const { code, outcome } of failures) expect([code, outcome]).toEqual(['CONNECTION_LOST', 'unknown']);
    expect(new Set(outcomes.filter((outcome) => typeof outcome === 'number'))).toEqual(
      new Set([first.pid, second.pid]),
    );
    await until(() => pool.stats().size >= 2 && pool.stats().inUse === 0);
    expect(pool.stats()).toMatchObject({ waiting: 0, destroying: 0 });
  });
});

describe('a connection that is lost', () => {
  it('is dropped at once where nobody uses it, and a new one takes its place', async () => {
    const { address } = await startServer();
    const proxy = await FaultProxy.start({ targetPort: Number(address.split(':').at(-1)), seed: 1 });
    opened.push({ [Symbol.asyncDispose]: () => proxy.close() });
    const pool = poolTo(`tcp://127.0.0.1:${proxy.port}`, { minSize: 2, maxSize: 2 });
    await pool.connect();
    await until(() => pool.stats().idle === 2);
    const reasons: string[] = [];
    pool.on('destroyed', ({ reason, error }) => reasons.push(`${reason}: ${String(error)}`));
    proxy.cut();
    await until(() => reasons.length === 2 && pool.stats().idle === 2);
    expect(reasons).toEqual(new Array(2).fill('broken: Error: the connection was lost'));
    await expect(pool.sendRequest('pid')).resolves.toEqual(expect.any(Number));
  });

  it('is told to its holder, whose next request need not fail', async () => {
    const { address } = await startServer();
    const proxy = await FaultProxy.start({ targetPort: Number(address.split(':').at(-1)), seed: 1 });
    opened.push({ [Symbol.asyncDispose]: () => proxy.close() });
    const pool = poolTo(`tcp://127.0.0.1:${proxy.port}`, { minSize: 0, maxSize: 1 });
    const connection = await pool.connection();
    await connection.ping();
    proxy.cut();
    await until(() => connection.isSpent);
    expect(connection.isHeld).toBe(true);
    connection.release();
    await expect(pool.sendRequest('pid')).resolves.toEqual(expect.any(Number));
    expect(pool.stats()).toMatchObject({ created: 2, destroyed: 1 });
  });
});

describe('a connection that is silent', () => {
  it('is replaced, also under requests that never pause', async () => {
    const { address } = await startServer();
    const proxy = await FaultProxy.start({ targetPort: Number(address.split(':').at(-1)), seed: 1 });
    opened.push({ [Symbol.asyncDispose]: () => proxy.close() });
    const pool = poolTo(`tcp://127.0.0.1:${proxy.port}`, { minSize: 1, maxSize: 1, validateTimeoutMs: 100 });
    await pool.sendRequest('pid');
    proxy.stall({ swallow: true });
    const silent = await Promise.allSettled(
      [1, 2, 3, 4].map(() => pool.sendRequest('pid', undefined, { timeoutMs: 100 })),
    );
    expect(silent.map(({ status }) => status)).toEqual(new Array(4).fill('rejected'));
    const invalid = new Promise<string>((resolve) => pool.on('destroyed', ({ reason }) => resolve(reason)));
    const next = pool.sendRequest('pid', undefined, { timeoutMs: 10_000 });
    expect(await invalid).toBe('invalid');
    proxy.heal();
    expect(await next).toEqual(expect.any(Number));
    expect(pool.stats()).toMatchObject({ created: 2 });
  });
});

describe('a server that refuses', () => {
  it('fails connect() at once, and says why', async () => {
    const stranger = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    opened.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => stranger.close(() => resolve())) });
    const { port } = stranger.address() as AddressInfo;
    const pool = poolTo(`tcp://127.0.0.1:${port}`, { createTimeoutMs: 20_000 });
    const from = performance.now();
    await expect(pool.connect()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});

describe('a server that is not there', () => {
  it('fails connect(), and says where it was looked for', async () => {
    const pool = poolTo('tcp://127.0.0.1:9', { createTimeoutMs: 100 });
    await expect(pool.connect()).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'UNREACHABLE',
      outcome: 'not-sent',
      retryable: true,
      message: 'no connection to tcp://127.0.0.1:9: nobody answered within 100 ms',
    });
  });

  it('is the cause of the time-out that a request ends with, and nothing was sent', async () => {
    const pool = poolTo('tcp://127.0.0.1:9', { createTimeoutMs: 50 });
    await expect(pool.sendRequest('pid', undefined, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
      retryable: true,
      cause: { code: 'POOL_TIMEOUT', cause: { code: 'UNREACHABLE' } },
    });
    await expect(pool.connection({ timeoutMs: 300 })).rejects.toMatchObject({
      code: 'POOL_TIMEOUT',
      cause: { code: 'UNREACHABLE' },
      message: expect.stringContaining('the last attempt to make one failed: no connection to tcp://127.0.0.1:9'),
    });
  });
});

describe('a server that closes in good order', () => {
  it('loses nothing: what runs is answered, and what comes goes to the next one', async () => {
    const first = new Server({ address: 'tcp://127.0.0.1:*' });
    let answer!: (value: string) => void;
    const called = new Promise<void>((resolve) => {
      first.registerHandler('slow', () => {
        resolve();
        return new Promise((done) => (answer = done));
      });
    });
    await first.startServer();
    const address = first.boundAddress as string;
    const pool = poolTo(address, { minSize: 1, maxSize: 2 });
    const running = pool.sendRequest('slow');
    await called;
    const witness = await pool.connection();
    await witness.ping();
    const closing = first.close();
    await until(() => witness.isSpent);
    witness.release();
    const next = pool.sendRequest('name', undefined, { timeoutMs: 10_000 });
    answer('done');
    expect(await running).toBe('done');
    await closing;
    const second = new Server({ address }).registerHandler('name', () => 'second');
    await second.startServer();
    opened.push(second);
    expect(await next).toBe('second');
  });
});
