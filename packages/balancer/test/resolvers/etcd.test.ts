import { execFile } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { configureLogging, Server } from '@liberzmq/core';
import { EtcdClient } from '@liberzmq/core/etcd';
import {
  compileExample,
  describeWithEtcd,
  FaultProxy,
  readExamples,
  startNode,
  TestEtcd,
} from '@liberzmq-tooling/testkit';
import { etcdMembers, register, type RegisterOptions } from '../../src/etcd/index.js';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';
import { Recorder, until } from './recorder.js';

configureLogging({ level: 'silent' });

const PREFIX = '/services/who';
const TTL_MS = 1_000;

/** One that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** How often etcd looks for leases that are over, twice, and some time for a machine that is busy. */
const LATE_MS = 3_000;

/** A server that says its name, and stands in etcd. */
async function serve(etcd: EtcdClient, name: string, options: Partial<RegisterOptions> = {}) {
  const server = new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('who', () => name);
  await server.startServer();
  const address = server.boundAddress as string;
  const registration = await register(etcd, { prefix: PREFIX, address, ttlMs: TTL_MS, ...options });
  const close = async () => {
    await registration.close();
    await server.close();
  };
  return { server, address, registration, close, [Symbol.asyncDispose]: close };
}

function balancer(etcd: EtcdClient, options: Partial<LoadBalancedClientOptions> = {}): LoadBalancedClient {
  const resolver = etcdMembers({ client: etcd, prefix: PREFIX });
  return new LoadBalancedClient({ resolver, strategy: 'round_robin', timeoutMs: 15_000, ...options });
}

const keysOf = (client: LoadBalancedClient) => client.stats().members.map(({ member }) => member);
const areHealthy = (client: LoadBalancedClient, count: number) =>
  client.stats().members.filter(({ state }) => state === 'healthy').length === count;

/** Asks again and again, until it is stopped; fails as soon as a request does. */
function askOn(client: LoadBalancedClient) {
  let isOver = false;
  const answers: unknown[] = [];
  const done = (async () => {
    while (!isOver) answers.push(await client.sendRequest('who'));
  })();
  done.catch(() => undefined);
  return {
    answers,
    stop: async () => {
      isOver = true;
      await done;
    },
  };
}

/** Another process with a server that stands in etcd. */
const SERVING = `
  import { Server } from '@liberzmq/core';
  import { EtcdClient } from '@liberzmq/core/etcd';
  import { register } from '@liberzmq/balancer/etcd';
  const [, , endpoint, prefix, ttlMs] = process.argv;
  const server = new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('who', () => 'child');
  await server.startServer();
  const etcd = new EtcdClient({ endpoints: [endpoint] });
  const registration = await register(etcd, { prefix, address: server.boundAddress, ttlMs: Number(ttlMs) });
  console.log(JSON.stringify({ address: server.boundAddress }));
  process.stdin.once('data', async () => {
    await registration.close();
    await server.close();
    await etcd.close();
    process.stdin.destroy();
  });`;

