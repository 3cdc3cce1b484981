import { describe, expect, test } from '@jest/globals';
import { Client, Server, Service, type RequestOptions, type Requester } from '@liberzmq/core';
import { Type } from 'typebox';
import { z } from 'zod';
import { defineContract, typedClient, typedServer, type TypedHandlers } from '../src/index.js';
import { ANY_PORT, open, errorOf } from './endpoints.js';

const calculator = defineContract({
  version: '1.0.0',
  actions: {
    divide: {
      request: Type.Object({ a: Type.Number(), b: Type.Number() }),
      response: Type.Object({ result: Type.Number() }),
      idempotent: true,
      timeoutMs: 2_000,
    },
    parse: { request: z.string().transform(Number), response: z.number().transform(String) },
    ping: {},
    then: { response: Type.String() },
  },
});

const handlers: TypedHandlers<(typeof calculator)['actions']> = {
  divide: ({ a, b }) => ({ result: a / b }),
  parse: (n) => n + 1,
  ping: () => 'what nobody asked for',
  then: () => 'later',
};

/** What a requester is asked, and with which options. */
function asked(result: unknown): Requester & { readonly calls: [string, unknown, RequestOptions | undefined][] } {
  const calls: [string, unknown, RequestOptions | undefined][] = [];
  return {
    calls,
    sendRequest: (...call) => {
      calls.push(call as [string, unknown, RequestOptions | undefined]);
      return Promise.resolve(result);
    },
    close: () => Promise.resolve(),
  };
}

async function serve(service: Service | Server): Promise<Requester> {
  if (service instanceof Service) return service;
  await service.startServer();
  return open(new Client({ address: service.boundAddress as string }));
}

describe.each([
  ['in memory', () => new Service()],
  ['over a socket', () => new Server({ address: ANY_PORT })],
] as const)('a typed client and a typed server, %s', (_name, make) => {
  async function start(): Promise<ReturnType<typeof typedClient<(typeof calculator)['actions']>>> {
    const server = typedServer(open<Service | Server>(make()), calculator).handle(handlers);
    return typedClient(await serve(server), calculator);
  }

  test('ask and answer', async () => {
    const client = await start();
    expect(await client.divide({ a: 6, b: 3 })).toEqual({ result: 2 });
    expect(await client.call('divide', { a: 6, b: 3 })).toEqual({ result: 2 });
  });

  test('what transforms does so at the receiving end, each way once', async () => {
    const client = await start();
    expect(await client.parse('41')).toBe('42');
  });

  test('an action without schemas takes nothing and answers nothing', async () => {
    const client = await start();
    await expect(client.ping()).resolves.toBeUndefined();
    await expect((client.ping as (data: unknown) => Promise<unknown>)(5)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      outcome: 'not-sent',
    });
  });

  test('an action with the name of something else is asked for with call', async () => {
    const client = await start();
    expect(await client.call('then')).toBe('later');
    expect((await Promise.resolve(client)) === client).toBe(true);
  });

  test('what the contract does not have is refused before it is sent', async () => {
    const client = await start();
    await expect(client.call('multiply' as 'ping')).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: "typedClient: the contract has no action 'multiply'; it has divide, parse, ping, then",
    });
    await expect(client.divide({ a: 6, b: '3' } as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      outcome: 'not-sent',
      issues: [{ path: '/b', message: 'must be number', expected: 'number', received: 'string "3"' }],
    });
  });
});

