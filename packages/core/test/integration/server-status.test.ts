import { describe, expect, it } from '@jest/globals';
import { Client, Server, Service, type Dialect, type Requester, type ServerOptions } from '@liberzmq/core';
import { json } from '../../src/serializers/json.js';
import { decodeBody } from '../../src/wire/native/body-decoder.js';
import { KIND } from '../../src/wire/native/format.js';
import { addressOf, ANY_PORT, closeAfterEach, defer, until } from './endpoints.js';
import { PlainClient } from './plain-client.js';

const keep = closeAfterEach();

async function serve(options: Partial<ServerOptions> = {}): Promise<Server> {
  return keep(new Server({ address: ANY_PORT, ...options })).startServer();
}

const clientOf = (server: Server, dialect: Dialect = 'native') =>
  keep(new Client({ address: addressOf(server), dialect }));

describe.each<Dialect>(['native', 'classic'])('the status of a server, asked in the %s dialect', (dialect) => {
  const ask = (client: Client) => client.sendRequest('ping', {});

  it('is SERVING, and then what was set', async () => {
    const server = await serve();
    const client = clientOf(server, dialect);
    expect(server.status).toBe('SERVING');
    expect(await ask(client)).toEqual({ status: 'SERVING' });
    for (const status of ['NOT_SERVING', 'DRAINING', 'SERVING'] as const) {
      expect(server.setStatus(status)).toBe(server);
      expect(server.status).toBe(status);
      expect(await ask(client)).toEqual({ status });
    }
  });

  it('keeps no request from being answered', async () => {
    const server = (await serve()).registerHandler('double', (n) => 2 * (n as number)).setStatus('NOT_SERVING');
    const client = clientOf(server, dialect);
    expect(await client.sendRequest('double', 21)).toBe(42);
    server.setStatus('DRAINING');
    expect(await client.sendRequest('double', 21)).toBe(42);
    expect(await client.ping()).toBeGreaterThan(0);
  });

  it('is told by a handler for ping, where there is one', async () => {
    const server = (await serve()).registerHandler('ping', () => 'mine').setStatus('NOT_SERVING');
    const client = clientOf(server, dialect);
    expect(await ask(client)).toBe('mine');
    server.unregisterHandler('ping');
    expect(await ask(client)).toEqual({ status: 'NOT_SERVING' });
  });

  it('is its own and not that of what it passes requests on to', async () => {
    const behind = (await serve()).registerHandler('who', () => 'behind').setStatus('DRAINING');
    const gateway = (await serve({ service: clientOf(behind) })).setStatus('NOT_SERVING');
    const client = clientOf(gateway, dialect);
    expect(await ask(client)).toEqual({ status: 'NOT_SERVING' });
    expect(await client.sendRequest('who')).toBe('behind');
    const inMemory: Requester = new Service({ handlers: { who: () => 'in memory' } });
    const other = (await serve({ service: inMemory })).setStatus('NOT_SERVING');
    expect(await ask(clientOf(other, dialect))).toEqual({ status: 'NOT_SERVING' });
  });

  it('passes the middleware as any other answer does', async () => {
    const server = (await serve()).setStatus('NOT_SERVING');
    const seen: unknown[] = [];
    server.addMiddleware({
      name: 'watch',
      incoming: (message, next) => {
        seen.push(message.subject);
        return next();
      },
      outgoing: (message, next) => {
        seen.push(message.body);
        return next();
      },
    });
    expect(await ask(clientOf(server, dialect))).toEqual({ status: 'NOT_SERVING' });
    expect(seen).toEqual(['ping', { status: 'NOT_SERVING' }]);
  });

  it('is told at once while all handlers are at work, and takes nobody’s place', async () => {
    const release = defer();
    const server = await serve({ maxConcurrency: 1, maxQueue: 1 });
    server.registerHandler('hold', () => release.promise).registerHandler('next', () => 'next');
    const client = clientOf(server, dialect);
    const held = client.sendRequest('hold');
    await until(() => server.stats().inFlight === 1, 'the handler is at work');
    const waiting = client.sendRequest('next');
    await until(() => server.stats().inFlight === 2, 'another one waits');
    server.setStatus('NOT_SERVING');
    for (let n = 0; n < 3; n += 1) expect(await ask(client)).toEqual({ status: 'NOT_SERVING' });
    await expect(client.sendRequest('next')).rejects.toMatchObject({ code: 'OVERLOADED' });
    release.resolve();
    await held;
    expect(await waiting).toBe('next');
    expect(await client.sendRequest('next')).toBe('next');
  });
});

describe('while a server closes', () => {
  it('it says that it drains, and refuses all else', async () => {
    const release = defer();
    const server = (await serve()).registerHandler('hold', () => release.promise).setStatus('NOT_SERVING');
    const client = clientOf(server, 'classic');
    const held = client.sendRequest('hold');
    await until(() => server.stats().inFlight === 1, 'a handler is at work');
    const closed = server.close();
    expect(server.status).toBe('DRAINING');
    expect(server.setStatus('SERVING').status).toBe('DRAINING');
    expect(await client.sendRequest('ping', {})).toEqual({ status: 'DRAINING' });
    await expect(client.sendRequest('hold')).rejects.toMatchObject({ code: 'DRAINING' });
    release.resolve();
    await Promise.all([held, closed]);
    expect(server.status).toBe('NOT_SERVING');
  });

  it('it says so to a native client that has not heard the goodbye yet', async () => {
    const release = defer();
    const server = (await serve()).registerHandler('hold', () => release.promise);
    await using client = new PlainClient(server);
    await client.say((writer) => writer.record(KIND.request, { id: 1, subject: 'hold' }));
    await until(() => server.stats().inFlight === 1, 'a handler is at work');
    const closed = server.close();
    await client.say((writer) => writer.record(KIND.request, { id: 2, subject: 'ping' }));
    const heard = [...(await client.hear())];
    while (heard.length < 2) heard.push(...(await client.hear()));
    expect(heard.map(({ kind }) => kind)).toEqual([KIND.goodbye, KIND.response]);
    expect(decodeBody(heard[1]!, json, 'reply', 'ping')).toEqual({ status: 'DRAINING' });
    release.resolve();
    await closed;
  });
});

it.each([
  ['HEALTHY', "'HEALTHY'"],
  ['serving', "'serving'"],
  [undefined, 'undefined'],
  [true, 'true'],
  [{ status: 'SERVING' }, 'an object'],
])('the status cannot be set to %j', (wrong, named) => {
  const server = new Server({ address: ANY_PORT });
  expect(() => server.setStatus(wrong as never)).toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      code: 'BAD_OPTION',
      message: `setStatus: the status must be one of 'SERVING', 'DRAINING', 'NOT_SERVING', not ${named}`,
    }),
  );
  expect(server.status).toBe('SERVING');
});
