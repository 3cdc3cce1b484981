import { Resolver } from 'node:dns/promises';
import { describe, expect, it } from '@jest/globals';
import { configureLogging, Server } from '@liberzmq/core';
import { dns, dnsSrv, LoadBalancedClient } from '../../src/index.js';
import { DnsServer, type Answer } from './dns-server.js';
import { Recorder, until } from './recorder.js';

configureLogging({ level: 'silent' });

/** Node's resolver, which asks that server and no other. */
function askOnly(server: DnsServer): Resolver {
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([server.address]);
  return resolver;
}

function answersOf(answers: Readonly<Record<string, Answer>>, server: DnsServer): void {
  for (const [question, answer] of Object.entries(answers)) server.answers.set(question, answer);
}

/** Resolves when something was told, whatever it is. */
const told = (recorder: Recorder) => until(() => recorder.lists.length + recorder.errors.length > 0);

describe('dns', () => {
  it.each<[string, Readonly<Record<string, Answer>>, 4 | 6 | undefined, readonly string[]]>([
    ['A', { 'A x.test': ['10.0.0.2', '10.0.0.1'] }, undefined, ['tcp://10.0.0.1:5556', 'tcp://10.0.0.2:5556']],
    [
      'A where there are both',
      { 'A x.test': ['10.0.0.1'], 'AAAA x.test': ['::1'] },
      undefined,
      ['tcp://10.0.0.1:5556'],
    ],
    [
      'AAAA where there is no A',
      { 'A x.test': [], 'AAAA x.test': ['fd00::1:2'] },
      undefined,
      ['tcp://[fd00::1:2]:5556'],
    ],
    ['AAAA alone', { 'A x.test': ['10.0.0.1'], 'AAAA x.test': ['::1'] }, 6, ['tcp://[::1]:5556']],
  ])('takes the addresses of a name: %s', async (_, answers, family, addresses) => {
    await using server = await DnsServer.start();
    answersOf(answers, server);
    const recorder = new Recorder();
    const watch = dns({ hostname: 'x.test', port: 5556, family, resolver: askOnly(server) }).watch(recorder);
    await told(recorder);
    expect(recorder).toMatchObject({ addresses, errors: [] });
    await watch.close();
  });

  it('follows changes, and keeps the last list whatever DNS says or does not say', async () => {
    await using server = await DnsServer.start();
    server.answers.set('A x.test', ['10.0.0.1']);
    const recorder = new Recorder();
    const resolver = askOnly(server);
    const watch = dns({ hostname: 'x.test', port: 1, intervalMs: 5, resolver }).watch(recorder);
    await until(() => recorder.lists.length === 1);
    server.answers.set('A x.test', ['10.0.0.1', '10.0.0.2']);
    await until(() => recorder.lists.length === 2);
    for (const answer of ['SERVFAIL', 'NXDOMAIN', []] as Answer[]) {
      recorder.errors.length = 0;
      server.answers.set('A x.test', answer);
      await until(() => recorder.errors.length > 3);
    }
    await server[Symbol.asyncDispose]();
    recorder.errors.length = 0;
    await until(() => recorder.errors.length > 0);
    expect(recorder.lists).toHaveLength(2);
    expect(recorder.addresses).toEqual(['tcp://10.0.0.1:1', 'tcp://10.0.0.2:1']);
    expect(recorder.errors[0]).toMatchObject({
      name: 'ConnectionError',
      code: 'UNREACHABLE',
      message: expect.stringContaining('the addresses of x.test could not be found out'),
      details: { reason: expect.any(String) },
    });
    await watch.close();
  });

  it('says of which kinds there are none', async () => {
    await using server = await DnsServer.start();
    answersOf({ 'A x.test': 'NXDOMAIN', 'AAAA x.test': 'NXDOMAIN' }, server);
    const recorder = new Recorder();
    const watch = dns({ hostname: 'x.test', port: 1, resolver: askOnly(server) }).watch(recorder);
    await told(recorder);
    const error = recorder.errors[0] as Error;
    expect(error).toMatchObject({ code: 'UNREACHABLE', details: { reason: 'ENOTFOUND' } });
    expect(error.message).toBe(
      'the addresses of x.test could not be found out: DNS has none of IPv4 (queryA ENOTFOUND x.test) and none of IPv6 (queryAaaa ENOTFOUND x.test); /etc/hosts is not looked at',
    );
    await watch.close();
  });

  it('does not ask for what is an address', async () => {
    const recorder = new Recorder();
    for (const hostname of ['10.0.0.1', 'fd00::1']) await dns({ hostname, port: 1 }).watch(recorder).close();
    const watches = ['10.0.0.1', 'fd00::1'].map((hostname) => dns({ hostname, port: 1 }).watch(recorder));
    await until(() => recorder.lists.length === 2);
    expect(recorder.lists.flat()).toEqual([{ address: 'tcp://10.0.0.1:1' }, { address: 'tcp://[fd00::1]:1' }]);
    for (const watch of watches) await watch.close();
  });

  it('with its own resolver close ends a question that is under way', async () => {
    const recorder = new Recorder();
    await dns({ hostname: 'nobody.invalid', port: 1 }).watch(recorder).close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorder.errors).toEqual([]);
  });

  it.each([
    [{ hostname: 'x.test' }, 'port'],
    [{ hostname: 'x.test', port: 0 }, 'port'],
    [{ hostname: '', port: 1 }, 'hostname'],
    [{ hostname: 'x.test', port: 1, family: 5 }, 'family'],
    [{ hostname: 'x.test', port: 1, intervalMs: 0 }, 'intervalMs'],
    [{ hostname: 'x.test', port: 1, interval: 1 }, 'interval'],
  ])('refuses %j', (options, message) => {
    expect(() => dns(options as never)).toThrow(message);
  });
});