describe('typedServer', () => {
  test('data that is not valid never reaches a handler, whoever sends it', async () => {
    const reached: unknown[] = [];
    const server = open(new Server({ address: ANY_PORT }));
    const divide = (data: unknown): { result: number } => {
      reached.push(data);
      return { result: 0 };
    };
    typedServer(server, calculator).handle({ ...handlers, divide });
    await server.startServer();
    const client = open(new Client({ address: server.boundAddress as string }));
    const classic = open(new Client({ address: server.boundAddress as string, dialect: 'classic' }));
    for (const each of [client, classic]) {
      await expect(each.sendRequest('divide', { a: 1 })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        outcome: 'answered',
        issues: [{ path: '/b', message: 'is missing', expected: 'number', received: 'nothing' }],
      });
    }
    expect(reached).toEqual([]);
  });

  test('a result that is not valid stays here', async () => {
    const divide = (): { result: number } => ({ secret: 'of the server' }) as never;
    const hidden = typedServer(open(new Service()), calculator).handle({ ...handlers, divide });
    const error: unknown = await hidden.sendRequest('divide', { a: 1, b: 2 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_OUTPUT', issues: [] });
    expect(JSON.stringify(error)).not.toContain('secret');

    const open_ = typedServer(open(new Service()), calculator, { exposeInvalidOutput: true });
    await expect(open_.handle({ ...handlers, divide }).sendRequest('divide', { a: 1, b: 2 })).rejects.toMatchObject({
      code: 'INVALID_OUTPUT',
      issues: [{ path: '/result', message: 'is missing' }],
    });
  });

  test('a result that is not valid is refused by the client, if its server does not', async () => {
    const service = open(new Service({ handlers: { divide: () => 'many' } }));
    await expect(typedClient(service, calculator).divide({ a: 1, b: 2 })).rejects.toMatchObject({
      code: 'INVALID_OUTPUT',
      outcome: 'answered',
    });
  });

  test('what a handler throws comes out as it is', async () => {
    const error = new Error('by zero');
    const divide = (): never => {
      throw error;
    };
    const service = typedServer(open(new Service()), calculator).handle({ ...handlers, divide });
    await expect(service.sendRequest('divide', { a: 1, b: 0 })).rejects.toBe(error);
  });

  test('handlers may be the methods of an object', async () => {
    class Calculator {
      readonly factor = 10;
      divide({ a, b }: { a: number; b: number }): { result: number } {
        return { result: (this.factor * a) / b };
      }
      parse(n: number): number {
        return n;
      }
      ping(): void {
        // Nothing to do.
      }
      then(): string {
        return '';
      }
    }
    const service = typedServer(open(new Service()), calculator).handle(new Calculator());
    expect(await service.sendRequest('divide', { a: 1, b: 2 })).toEqual({ result: 5 });
  });

  test.each<[string, (service: Service) => unknown, string]>([
    ['a handler too few', (s) => typedServer(s, calculator).handle({} as never), "there is no handler for 'divide'"],
    [
      'a handler too many',
      (s) => typedServer(s, calculator).handle({ ...handlers, multiply: () => 1 } as never),
      "there is a handler for 'multiply', which the contract does not have",
    ],
    ['no handlers', (s) => typedServer(s, calculator).handle(null as never), 'handle takes an object'],
    ['no contract', (s) => typedServer(s, {} as never), 'the contract must be one that defineContract has made'],
    ['no server', () => typedServer(null as never, calculator), 'give it a server or a service'],
    ['an unknown option', (s) => typedServer(s, calculator, { expose: 1 } as never), "unknown option 'expose'"],
    ['a client without a requester', () => typedClient({} as never, calculator), 'give it a requester'],
    ['a client without a contract', (s) => typedClient(s, null as never), 'the contract must be one'],
    ['a wrong policy', (s) => typedClient(s, calculator, { onIncompatible: 'log' as never }), "'onIncompatible'"],
  ])('%s is refused', (_name, call, message) => {
    const service = open(new Service());
    expect(errorOf(() => call(service))).toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(message),
    });
    expect(service.actions).toEqual([]);
  });

  test('if one of the actions has a handler already, none is registered', () => {
    const service = open(new Service({ handlers: { parse: () => 1 } }));
    expect(() => typedServer(service, calculator).handle(handlers)).toThrow('this action has a handler already');
    expect(service.actions).toEqual(['parse']);
  });

  test('a server may work by several contracts', async () => {
    const other = defineContract({
      version: '3',
      actions: { greet: { request: Type.String(), response: Type.String() } },
    });
    const service = open(new Service());
    typedServer(service, calculator).handle(handlers);
    typedServer(service, other).handle({ greet: (name) => `hello ${name}` });
    expect(await typedClient(service, other).greet('Ada')).toBe('hello Ada');
    expect(await service.sendRequest('$contract')).toMatchObject({
      contracts: [
        {
          version: '1.0.0',
          fingerprint: calculator.fingerprint,
          contract: { actions: { divide: { idempotent: true } } },
        },
        { version: '3', fingerprint: other.fingerprint },
      ],
    });
  });

  test('the contract is not told if it is not to be', async () => {
    const service = typedServer(open(new Service()), calculator, { exposeContract: false }).handle(handlers);
    await expect(service.sendRequest('$contract')).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' });
  });

  test('a handler whose caller has given up while its data was checked is not run', async () => {
    let pass = (_value: boolean): void => undefined;
    const slow = z.string().refine(async () => new Promise<boolean>((resolve) => (pass = resolve)));
    const contract = defineContract({ version: '1', actions: { act: { request: slow } } });
    let ran = 0;
    const service = typedServer(open(new Service()), contract).handle({
      act: () => {
        ran += 1;
      },
    });
    const controller = new AbortController();
    const request = service.sendRequest('act', 'x', { signal: controller.signal });
    controller.abort();
    await expect(request).rejects.toMatchObject({ code: 'ABORTED' });
    pass(true);
    await new Promise(setImmediate);
    expect(ran).toBe(0);
  });
});

describe('typedClient', () => {
  test('what the contract says of an action goes with each request, unless the request says otherwise', async () => {
    const requester = asked({ result: 2 });
    const client = typedClient(requester, calculator);
    const { signal } = new AbortController();
    await client.divide({ a: 6, b: 3 });
    await client.divide({ a: 6, b: 3 }, { signal });
    await client.divide({ a: 6, b: 3 }, { timeoutMs: 5, idempotent: false });
    expect(requester.calls.map(([, , options]) => options)).toEqual([
      { idempotent: true, timeoutMs: 2_000 },
      { idempotent: true, timeoutMs: 2_000, signal },
      { idempotent: false, timeoutMs: 5 },
    ]);
  });

  test('closing it closes the requester', async () => {
    const service = new Service();
    await typedClient(service, calculator).close();
    await expect(service.sendRequest('ping')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('data that adapts is sent as adapted, and so valid for whoever checks more strictly', async () => {
    const contract = defineContract({
      version: '1',
      coerce: true,
      defaults: true,
      clean: 'strip',
      actions: {
        act: {
          request: Type.Object({ n: Type.Number(), unit: Type.Optional(Type.String({ default: 'm' })) }),
          response: Type.Unknown(),
        },
      },
    });
    const requester = asked(null);
    await typedClient(requester, contract).act({ n: '5', more: true } as never);
    expect(requester.calls[0]?.[1]).toEqual({ n: 5, unit: 'm' });
  });
});
