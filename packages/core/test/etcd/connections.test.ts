import { describe, expect, it } from '@jest/globals';
import { EtcdClient } from '@liberzmq/core/etcd';
import { describeWithEtcd, FaultProxy, startNode, TestEtcd } from '@liberzmq-tooling/testkit';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Takes connections and says nothing: what cannot be told from a member that hangs. */
class SilentPeer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket)).resume();
    });
  }

  static async start(): Promise<SilentPeer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SilentPeer(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections it has. */
  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Resolves as soon as it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** An endpoint at which there was somebody, and is nobody. */
async function deadEndpoint(): Promise<string> {
  await using peer = await SilentPeer.start();
  return peer.endpoint;
}

describe('an etcd client without etcd', () => {
  it('says that nothing was sent, and why', async () => {
    const endpoint = await deadEndpoint();
    await using client = new EtcdClient({ endpoints: [endpoint] });
    await expect(client.put('/a', '1')).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'UNREACHABLE',
      outcome: 'not-sent',
      retryable: true,
      message: expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1:\d+\.$/),
    });
    await expect(client.grantLease({ ttlMs: 1_000 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('a peer that says nothing was sent nothing', async () => {
    await using peer = await SilentPeer.start();
    await using client = new EtcdClient({ endpoints: [peer.endpoint] });
    await expect(client.put('/a', '1', { timeoutMs: 100 })).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      outcome: 'not-sent',
      retryable: true,
    });
    const controller = new AbortController();
    const put = client.put('/a', '1', { signal: controller.signal });
    controller.abort();
    await expect(put).rejects.toMatchObject({ name: 'CancelledError', code: 'ABORTED', outcome: 'not-sent' });
    await expect(client.get('/a', { signal: controller.signal })).rejects.toMatchObject({ outcome: 'not-sent' });
  });

  it('leaves no connection to a peer that says nothing, neither after an attempt nor after close', async () => {
    await using peer = await SilentPeer.start();
    await using client = new EtcdClient({ endpoints: [peer.endpoint] });
    const get = client.get('/a', { timeoutMs: Infinity }).catch((error: unknown) => error);
    await until(() => peer.connections === 1);
    expect(await get).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('it does not answer') });
    await until(() => peer.connections === 0);
    for (let n = 0; n < 5; n += 1) {
      const other = new EtcdClient({ endpoints: [peer.endpoint] });
      const failure = other.get('/a', { timeoutMs: Infinity }).catch((error: unknown) => error);
      await until(() => peer.connections === 1);
      await other.close({ timeoutMs: 0 });
      expect(await failure).toMatchObject({ code: 'CLOSED' });
      await until(() => peer.connections === 0);
    }
  });

  it('close cuts off what waits for a connection', async () => {
    await using peer = await SilentPeer.start();
    const client = new EtcdClient({ endpoints: [peer.endpoint] });
    const put = client.put('/a', '1', { timeoutMs: Infinity });
    const closed = client.close({ timeoutMs: 20 });
    await expect(put).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    await closed;
    await expect(client.get('/a')).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    expect(client.close()).toBe(client.close());
  });

  it.each<[string, object, string]>([
    ['no endpoints', {}, 'BAD_OPTION'],
    ['an empty list of endpoints', { endpoints: [] }, 'BAD_OPTION'],
    ['an unknown option', { endpoints: ['http://a:1'], user: 'x' }, 'BAD_OPTION'],
    ['a name without a password', { endpoints: ['http://a:1'], username: 'x' }, 'BAD_OPTION'],
    ['a certificate without a key', { endpoints: ['https://a:1'], tls: { cert: 'x' } }, 'BAD_OPTION'],
    ['tls without https', { endpoints: ['http://a:1'], tls: {} }, 'BAD_OPTION'],
    ['no time', { endpoints: ['http://a:1'], timeoutMs: 0 }, 'BAD_OPTION'],
    ['no scheme', { endpoints: ['a:1'] }, 'BAD_ADDRESS'],
    ['no port', { endpoints: ['http://a'] }, 'BAD_ADDRESS'],
    ['port 0', { endpoints: ['http://a:0'] }, 'BAD_ADDRESS'],
    ['a path', { endpoints: ['http://a:1/b'] }, 'BAD_ADDRESS'],
    ['another scheme', { endpoints: ['tcp://a:1'] }, 'BAD_ADDRESS'],
  ])('%s is refused', (_, options, code) => {
    expect(() => new EtcdClient(options as never)).toThrow(expect.objectContaining({ code }));
  });

  it('says that a list of endpoints is empty', () => {
    expect(() => new EtcdClient({ endpoints: [] })).toThrow('at least one endpoint, not an empty array');
  });

  it('wrong arguments are refused where they are written', async () => {
    await using client = new EtcdClient({ endpoints: ['http://[::1]:1', 'https://etcd.example:2379/'].slice(0, 1) });
    const bad = { code: 'BAD_OPTION', outcome: 'not-sent' };
    await expect(client.get(1 as never)).rejects.toMatchObject(bad);
    await expect(client.put('/a', null as never)).rejects.toMatchObject(bad);
    await expect(client.put('/a', '1', { lease: 5 as never })).rejects.toMatchObject(bad);
    await expect(client.put('/a', '1', { ttl: 5 } as never)).rejects.toMatchObject(bad);
    await expect(client.get('/a', { timeoutMs: -1 })).rejects.toMatchObject(bad);
    await expect(client.grantLease({ ttlMs: 0 })).rejects.toMatchObject(bad);
    await expect(
      client.transaction({ compare: [{ key: '/a', field: 'age', value: 1 } as never] }),
    ).rejects.toMatchObject(bad);
    await expect(client.transaction({ compare: [{ key: '/a', field: 'version', value: 1.5 }] })).rejects.toMatchObject(
      bad,
    );
    await expect(client.transaction({ success: [{ type: 'move', key: '/a' } as never] })).rejects.toMatchObject(bad);
    expect(() => client.watchPrefix('/a', { fromRevision: 0 })).toThrow(expect.objectContaining(bad));
  });
});

