import { describe, expect, test } from '@jest/globals';
import { Client, Server, Service } from '@liberzmq/core';
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

describe('a client that is to warn', () => {
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