describeWithEtcd('servers that stand in etcd', () => {
  it('appear when they register and vanish at once when they close, and no request fails meanwhile', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using client = balancer(store);
    const early = client.sendRequest('who');
    await using a = await serve(store, 'a');
    expect(await early).toBe('a');
    const asking = askOn(client);
    // A lease that nobody revokes would last longer than this test may take.
    const b = await serve(store, 'b', { weight: 2, tier: 0, ttlMs: 60_000 });
    await until(() => areHealthy(client, 2));
    await until(() => asking.answers.includes('b'));
    expect(client.stats().members).toMatchObject([
      { member: a.address, weight: 1 },
      { member: b.address, weight: 2 },
    ]);
    const closedAt = performance.now();
    const closed = b.close();
    await until(() => keysOf(client).length === 1);
    expect(performance.now() - closedAt).toBeLessThan(LATE_MS);
    await closed;
    const count = asking.answers.length;
    await until(() => asking.answers.length > count + 10);
    await asking.stop();
    expect(asking.answers.slice(-5)).toEqual(new Array(5).fill('a'));
  });

  it('vanish within their time when their process is killed, and requests go on', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using a = await serve(store, 'a');
    await using client = balancer(store, { idempotent: true, healthCheck: false });
    await using child = startNode({ code: SERVING }, { args: [etcd.endpoint, PREFIX, String(TTL_MS)] });
    const { address } = await child.lines.nextLine();
    await client.connect();
    await until(() => areHealthy(client, 2));
    const asking = askOn(client);
    await until(() => asking.answers.includes('child'));
    const killedAt = performance.now();
    child.kill('SIGKILL');
    await until(() => !keysOf(client).includes(address as string));
    const goneAfterMs = performance.now() - killedAt;
    expect(goneAfterMs).toBeLessThan(TTL_MS + LATE_MS);
    await asking.stop();
    expect(keysOf(client)).toEqual([a.address]);
  });

  it('do so in the examples of the README', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    const port = String(await freePort());
    const [server = '', client = ''] = readExamples(new URL('../../README.md', import.meta.url))
      .filter(({ code }) => code.includes('@liberzmq/balancer/etcd'))
      .map((example) => compileExample(example).replaceAll('http://127.0.0.1:2379', etcd.endpoint))
      .map((code) => code.replaceAll('10.0.0.1', '127.0.0.1').replaceAll('5556', port));
    await using child = startNode({ code: server });
    const watch = store.watchPrefix('/services/price/', { fromRevision: 1 });
    const hasRegistered = watch.next().then(() => 'registered');
    const ended = child.ended.then(({ stderr }) => stderr);
    expect(await Promise.race([hasRegistered, ended])).toBe('registered');
    const cwd = new URL('../../', import.meta.url);
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', client], { cwd });
    expect(stdout).toBe('7\n');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
    expect((await store.getPrefix('/services/')).entries).toEqual([]);
  });

  it('a process that closes in order ends by itself', async () => {
    await using etcd = await TestEtcd.start();
    await using child = startNode({ code: SERVING }, { args: [etcd.endpoint, PREFIX, '60000'] });
    await child.lines.nextLine();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    expect((await store.getPrefix(PREFIX)).entries).toHaveLength(1);
    child.send({ close: true });
    expect(await child.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect((await store.getPrefix(PREFIX)).entries).toEqual([]);
  });

  it('a process with a client that closes ends by itself', async () => {
    await using etcd = await TestEtcd.start();
    await using child = startNode(
      {
        code: `
        import { EtcdClient } from '@liberzmq/core/etcd';
        import { dns, LoadBalancedClient } from '@liberzmq/balancer';
        import { etcdMembers } from '@liberzmq/balancer/etcd';
        const etcd = new EtcdClient({ endpoints: [process.argv[2]] });
        for (const resolver of [etcdMembers({ client: etcd, prefix: '/x' }), dns({ hostname: '127.0.0.1', port: 9 })]) {
          const client = new LoadBalancedClient({ resolver });
          await client.connect({ timeoutMs: 300 }).catch(({ code }) => console.log(JSON.stringify({ code })));
          await client.close();
        }
        await etcd.close();`,
      },
      { args: [etcd.endpoint] },
    );
    expect(await child.lines.nextLine()).toEqual({ code: 'UNREACHABLE' });
    expect(await child.ended).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('stay while etcd is away, and register again when it is back', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using a = await serve(store, 'a');
    await using client = balancer(store);
    await client.connect();
    const asking = askOn(client);
    await etcd.kill();
    await until(() => !a.registration.isRegistered);
    expect(keysOf(client)).toEqual([a.address]);
    await etcd.startAgain();
    await until(() => a.registration.isRegistered);
    await using b = await serve(store, 'b');
    await until(() => keysOf(client).includes(b.address) && asking.answers.includes('b'));
    await asking.stop();
    expect(keysOf(client).sort()).toEqual([a.address, b.address].sort());
  });

  it('register again when somebody else has revoked their lease', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using a = await serve(store, 'a');
    const before = (await store.get(a.registration.key)).entry;
    await etcd.ask('/v3/lease/revoke', { ID: String(before?.lease) });
    let lease: bigint | undefined = undefined;
    while (lease === undefined) lease = (await store.get(a.registration.key)).entry?.lease;
    expect(lease).not.toBe(before?.lease);
  });

  it('stand there again when somebody has deleted their key', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using a = await serve(store, 'a', { ttlMs: 60_000 });
    const { revision } = await store.delete(a.registration.key);
    const watch = store.watch(a.registration.key, { fromRevision: revision + 1 });
    expect((await watch.next()).value?.[0]?.type).toBe('put');
    await until(() => a.registration.isRegistered);
  });

  it('vanish when they close while etcd starts again', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    // A lease that nobody revokes would last longer than this test may take.
    const registration = await register(store, { prefix: PREFIX, address: 'tcp://127.0.0.1:9', ttlMs: 60_000 });
    await etcd.kill();
    const closed = registration.close({ timeoutMs: 15_000 });
    await etcd.startAgain();
    await closed;
    await using witness = new EtcdClient({ endpoints: [etcd.endpoint] });
    expect((await witness.getPrefix(PREFIX)).entries).toEqual([]);
  });

  it('with one name: the last one stands there, and the other one after it', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    const options = { prefix: PREFIX, address: 'tcp://127.0.0.1:9', ttlMs: TTL_MS };
    await using first = await register(store, { ...options, weight: 1 });
    const second = await register(store, { ...options, weight: 2 });
    await until(() => !first.isRegistered);
    expect(second.isRegistered).toBe(true);
    expect((await store.get(first.key)).entry?.text()).toContain('"weight":2');
    await second.close();
    await until(() => first.isRegistered);
    expect((await store.get(first.key)).entry?.text()).toContain('"weight":1');
    expect(second.isRegistered).toBe(false);
  });

  it('that take the place of an old one stay when its time is up', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    const options = { prefix: PREFIX, address: 'tcp://127.0.0.1:9', ttlMs: TTL_MS };
    await using old = new EtcdClient({ endpoints: [etcd.endpoint] });
    const first = await register(old, options);
    await using second = await register(store, options);
    await first.close();
    expect((await store.get(second.key)).entry?.text()).toBe('{"address":"tcp://127.0.0.1:9"}');
  });

  it('are read anew where etcd has forgotten what happened meanwhile', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using proxy = await FaultProxy.start({ targetPort: Number(new URL(etcd.endpoint).port) });
    await using watching = new EtcdClient({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    const put = (name: string) => store.put(`${PREFIX}/${name}`, JSON.stringify({ address: `tcp://${name}:1` }));
    await put('a');
    await put('b');
    const recorder = new Recorder();
    const resolver = etcdMembers({ client: watching, prefix: PREFIX });
    const watch = resolver.watch(recorder);
    await until(() => recorder.lists.length === 1);
    await put('c');
    await until(() => recorder.lists.length === 2);
    proxy.refuse();
    proxy.cut();
    await store.delete(`${PREFIX}/a`);
    await store.put(`${PREFIX}/b`, 'nonsense');
    const { revision } = await put('d');
    await etcd.ask('/v3/kv/compaction', { revision: String(revision) });
    proxy.accept();
    await until(() => recorder.lists.length === 3);
    expect(recorder.lists.map((list) => list.map(({ address }) => address))).toEqual([
      ['tcp://a:1', 'tcp://b:1'],
      ['tcp://a:1', 'tcp://b:1', 'tcp://c:1'],
      ['tcp://c:1', 'tcp://d:1'],
    ]);
    expect(resolver.malformed).toBe(1);
    // And it is followed from there on.
    await put('e');
    await until(() => recorder.lists.length === 4);
    await watch.close();
  });

  it('are read anew where etcd comes back with an older store', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    for (let n = 0; n < 20; n += 1) await store.put('/noise', String(n));
    const put = (name: string) => store.put(`${PREFIX}/it`, JSON.stringify({ address: `tcp://127.0.0.1:${name}` }));
    await put('1');
    const recorder = new Recorder();
    const watch = etcdMembers({ client: store, prefix: PREFIX }).watch(recorder);
    await until(() => recorder.lists.length === 1);
    await etcd.kill();
    etcd.wipe();
    await etcd.startAgain();
    await put('2');
    await until(() => recorder.addresses?.[0] === 'tcp://127.0.0.1:2');
    await put('3');
    await until(() => recorder.addresses?.[0] === 'tcp://127.0.0.1:3');
    await watch.close();
  });

  it('a neighbour whose name begins the same is not among them', async () => {
    await using etcd = await TestEtcd.start();
    await using store = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using other = await register(store, { prefix: `${PREFIX}-else`, address: 'tcp://127.0.0.1:9' });
    const recorder = new Recorder();
    const watch = etcdMembers({ client: store, prefix: PREFIX }).watch(recorder);
    await until(() => recorder.lists.length === 1);
    expect(other.isRegistered).toBe(true);
    expect(recorder.lists).toEqual([[]]);
    await watch.close();
  });

  it('a client of etcd that is closed ends the watch', async () => {
    await using etcd = await TestEtcd.start();
    const store = new EtcdClient({ endpoints: [etcd.endpoint] });
    const recorder = new Recorder();
    const watch = etcdMembers({ client: store, prefix: PREFIX }).watch(recorder);
    await until(() => recorder.lists.length === 1);
    await store.close();
    await until(() => recorder.errors.length === 1);
    expect(recorder.errors).toMatchObject([{ code: 'CLOSED' }]);
    await watch.close();
  });
});