describe('dnsSrv', () => {
  const SERVICE = '_liberzmq._tcp.x.test';

  it('takes the port, the priority as tier and the weight of each record; what a target has, it shares', async () => {
    await using server = await DnsServer.start();
    answersOf(
      {
        [`SRV ${SERVICE}`]: [
          { priority: 20, weight: 0, port: 7000, target: 'spare.test' },
          { priority: 10, weight: 60, port: 5556, target: 'big.test' },
          { priority: 10, weight: 20, port: 5557, target: 'small.test' },
          // The same server a second time.
          { priority: 30, weight: 1, port: 5557, target: 'small.test' },
        ],
        'A spare.test': ['10.0.0.9'],
        'A big.test': ['10.0.0.1', '10.0.0.2'],
        'AAAA small.test': ['fd00::3'],
        'A small.test': [],
      },
      server,
    );
    const recorder = new Recorder();
    const watch = dnsSrv({ service: SERVICE, resolver: askOnly(server) }).watch(recorder);
    await told(recorder);
    expect(recorder.errors).toEqual([]);
    expect(recorder.lists).toEqual([
      [
        { address: 'tcp://10.0.0.1:5556', weight: 30, tier: 10 },
        { address: 'tcp://10.0.0.2:5556', weight: 30, tier: 10 },
        { address: 'tcp://[fd00::3]:5557', weight: 20, tier: 10 },
        { address: 'tcp://10.0.0.9:7000', weight: 0.1, tier: 20 },
      ],
    ]);
    expect(server.asked.filter((each) => each === 'A small.test')).toHaveLength(1);
    await watch.close();
  });

  it('keeps what it knows of a target that cannot be looked up, and of all when the records cannot be', async () => {
    await using server = await DnsServer.start();
    const record = (target: string) => ({ priority: 0, weight: 1, port: 1, target });
    answersOf(
      { [`SRV ${SERVICE}`]: [record('a.test'), record('b.test')], 'A a.test': ['10.0.0.1'], 'A b.test': ['10.0.0.2'] },
      server,
    );
    const recorder = new Recorder();
    const watch = dnsSrv({ service: SERVICE, intervalMs: 5, resolver: askOnly(server) }).watch(recorder);
    await until(() => recorder.lists.length === 1);
    server.answers.set('A b.test', 'SERVFAIL');
    await until(() => recorder.errors.length > 0);
    server.answers.set('A a.test', ['10.0.0.3']);
    await until(() => recorder.lists.length === 2);
    expect(recorder.addresses).toEqual(['tcp://10.0.0.2:1', 'tcp://10.0.0.3:1']);
    for (const answer of ['SERVFAIL', 'NXDOMAIN', []] as Answer[]) {
      recorder.errors.length = 0;
      server.answers.set(`SRV ${SERVICE}`, answer);
      await until(() => recorder.errors.length > 3);
    }
    expect(recorder.lists).toHaveLength(2);
    expect(recorder.errors.at(-1)).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`the SRV records of ${SERVICE} could not be found out`),
    });
    // That there is no such service is an answer.
    server.answers.set(`SRV ${SERVICE}`, [record('.')]);
    await until(() => recorder.lists.length === 3);
    expect(recorder.addresses).toEqual([]);
    await watch.close();
  });

  it('tells nothing as long as it knows no address at all', async () => {
    await using server = await DnsServer.start();
    server.answers.set(`SRV ${SERVICE}`, [{ priority: 0, weight: 1, port: 1, target: 'a.test' }]);
    const recorder = new Recorder();
    const watch = dnsSrv({ service: SERVICE, intervalMs: 5, resolver: askOnly(server) }).watch(recorder);
    await until(() => recorder.errors.length > 1);
    expect(recorder.lists).toEqual([]);
    server.answers.set('A a.test', ['10.0.0.1']);
    await until(() => recorder.lists.length === 1);
    await watch.close();
  });

  it('gives a client the new server soon after it has lost an old one', async () => {
    await using names = await DnsServer.start();
    const serve = () => new Server({ address: 'tcp://127.0.0.1:*' }).startServer();
    const tell = (...servers: Server[]) => {
      const ports = servers.map(({ boundAddress }) => Number(boundAddress!.split(':').at(-1)));
      names.answers.set(
        `SRV ${SERVICE}`,
        ports.map((port) => ({ priority: 0, weight: 1, port, target: 'x.test' })),
      );
    };
    names.answers.set('A x.test', ['127.0.0.1']);
    const [old, other, young] = [await serve(), await serve(), await serve()];
    tell(old, other);
    const resolver = dnsSrv({ service: SERVICE, resolver: askOnly(names) });
    const client = await new LoadBalancedClient({ resolver, healthCheck: false }).connect();
    await until(() => client.stats().members.every(({ state }) => state === 'healthy'));
    tell(other, young);
    const from = performance.now();
    await old.close();
    const isThere = ({ boundAddress }: Server) => client.stats().members.some(({ member }) => member === boundAddress);
    await until(() => isThere(young) && !isThere(old));
    // The usual interval is 30 s.
    expect(performance.now() - from).toBeLessThan(10_000);
    for (const each of [client, other, young]) await each.close();
  });

  it('refuses what it does not know', () => {
    expect(() => dnsSrv({} as never)).toThrow('service');
    expect(() => dnsSrv({ service: SERVICE, port: 1 } as never)).toThrow('port');
  });
});
