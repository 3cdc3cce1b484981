import { describe, expect, test } from '@jest/globals';
import { Client, Service } from '@liberzmq/core';
import { Type } from 'typebox';
import { z } from 'zod';
import { defineContract, typedClient, typedServer } from '../src/index.js';
import { errorOf, open } from './endpoints.js';

const echoing = defineContract({
  version: '1',
  actions: { echo: { request: Type.String(), response: Type.String(), idempotent: true } },
});
const echo = (text: string): string => text;

describe('typedServer', () => {
  test.each(['toString', 'valueOf', 'hasOwnProperty', 'constructor'])(
    'what every object inherits is no handler for an action %s',
    (action) => {
      const service = open(new Service());
      const contract = defineContract({ version: '1', actions: { [action]: {} } });
      expect(errorOf(() => typedServer(service, contract).handle({} as never))).toMatchObject({
        code: 'BAD_OPTION',
        message: `typedServer: there is no handler for '${action}'`,
      });
      expect(service.actions).toEqual([]);
    },
  );

  test('a result that is no promise, but can be awaited, is checked as any other', async () => {
    const later = (result: unknown) => ({
      then: (resolve: (result: unknown) => void): void => {
        setImmediate(resolve, result);
      },
    });
    const service = typedServer(open(new Service()), echoing).handle({ echo: (text) => later(text) as never });
    expect(await service.sendRequest('echo', 'x')).toBe('x');
    const wrong = typedServer(open(new Service()), echoing).handle({ echo: () => later(5) as never });
    await expect(wrong.sendRequest('echo', 'x')).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
  });

  test('a contract whose handlers have been taken away and given again is told once', async () => {
    const service = typedServer(open(new Service()), echoing).handle({ echo });
    service.unregisterHandler('echo');
    typedServer(service, echoing).handle({ echo });
    const { contracts } = (await service.sendRequest('$contract')) as { contracts: unknown[] };
    expect(contracts).toHaveLength(1);
  });
});

describe('typedClient', () => {
  test.each([null, 5, 'text'])('options that are %j are refused as the requester refuses them', async (options) => {
    const service = typedServer(open(new Service()), echoing).handle({ echo });
    for (const onIncompatible of ['ignore', 'refuse'] as const) {
      const client = typedClient(service, echoing, { onIncompatible });
      await expect(client.echo('x', options as never)).rejects.toMatchObject({
        code: 'BAD_OPTION',
        message: expect.stringContaining('options must be an object'),
      });
    }
  });

  test('a check that never ends is given up when the requester itself is closed', async () => {
    const endless = z.string().refine(() => new Promise<boolean>(() => undefined));
    const contract = defineContract({ version: '1', actions: { act: { request: endless } } });
    const requester = open(new Client({ address: 'tcp://127.0.0.1:5556' }));
    const asked = typedClient(requester, contract).act('x');
    await requester.close();
    await expect(asked).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });

  test('every other name is a method', async () => {
    const names = ['__proto__', 'toString', 'a.b', 'a b', 'ü😀', '\u0000', 'catch', 'toJSON', 'length', 'sendRequest'];
    const all = [...names, 'then', 'call', 'close', 'checkServer', 'constructor'];
    const action = { request: Type.String(), response: Type.String() };
    const contract = defineContract({ version: '1', actions: Object.fromEntries(all.map((name) => [name, action])) });
    const handlers = Object.fromEntries(all.map((name) => [name, (text: string) => `${name}: ${text}`]));
    const service = typedServer(open(new Service()), contract).handle(handlers);
    const client = typedClient(service, contract);
    for (const name of all) expect(await client.call(name, 'x')).toBe(`${name}: x`);
    for (const name of names) expect(await client[name]?.('x')).toBe(`${name}: x`);
    expect((await Promise.resolve(client)) === client).toBe(true);
  });
});
