import { describe, expect, test } from '@jest/globals';
import { Client, Server, Service, stack, type MessageContext } from '@liberzmq/core';
import { describeRequesterLaws } from '@liberzmq-tooling/testkit';
import { Type } from 'typebox';
import { z } from 'zod';
import { validate, ValidatedServer, validatorOf, type Output } from '../src/index.js';
import { ANY_PORT, open } from './endpoints.js';

const Calculation = Type.Object({
  a: Type.Number(),
  b: Type.Number(),
  operation: Type.Optional(Type.Enum(['add', 'subtract', 'multiply', 'divide'])),
});

function calculate({ a, b, operation = 'add' }: Output<typeof Calculation>): object {
  if (operation === 'add') return { result: a + b };
  if (operation === 'subtract') return { result: a - b };
  if (operation === 'multiply') return { result: a * b };
  return b === 0 ? { error: 'divided by zero' } : { result: a / b };
}

const slowly = z.unknown().refine(async () => new Promise((resolve) => setImmediate(resolve, true)));
for (const [name, schema] of [
  ['a synchronous check', Type.Unknown()],
  ['an asynchronous check', slowly],
] as const) {
  describeRequesterLaws(`validate() with ${name}`, (handlers) => ({
    requester: validate({ requests: { act: schema }, responses: { act: schema } })(new Service({ handlers })),
    foreignErrors: 'unchanged',
    close: async () => Promise.resolve(),
  }));
}