describeWithEtcd('the connection of an etcd client', () => {
  it('the first endpoint that can be reached is used, for calls, leases and watches', async () => {
    await using etcd = await TestEtcd.start();
    await using silent = await SilentPeer.start();
    const endpoints = [await deadEndpoint(), silent.endpoint, etcd.endpoint];
    await using client = new EtcdClient({ endpoints, timeoutMs: 3_000 });
    const { revision } = await client.put('/a', '1');
    const startedAt = performance.now();
    await client.get('/a');
    expect(performance.now() - startedAt).toBeLessThan(500);
    await using watcher = new EtcdClient({ endpoints: [await deadEndpoint(), etcd.endpoint] });
    const { value } = await watcher.watchPrefix('/a', { fromRevision: revision }).next();
    expect(value?.[0]?.text()).toBe('1');
    await using lease = await watcher.grantLease({ ttlMs: 1_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(lease.lost.aborted).toBe(false);
  });

  it('a member that has died is left for the next one', async () => {
    await using first = await TestEtcd.start();
    await using second = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [first.endpoint, second.endpoint] });
    await client.put('/a', 'first');
    await second.ask('/v3/kv/put', { key: base64('/a'), value: base64('second') });
    await first.kill();
    expect((await client.get('/a')).entry?.text()).toBe('second');
    await client.put('/a', 'second again');
  });

  it('one that does not answer is left for the next one long before the time is up', async () => {
    await using silent = await SilentPeer.start();
    await using first = await TestEtcd.start();
    await using second = await TestEtcd.start();
    const startedAt = performance.now();
    await using connecting = new EtcdClient({ endpoints: [silent.endpoint, second.endpoint], timeoutMs: 60_000 });
    await connecting.put('/a', 'second');
    await using watching = new EtcdClient({ endpoints: [silent.endpoint, second.endpoint] });
    expect((await watching.watch('/a', { fromRevision: 1 }).next()).value?.[0]?.text()).toBe('second');
    await using asking = new EtcdClient({ endpoints: [first.endpoint, second.endpoint], timeoutMs: 10_000 });
    await asking.get('/a');
    first.pause();
    // It may say something until it stands still.
    while ((await asking.get('/a')).entry?.text() !== 'second');
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('what has left and was not answered may have been done', async () => {
    await using etcd = await TestEtcd.start();
    await using other = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint, other.endpoint] });
    await client.put('/a', '1');
    etcd.pause();
    const controller = new AbortController();
    const aborted = client.put('/a', '2', { signal: controller.signal });
    const lost = client.put('/a', '3');
    const cutOff = client.put('/a', '4');
    const repeated = client.get('/a');
    await expect(client.put('/a', '5', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
      retryable: false,
    });
    // It is not asked first again.
    await client.put('/b', 'elsewhere');
    controller.abort('no more');
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown', cause: 'no more' });
    await etcd.kill();
    const connectionLost = { name: 'ConnectionError', code: 'CONNECTION_LOST', outcome: 'unknown', retryable: false };
    await expect(lost).rejects.toMatchObject(connectionLost);
    await expect(cutOff).rejects.toMatchObject(connectionLost);
    // Reading changes nothing, so another member was asked.
    expect((await repeated).entry).toBeUndefined();
  });

  it('a connection that leads nowhere is left for a new one to the same member', async () => {
    await using etcd = await TestEtcd.start();
    await using proxy = await FaultProxy.start({ targetPort: Number(new URL(etcd.endpoint).port) });
    await using client = new EtcdClient({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    await client.put('/a', '1');
    // Nobody tells the client.
    proxy.cut({ direction: 'there' });
    await expect(client.get('/a', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect((await client.get('/a')).entry?.text()).toBe('1');
    expect(proxy.counts.connections).toBe(2);
    await until(() => proxy.connections === 1);
  });

  it('close waits for what is under way, and no longer than it may', async () => {
    await using etcd = await TestEtcd.start();
    const patient = new EtcdClient({ endpoints: [etcd.endpoint] });
    const impatient = new EtcdClient({ endpoints: [etcd.endpoint] });
    await Promise.all([patient.get('/a'), impatient.get('/a')]);
    etcd.pause();
    const done = patient.put('/a', '1');
    const cutOff = impatient.put('/a', '2');
    const closed = patient.close();
    await expect(Promise.all([cutOff, impatient.close({ timeoutMs: 50 })])).rejects.toMatchObject({
      code: 'CLOSED',
      outcome: 'unknown',
    });
    etcd.resume();
    await done;
    await closed;
  });

  it('works with a member that starts later', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    await etcd.stop();
    await expect(client.put('/a', '1')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(client.put('/a', '1')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await etcd.startAgain();
    await client.put('/a', '1');
  });

  it('speaks TLS, and only with whom it trusts', async () => {
    await using etcd = await TestEtcd.start({ tls: true });
    await using client = new EtcdClient({ endpoints: [etcd.endpoint], tls: { ca: etcd.ca } });
    await client.put('/a', 'secret');
    expect((await client.get('/a')).entry?.text()).toBe('secret');
    await using stranger = new EtcdClient({ endpoints: [etcd.endpoint] });
    await expect(stranger.get('/a')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('self-signed certificate'),
    });
  });

  it('the process ends by itself after close', async () => {
    await using etcd = await TestEtcd.start();
    await using child = startNode(
      {
        code: `
        import { EtcdClient } from '@liberzmq/core/etcd';
        const client = new EtcdClient({ endpoints: [process.env.ENDPOINT] });
        const lease = await client.grantLease({ ttlMs: 60_000 });
        await client.put('/a', '1', { lease });
        const watch = client.watchPrefix('/a', { fromRevision: 1 });
        await watch.next();
        watch.next().then(({ done }) => console.log(JSON.stringify({ done })));
        client.watchPrefix('/b').next();
        new EtcdClient({ endpoints: ['http://127.0.0.1:9'] }).get('/x').catch(() => {});
        await client.close();`,
      },
      { env: { ENDPOINT: etcd.endpoint } },
    );
    expect(await child.lines.nextLine()).toEqual({ done: true });
    expect(await child.ended).toEqual({ code: 0, signal: null, stderr: '' });
  });
});

describeWithEtcd('authentication at etcd', () => {
  /** With the users `root` and `reader`, who may read what begins with `/open/`. */
  async function startGuarded(): Promise<TestEtcd> {
    const etcd = await TestEtcd.start();
    const permission = { permType: 'READ', key: base64('/open/'), range_end: base64('/open0') };
    await etcd.ask('/v3/auth/user/add', { name: 'root', password: 'secret' });
    await etcd.ask('/v3/auth/user/grant', { user: 'root', role: 'root' });
    await etcd.ask('/v3/auth/role/add', { name: 'reading' });
    await etcd.ask('/v3/auth/role/grant', { name: 'reading', perm: permission });
    await etcd.ask('/v3/auth/user/add', { name: 'reader', password: 'readable' });
    await etcd.ask('/v3/auth/user/grant', { user: 'reader', role: 'reading' });
    await etcd.ask('/v3/auth/enable', {});
    return etcd;
  }

  it('name and password let one in, and others out', async () => {
    await using etcd = await startGuarded();
    const endpoints = [etcd.endpoint];
    await using root = new EtcdClient({ endpoints, username: 'root', password: 'secret' });
    await using reader = new EtcdClient({ endpoints, username: 'reader', password: 'readable' });
    await using wrong = new EtcdClient({ endpoints, username: 'root', password: 'wrong' });
    await using nobody = new EtcdClient({ endpoints });
    const { revision } = await root.put('/open/a', '1');
    expect((await reader.get('/open/a')).entry?.text()).toBe('1');
    const unknown = { name: 'AuthenticationError', code: 'UNAUTHENTICATED', retryable: false };
    await expect(wrong.get('/open/a')).rejects.toMatchObject(unknown);
    await expect(wrong.watchPrefix('/open/').next()).rejects.toMatchObject(unknown);
    await expect(nobody.get('/open/a')).rejects.toMatchObject(unknown);
    const forbidden = { name: 'AuthenticationError', code: 'FORBIDDEN', outcome: 'answered' };
    await expect(reader.put('/open/a', '2')).rejects.toMatchObject(forbidden);
    await expect(reader.get('/closed')).rejects.toMatchObject(forbidden);
    await expect(reader.watchPrefix('/closed').next()).rejects.toMatchObject(forbidden);
    const { value } = await reader.watchPrefix('/open/', { fromRevision: revision }).next();
    expect(value?.[0]?.text()).toBe('1');
    await using lease = await root.grantLease({ ttlMs: 10_000 });
    await root.put('/open/b', '1', { lease });
  });

  it('a token that etcd knows no more is fetched anew, for calls and streams', async () => {
    await using etcd = await startGuarded();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint], username: 'root', password: 'secret' });
    const { revision } = await client.put('/a', '1');
    const watch = client.watchPrefix('/a', { fromRevision: revision });
    expect((await watch.next()).value?.[0]?.text()).toBe('1');
    const next = watch.next();
    // It keeps the tokens that it gave out in memory.
    await etcd.kill();
    await etcd.startAgain();
    await client.put('/a', '2');
    expect((await next).value?.[0]?.text()).toBe('2');
  });

  it('an etcd that asks nobody who they are lets everybody in, until it asks', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint], username: 'root', password: 'secret' });
    await client.put('/a', '1');
    await etcd.ask('/v3/auth/user/add', { name: 'root', password: 'secret' });
    await etcd.ask('/v3/auth/user/grant', { user: 'root', role: 'root' });
    await etcd.ask('/v3/auth/enable', {});
    await client.put('/a', '2');
  });
});
