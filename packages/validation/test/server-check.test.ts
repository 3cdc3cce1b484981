import { describe, expect, test } from '@jest/globals';
import { Client, configureLogging, Server, Service, type Logger } from '@liberzmq/core';
import { Type } from 'typebox';
import { defineContract, typedClient, typedServer } from '../src/index.js';
import { ANY_PORT, open } from './endpoints.js';

const older = defineContract({
  version: '1.0.0',
  actions: {
    greet: { request: Type.Object({ name: Type.String() }), response: Type.String() },
    echo: { request: Type.String(), response: Type.String() },
  },
});
const newer = defineContract({
  version: '2.0.0',
  actions: {
    greet: { request: Type.Object({ name: Type.String(), title: Type.String() }), response: Type.String() },
    echo: { request: Type.String(), response: Type.String() },
  },
});
const echo = (text: string): string => text;
const newHandlers = { greet: ({ name, title }: { name: string; title: string }) => `${title} ${name}`, echo };
const oldHandlers = { greet: ({ name }: { name: string }) => name, echo };

describe('a client that is to refuse a server whose contract does not fit', () => {
  test('refuses what does not fit before it is sent, and asks for the rest', async () => {
    let greeted = 0;
    const service = typedServer(open(new Service()), newer).handle({
      ...newHandlers,
      greet: () => {
        greeted += 1;
        return '';
      },
    });
    const client = typedClient(service, older, { onIncompatible: 'refuse' });
    for (let time = 0; time < 2; time += 1) {
      await expect(client.greet({ name: 'Ada' })).rejects.toMatchObject({
        code: 'PROTOCOL',
        outcome: 'not-sent',
        message: expect.stringMatching(/^'greet' was not sent: the server's contract .*: request \/title: /),
      });
      expect(await client.echo('x')).toBe('x');
    }
    expect(greeted).toBe(0);
  });

  test('works with the same contract, and asks for it once', async () => {
    let asked = 0;
    const service = typedServer(open(new Service()), older).handle(oldHandlers);
    const counting = {
      sendRequest: (action: string, ...rest: [unknown?]) => {
        if (action === '$contract') asked += 1;
        return service.sendRequest(action, ...rest);
      },
      close: () => service.close(),
    };
    const client = typedClient(counting, older, { onIncompatible: 'refuse' });
    expect(await Promise.all([client.echo('a'), client.echo('b'), client.greet({ name: 'c' })])).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(await client.echo('d')).toBe('d');
    expect(asked).toBe(1);
  });

  test('refuses a server that does not tell its contract', async () => {
    const service = open(new Service({ handlers: { echo: (text) => text } }));
    await expect(typedClient(service, older, { onIncompatible: 'refuse' }).echo('x')).rejects.toMatchObject({
      code: 'PROTOCOL',
      outcome: 'not-sent',
    });
  });

  test.each([null, 'text', {}, { contracts: [{}] }, { contracts: [{ fingerprint: 'a', version: 'b', contract: 5 }] }])(
    'refuses a server that answers %j instead of its contract',
    async (answer) => {
      const service = open(new Service({ handlers: { echo: (text) => text, $contract: () => answer } }));
      await expect(typedClient(service, older, { onIncompatible: 'refuse' }).echo('x')).rejects.toMatchObject({
        code: 'PROTOCOL',
        outcome: 'not-sent',
      });
    },
  );

  test('says that nothing was sent if the server cannot be asked, and asks again with the next request', async () => {
    let fails = true;
    const service = typedServer(open(new Service()), older).handle(oldHandlers);
    const unreachable = open(new Client({ address: 'tcp://127.0.0.1:1', timeoutMs: 1 }));
    const requester = {
      sendRequest: (action: string, data: unknown) => (fails ? unreachable : service).sendRequest(action, data),
      close: () => service.close(),
    };
    const client = typedClient(requester, older, { onIncompatible: 'refuse' });
    await expect(client.echo('x')).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    fails = false;
    expect(await client.echo('x')).toBe('x');
  });

  test('waits no longer for the contract than the request may take', async () => {
    const service = open(new Service({ handlers: { $contract: () => new Promise(() => undefined) } }));
    const client = typedClient(service, older, { onIncompatible: 'refuse' });
    await expect(client.echo('x', { timeoutMs: 5 })).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    await expect(client.echo('x', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    await service.close({ timeoutMs: 0 });
  });

  test('asks again when it is connected to another server', async () => {
    const first = typedServer(open(new Server({ address: ANY_PORT })), older).handle(oldHandlers);
    await first.startServer();
    const address = first.boundAddress as string;
    const client = typedClient(open(new Client({ address })), older, { onIncompatible: 'refuse' });
    expect(await client.greet({ name: 'Ada' })).toBe('Ada');
    await first.close({ timeoutMs: 0 });
    const second = typedServer(open(new Server({ address })), newer).handle(newHandlers);
    await second.startServer();
    expect(await client.echo('there')).toBe('there');
    await expect(client.greet({ name: 'Ada' })).rejects.toMatchObject({ code: 'PROTOCOL', outcome: 'not-sent' });
  });
});

test.each<[string, unknown]>([
  ['asks for a hundred thousand properties', { required: Array.from({ length: 100_000 }, (_each, n) => String(n)) }],
  ['asks for a property with a long name', { required: ['x'.repeat(1_000_000)] }],
  ['writes types of its own', { type: ['x'.repeat(1_000_000)] }],
  ['allows only what is long', { enum: ['x'.repeat(1_000_000)] }],
])('a server that %s is refused in a few words, and soon', async (_name, request) => {
  const contract = { actions: { greet: { request, response: { type: 'string' } } }, topics: {}, tasks: {} };
  const contracts = [{ fingerprint: 'f', version: 'v', contract }];
  const service = open(new Service({ handlers: { $contract: () => ({ contracts }) } }));
  const started = performance.now();
  const refused: unknown = await typedClient(service, older, { onIncompatible: 'refuse' })
    .greet({ name: 'Ada' })
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'PROTOCOL', outcome: 'not-sent' });
  expect((refused as Error).message.length).toBeLessThan(1_200);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('a requester is listened to once, however many typed clients are around it', async () => {
  const service = typedServer(open(new Service()), older).handle(oldHandlers);
  const listeners: (() => void)[] = [];
  let asked = 0;
  const requester = {
    sendRequest: (action: string, data: unknown) => {
      if (action === '$contract') asked += 1;
      return service.sendRequest(action, data);
    },
    on: (type: 'connected' | 'closed', listener: () => void) => {
      if (type === 'connected') listeners.push(listener);
    },
    close: () => service.close(),
  };
  const clients = Array.from({ length: 50 }, () => typedClient(requester, older, { onIncompatible: 'refuse' }));
  expect(listeners).toHaveLength(1);
  const [first, second] = clients;
  await first?.echo('x');
  await second?.echo('x');
  await first?.echo('x');
  expect(asked).toBe(2);
  listeners[0]?.();
  await first?.echo('x');
  await first?.echo('x');
  await second?.echo('x');
  expect(asked).toBe(4);
});

describe('a client that is to warn', () => {
  test('logs once which actions may fail, and why', async () => {
    const lines: unknown[][] = [];
    const ignore = (): void => undefined;
    const logger = {
      ...{ level: 'warn', trace: ignore, debug: ignore, info: ignore, error: ignore, fatal: ignore },
      warn: (...line: unknown[]) => lines.push(line),
      child: () => logger,
    } as unknown as Logger;
    configureLogging({ logger });
    try {
      const service = typedServer(open(new Service()), newer).handle(newHandlers);
      const client = typedClient(service, older, { onIncompatible: 'warn' });
      await client.echo('a');
      await client.echo('b');
    } finally {
      configureLogging({ level: 'silent' });
    }
    expect(lines).toEqual([
      [
        { misfits: { greet: 'request /title: must be there, but may be missing' } },
        "the server's contract is another one: greet may fail",
      ],
    ]);
  });

  test('sends what does not fit all the same', async () => {
    const service = typedServer(open(new Service()), newer).handle(newHandlers);
    const client = typedClient(service, older, { onIncompatible: 'warn' });
    for (let time = 0; time < 2; time += 1) {
      await expect(client.greet({ name: 'Ada' })).rejects.toMatchObject({ code: 'INVALID_INPUT', outcome: 'answered' });
    }
  });
});

describe('checkServer', () => {
  test('says what of the contract does not work with the server', async () => {
    const service = typedServer(open(new Service()), newer).handle(newHandlers);
    expect(await typedClient(service, older).checkServer()).toMatchObject({
      compatible: false,
      breaking: [{ kind: 'action', name: 'greet', part: 'request', older: 'client', newer: 'server', path: '/title' }],
    });
    expect(await typedClient(service, newer).checkServer()).toEqual({ compatible: true, breaking: [], unclear: [] });
  });

  test('looks through all contracts of a server', async () => {
    const service = open(new Service());
    typedServer(service, defineContract({ version: '1', actions: { other: {} } })).handle({ other: () => undefined });
    typedServer(service, older).handle(oldHandlers);
    const part = defineContract({ version: '1', actions: { echo: older.actions.echo, other: {} } });
    expect(await typedClient(service, part).checkServer()).toMatchObject({ compatible: true });
  });

  test('fails if the server does not tell', async () => {
    await expect(typedClient(open(new Service()), older).checkServer()).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'the server does not tell its contract: it has none, or does not show it',
    });
  });
});
