import { describe, expect, it } from '@jest/globals';
import {
  Client,
  Dealer,
  DEFAULTS,
  Publisher,
  Puller,
  Pusher,
  Router,
  Server,
  Subscriber,
  type EndpointOptions,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, PAIRS, startServer, until } from './endpoints.js';

const keep = closeAfterEach();

const ALL = [Client, Dealer, Publisher, Puller, Pusher, Router, Server, Subscriber] as const;
const BINDING = [Publisher, Pusher, Router, Server] as const;
const CONNECTING = [Client, Dealer, Puller, Subscriber] as const;

/** What they have in common. */
type AnyEndpoint = Server;

function make(Class: (typeof ALL)[number], options: EndpointOptions): AnyEndpoint {
  return keep(new Class(options) as unknown as AnyEndpoint);
}

describe.each(BINDING.map((Class) => [Class.name, Class] as const))('%s', (_, Class) => {
  it('binds by default, on a port that is free, and says which', async () => {
    const endpoint = make(Class, { address: ANY_PORT });
    const bound: string[] = [];
    endpoint.on('bound', ({ address }) => bound.push(address));
    expect(endpoint.boundAddress).toBeUndefined();
    expect(await endpoint.connect()).toBe(endpoint);
    expect(endpoint.boundAddress).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(bound).toEqual([endpoint.boundAddress]);
  });

  it('takes port 0 and localhost', async () => {
    const endpoint = make(Class, { address: 'tcp://localhost:0' });
    await endpoint.connect();
    expect(endpoint.boundAddress).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  });

  it('says when the address is taken, and can try again', async () => {
    const first = make(Class, { address: ANY_PORT });
    await first.connect();
    const second = make(Class, { address: addressOf(first) });
    await expect(second.connect()).rejects.toMatchObject({
      code: 'BIND_FAILED',
      message: expect.stringContaining('something else listens there already'),
    });
    await first.close();
    await second.connect();
    expect(second.state).toBe('open');
  });

  it('refuses to bind openly unless it is told that this is meant', async () => {
    expect(() => new Class({ address: 'tcp://*:0' })).toThrow(expect.objectContaining({ code: 'INSECURE' }));
    const endpoint = make(Class, { address: 'tcp://*:0', insecure: true });
    await endpoint.connect();
    expect(endpoint.boundAddress).toMatch(/^tcp:\/\/0\.0\.0\.0:\d+$/);
  });
});

describe.each(CONNECTING.map((Class) => [Class.name, Class] as const))('%s', (_, Class) => {
  it('connects by default, whether or not somebody is there', async () => {
    const endpoint = make(Class, { address: 'tcp://127.0.0.1:9' });
    await endpoint.connect();
    expect(endpoint.state).toBe('open');
    expect(endpoint.boundAddress).toBeUndefined();
  });

  it('gives up waiting for a connection when the time is up or the signal aborts', async () => {
    const endpoint = make(Class, { address: 'tcp://127.0.0.1:9' });
    await expect(endpoint.connect({ waitForConnection: true, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
    });
    const controller = new AbortController();
    const waiting = endpoint.connect({ waitForConnection: true, signal: controller.signal });
    setImmediate(() => {
      controller.abort();
    });
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe.each(ALL.map((Class) => [Class.name, Class] as const))('%s', (_, Class) => {
  it.each([
    ['a missing address', {}],
    ['an unknown option', { address: ANY_PORT, timeout: 5 }],
    ['a wrong value', { address: ANY_PORT, lingerMs: -1 }],
    ['an unknown serializer', { address: ANY_PORT, serializer: 'yaml' }],
    ['an unknown policy', { address: ANY_PORT, outbox: { policy: 'forget' } }],
  ])('refuses %s where it is written', (__, options) => {
    expect(() => new Class({ bind: true, ...options } as never)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });

  it.each(['http://127.0.0.1:80', 'tcp://127.0.0.1', '127.0.0.1:5555', '', 5, null])(
    'refuses %j as an address',
    (address) => {
      expect(() => new Class({ address: address as never })).toThrow(
        expect.objectContaining({ name: 'ConfigurationError' }),
      );
    },
  );

  it('closes once, for good', async () => {
    const endpoint = make(Class, { address: ANY_PORT, bind: true });
    await endpoint.connect();
    let closed = 0;
    endpoint.on('closed', () => void (closed += 1));
    const closing = endpoint.close();
    expect(endpoint.disconnect()).toBe(closing);
    await closing;
    expect(endpoint.state).toBe('closed');
    expect(closed).toBe(1);
    await expect(endpoint.connect()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('closes without ever having been used, and on leaving its block', async () => {
    const unused = new Class({ address: ANY_PORT, bind: true });
    await unused.close();
    expect(unused.state).toBe('closed');
    let inBlock: AnyEndpoint | undefined;
    {
      await using endpoint = new Class({ address: ANY_PORT, bind: true });
      await endpoint.connect();
      inBlock = endpoint as unknown as AnyEndpoint;
    }
    expect(inBlock.state).toBe('closed');
  });

  it('closes while it is being opened', async () => {
    const endpoint = make(Class, { address: ANY_PORT, bind: true });
    const opening = endpoint.connect().catch((error: unknown) => error);
    await endpoint.close();
    await opening;
    expect(endpoint.state).toBe('closed');
  });
});

describe.each(Object.entries(PAIRS))('a %s pair', (_, { bound: Bound, connecting: Connecting }) => {
  it('knows when the other one comes and goes', async () => {
    const bound = make(Bound, { address: ANY_PORT });
    await bound.connect();
    const seen: string[] = [];
    for (const type of ['connected', 'disconnected'] as const) bound.on(type, () => seen.push(type));
    const connecting = make(Connecting, { address: addressOf(bound) });
    await connecting.connect({ waitForConnection: true });
    await bound.connect({ waitForConnection: true });
    await connecting.close();
    await until(() => seen.length === 2, 'it is gone');
    expect(seen).toEqual(['connected', 'disconnected']);
  });

  it('reconnects, and says so', async () => {
    const first = make(Bound, { address: ANY_PORT });
    await first.connect();
    const address = addressOf(first);
    const connecting = make(Connecting, { address, reconnectIntervalMs: 10 });
    const types = new Set<string>();
    const again = (async () => {
      for await (const event of connecting.events()) {
        if (event.type === 'connected' && types.has('retrying')) break;
        types.add(event.type);
      }
    })();
    await connecting.connect({ waitForConnection: true });
    await first.close();
    // Before that, the first attempt may find the second one there.
    await until(() => types.has('retrying'), 'an attempt has failed');
    const second = make(Bound, { address });
    await second.connect();
    await again;
    expect(types).toEqual(new Set(['connected', 'disconnected', 'retrying']));
  });
});

it('ends the loop over its events when it is closed', async () => {
  const server = keep(await startServer({}));
  const all = (async () => {
    const types = [];
    for await (const { type } of server.events()) types.push(type);
    return types;
  })();
  await server.close();
  expect((await all).at(-1)).toBe('closed');
});

it('lets a listener be taken away', async () => {
  const server = keep(new Server({ address: ANY_PORT }));
  let calls = 0;
  const listener = (): void => void (calls += 1);
  server.on('bound', listener).off('bound', listener);
  await server.startServer();
  expect(calls).toBe(0);
});

it('has one table of defaults', () => {
  expect(DEFAULTS).toMatchObject({ requestTimeoutMs: 5_000, lingerMs: 2_000, prefetchBytes: 65_536 });
});