describe('validate()', () => {
  test('data that is not valid is not asked, results that are not valid do not come out', async () => {
    const asked: unknown[] = [];
    const service = open(
      new Service({
        handlers: {
          double: (data) => {
            asked.push(data);
            return data === 3 ? 'six' : (data as number) * 2;
          },
        },
      }),
    );
    const requester = stack(
      [validate({ requests: { double: Type.Number() }, responses: { double: Type.Number() } })],
      service,
    );
    expect(await requester.sendRequest('double', 2)).toBe(4);
    await expect(requester.sendRequest('double', '2')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      outcome: 'not-sent',
      issues: [{ path: '', message: 'must be number', expected: 'number', received: 'string "2"' }],
    });
    await expect(requester.sendRequest('double', 3)).rejects.toMatchObject({
      code: 'INVALID_OUTPUT',
      outcome: 'answered',
    });
    expect(asked).toEqual([2, 3]);
    await expect(requester.sendRequest('other', 3)).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' });
  });

  test('on both sides of a connection each schema transforms once', async () => {
    const schemas = {
      requests: { next: z.string().transform(Number) },
      responses: { next: z.number().transform((n) => ({ n })) },
    };
    const service = new Service({ handlers: { next: (data) => (data as number) + 1 } });
    const server = open(new Server({ address: ANY_PORT, service: validate({ ...schemas, side: 'server' })(service) }));
    await server.startServer();
    const client = open(new Client({ address: server.boundAddress! }));
    expect(await validate(schemas)(client).sendRequest('next', '1')).toEqual({ n: 2 });
    await expect(client.sendRequest('next', 5)).rejects.toMatchObject({ code: 'INVALID_INPUT', outcome: 'answered' });
  });

  test('a check that never ends is given up with the request', async () => {
    const requester = validate({ requests: { act: z.any().refine(() => new Promise<boolean>(() => undefined)) } })(
      open(new Service({ handlers: { act: () => 1 } })),
    );
    await expect(requester.sendRequest('act', 1, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
    });
    const signal = AbortSignal.abort('enough');
    await expect(requester.sendRequest('act', 1, { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'enough',
    });
    const context = { deadline: performance.now() + 10, signal: new AbortController().signal } as MessageContext;
    await expect(requester.sendRequest('act', 1, { context })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  test('when it is closed, nobody waits for a check any more', async () => {
    const never = z.any().refine(() => new Promise<boolean>(() => undefined));
    const requester = validate({ requests: { act: never } })(new Service({ handlers: { act: () => 1 } }));
    const asking = expect(requester.sendRequest('act', 1)).rejects.toMatchObject({
      code: 'CLOSED',
      outcome: 'not-sent',
    });
    await requester.close();
    await asking;
  });

  test('wrong options are refused', () => {
    for (const options of [
      null,
      { request: {} },
      { requests: [] },
      { requests: { a: { type: 'x' } } },
      { side: 'left' },
    ]) {
      expect(() => validate(options as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
  });
});

describe('ValidatedServer', () => {
  async function serving(server: ValidatedServer): Promise<Client> {
    await open(server).startServer();
    return open(new Client({ address: server.boundAddress! }));
  }

  test("the guide's calculator answers what is valid", async () => {
    const client = await serving(
      new ValidatedServer({ address: ANY_PORT }).registerHandler('calculate', calculate, Calculation),
    );
    const ask = (data: object): Promise<unknown> => client.sendRequest('calculate', data);
    expect(await ask({ a: 6, b: 3 })).toEqual({ result: 9 });
    expect(await ask({ a: 6, b: 3, operation: 'subtract' })).toEqual({ result: 3 });
    expect(await ask({ a: 6, b: 3, operation: 'multiply' })).toEqual({ result: 18 });
    expect(await ask({ a: 6, b: 3, operation: 'divide' })).toEqual({ result: 2 });
    expect(await ask({ a: 6, b: 0, operation: 'divide' })).toEqual({ error: 'divided by zero' });
  });

  test.each([
    [{ b: 1 }, '/a', 'is missing', 'number', 'nothing'],
    [{ a: 1 }, '/b', 'is missing', 'number', 'nothing'],
    [{ a: '1', b: 1 }, '/a', 'must be number', 'number', 'string "1"'],
    [{ a: 1, b: null }, '/b', 'must be number', 'number', 'null'],
    [
      { a: 1, b: 1, operation: 'power' },
      '/operation',
      'must be "add" or "subtract" or "multiply" or "divide"',
      '"add" or "subtract" or "multiply" or "divide"',
      'string "power"',
    ],
    [5, '', 'must be object', 'object', 'number 5'],
    [undefined, '', 'must be object', 'object', 'undefined'],
  ])('what is not valid never reaches the handler: %j', async (data, path, message, expected, received) => {
    let calls = 0;
    const server = new ValidatedServer({ address: ANY_PORT });
    server.registerHandler('calculate', () => (calls += 1), Calculation);
    const client = await serving(server);
    await expect(client.sendRequest('calculate', data)).rejects.toMatchObject({
      name: 'ValidationError',
      code: 'INVALID_INPUT',
      outcome: 'answered',
      retryable: false,
      issues: [{ path, message, expected, received }],
    });
    expect(calls).toBe(0);
  });

  test.each(['native', 'classic'] as const)('a %s client is told the issues', async (dialect) => {
    const server = new ValidatedServer({ address: ANY_PORT, exposeErrors: false });
    server.registerHandler('calculate', calculate, Calculation);
    await open(server).startServer();
    const client = open(new Client({ address: server.boundAddress!, dialect }));
    const issues = [{ path: '/b', message: 'must be number', expected: 'number', received: 'string "x"' }];
    await expect(client.sendRequest('calculate', { a: 1, b: 'x' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `the data of 'calculate' is not valid: /b must be number, not string "x"`,
      details: { issues },
      issues,
    });
  });

  test('a validator may come before or after its handler, or for the default handler, and be replaced', async () => {
    const server = new ValidatedServer({ address: ANY_PORT });
    server.registerValidator('before', Type.Number());
    server.registerHandler('before', (data) => data).registerHandler('after', (data) => data);
    server.registerValidator('after', Type.Number()).registerValidator('other', Type.Number());
    server.setDefaultHandler((data, { action }) => [action, data]);
    const client = await serving(server);
    for (const action of ['before', 'after', 'other']) {
      await expect(client.sendRequest(action, 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    expect(await client.sendRequest('other', 1)).toEqual(['other', 1]);
    expect(await client.sendRequest('free', 'x')).toEqual(['free', 'x']);
    server.registerValidator('before', Type.String());
    expect(await client.sendRequest('before', 'x')).toBe('x');
    server.setDefaultHandler(undefined);
    await expect(client.sendRequest('free', 'x')).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' });
  });

  test('handlers get what the schema makes of the data', async () => {
    const server = new ValidatedServer({ address: ANY_PORT });
    server.registerHandler('zod', ({ n }) => typeof n, z.object({ n: z.string().transform(Number) }));
    server.registerHandler(
      'box',
      (data) => data,
      validatorOf(Type.Object({ n: Type.Number() }), { coerce: true, clean: 'strip' }),
    );
    server.registerHandler(
      'slow',
      (n) => n.toFixed(1),
      z.number().refine(async (n) => Promise.resolve(n > 0)),
    );
    const client = await serving(server);
    expect(await client.sendRequest('zod', { n: '1' })).toBe('number');
    expect(await client.sendRequest('box', { n: '1', more: 2 })).toEqual({ n: 1 });
    expect(await client.sendRequest('slow', 1)).toBe('1.0');
    await expect(client.sendRequest('slow', -1)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: '' }],
    });
  });

  test('a handler does not run if nobody waits for it any more when the check is done', async () => {
    let finish = (): void => undefined;
    let calls = 0;
    const checking = new Promise<boolean>((resolve) => {
      finish = (): void => resolve(true);
    });
    const server = new ValidatedServer({ address: ANY_PORT });
    server.registerHandler(
      'slow',
      () => (calls += 1),
      z.any().refine(() => checking),
    );
    const client = await serving(server);
    await expect(client.sendRequest('slow', 1, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(0);
  });

  test('a schema stays when its handler is taken away, and may be replaced with the next one', async () => {
    const server = new ValidatedServer({ address: ANY_PORT });
    server.registerHandler('n', (n) => n + 1, Type.Number());
    server.unregisterHandler('n');
    server.registerHandler('n', (data) => data);
    const client = await serving(server);
    await expect(client.sendRequest('n', 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    server.unregisterHandler('n');
    server.registerHandler('n', (text) => text.length, Type.String());
    expect(await client.sendRequest('n', 'xyz')).toBe(3);
  });

  test('a requester that it is given is behind the check as well', async () => {
    const service = new Service({ handlers: { n: (data) => data } });
    const server = new ValidatedServer({ address: ANY_PORT, service }).registerValidator('n', Type.Number());
    const client = await serving(server);
    expect(await client.sendRequest('n', 1)).toBe(1);
    await expect(client.sendRequest('n', 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(() => server.registerHandler('m', () => 1)).toThrow(/register them there/);
  });

  test('what cannot be registered is refused, and leaves nothing behind', () => {
    const server = open(new ValidatedServer({ address: ANY_PORT }));
    expect(() => server.registerHandler('a', () => 1, { type: 'strin' })).toThrow(/the schema is not one/);
    for (const schema of [undefined, null]) {
      expect(() => server.registerHandler('a', () => 1, schema as never)).toThrow(/a schema is an object/);
    }
    expect(() => server.registerHandler('a', 5 as never, Type.Number())).toThrow(/must be a function/);
    expect(() => server.setDefaultHandler(5 as never)).toThrow(/must be a function/);
    expect(() => server.registerValidator('', Type.Number())).toThrow(/not empty/);
    server.registerHandler('a', () => 1, Type.Number());
    expect(() => server.registerHandler('a', () => 1)).toThrow(/has a handler already/);
    expect(() => new ValidatedServer(undefined as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
