import { describe, expect, test } from '@jest/globals';
import asyncApi from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Type } from 'typebox';
import * as v from 'valibot';
import { z } from 'zod';
import { defineContract } from '../src/contract/define-contract.js';
import { describeContract } from '../src/contract/description.js';
import { toAsyncApi } from '../src/documents/async-api.js';
import { toJsonSchema } from '../src/documents/json-schema.js';

const Node = Type.Cyclic(
  { Node: Type.Object({ value: Type.Number(), next: Type.Optional(Type.Ref('Node')) }) },
  'Node',
);
const SERVERS = { main: 'tcp://10.0.0.1:5556', local: { address: 'ipc:///run/shop', description: 'On this machine' } };

const everything = defineContract({
  version: '1.2.3',
  title: 'Shop',
  description: 'All of it',
  actions: {
    order: {
      request: Type.Object({
        tree: Node,
        pair: Type.Tuple([Type.String(), Type.Number()]),
        id: Type.BigInt({ minimum: 1n }),
      }),
      response: Type.Union([Type.Null(), Type.Literal('done')]),
      idempotent: true,
      timeoutMs: 500,
      description: 'Orders',
    },
    ping: {},
  },
  topics: {
    'prices.*': { message: Type.Record(Type.String(), Type.Number()), description: 'Prices' },
    'log.*.>': { message: Type.Unknown() },
  },
  tasks: { resize: { data: Type.Intersect([Type.Object({ a: Type.Null() }), Type.Object({ b: Type.Null() })]) } },
});

const Person = z.object({
  name: z.string(),
  get friends() {
    return z.array(Person).optional();
  },
});
const CONTRACTS: Record<string, Parameters<typeof toAsyncApi>[0]> = {
  nothing: defineContract({ version: '1' }),
  everything,
  cyclic: defineContract({
    version: '1',
    actions: { walk: { request: Node, response: Type.Array(Node) }, again: { request: Type.Object({ Node }) } },
  }),
  'other libraries': defineContract({
    version: '1',
    actions: {
      zod: { request: Person, response: z.object({ best: Person, at: z.iso.date() }) },
      valibot: { request: v.string(), response: z.date() },
    },
  }),
  'odd names': defineContract({
    version: '1',
    actions: {
      'a/b': { request: Type.String() },
      'a~b': { request: Node },
      'a b': { request: Type.Number() },
      'a{b}%': { request: Type.Null() },
      ä: { request: Type.Null() },
      a_b: { request: Type.Null() },
      'x.request': { request: Type.Null() },
      x: { request: Type.Cyclic({ request: Type.Object({ me: Type.Optional(Type.Ref('request')) }) }, 'request') },
    },
    topics: { '>': { message: Type.Null() }, 'a.{b}': { message: Type.Null() }, 'part1.*': { message: Type.Null() } },
    tasks: {
      'a b': {
        data: Type.Unsafe<unknown>({
          $ref: '#/definitions/a~1b',
          title: 'beside',
          definitions: { 'a/b': { type: 'string' } },
        }),
      },
    },
  }),
  'many actions': defineContract({
    version: '1',
    actions: Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [
        `action${String(at)}`,
        { request: Type.Object({ a: Type.Number() }), response: Type.String() },
      ]),
    ),
  }),
};

describe.each(Object.entries(CONTRACTS))('%s', (_name, contract) => {
  test('is JSON', () => {
    for (const json of [
      describeContract(contract),
      toJsonSchema(contract),
      toAsyncApi(contract, { servers: SERVERS }),
    ]) {
      expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    }
  });

  test('is a JSON Schema, with references that lead somewhere', () => {
    const document = toJsonSchema(contract);
    const ajv = new Ajv2020({ strict: false, formats: { date: true } });
    expect(ajv.validateSchema(document)).toBe(true);
    ajv.addSchema(document, 'contract');
    for (const name of Object.keys(document.$defs)) {
      const pointer = encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
      expect(ajv.compile({ $ref: `contract#/$defs/${pointer}` })).toEqual(expect.any(Function));
    }
  });

  test('is an AsyncAPI document', async () => {
    const diagnostics = await new asyncApi.Parser().validate(toAsyncApi(contract, { servers: SERVERS }) as never);
    expect(diagnostics).toEqual([]);
  }, 60_000);
});

describe('toJsonSchema', () => {
  test('says where each schema stands', () => {
    const { $defs, ...rest } = toJsonSchema(everything);
    expect(rest).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Shop',
      description: 'All of it',
      $comment: `version 1.2.3, fingerprint ${everything.fingerprint}`,
    });
    expect(Object.keys($defs)).toEqual([
      'actions.order.request',
      'actions.order.request.Node',
      'actions.order.response',
      'topics.prices.*',
      'topics.log.*.>',
      'tasks.resize',
    ]);
    expect($defs['actions.order.request']).toMatchObject({
      properties: {
        tree: { $ref: '#/$defs/actions.order.request.Node' },
        pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false },
        id: { 'x-liberzmq-type': 'bigint', 'x-liberzmq-limits': { minimum: '1n' } },
      },
    });
  });

  test('checks as the contract does', () => {
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(toJsonSchema(everything), 'shop');
    const check = ajv.compile({ $ref: 'shop#/$defs/actions.order.request' });
    const data = { tree: { value: 1, next: { value: 2 } }, pair: ['a', 1], id: '5' };
    expect(check(data)).toBe(true);
    expect(check({ ...data, tree: { value: 1, next: { value: 'x' } } })).toBe(false);
    expect(check({ ...data, pair: ['a', 1, 2] })).toBe(false);
  });

  test('what tells nothing allows anything', () => {
    const { $defs } = toJsonSchema(CONTRACTS['other libraries']!);
    expect($defs['actions.valibot.request']).toEqual({ 'x-liberzmq-opaque': 'valibot' });
    expect($defs['actions.valibot.response']).toEqual({ 'x-liberzmq-opaque': 'zod' });
  });
});

describe('toAsyncApi', () => {
  const document = toAsyncApi(everything, { servers: SERVERS });

  test('servers, with what ZeroMQ speaks for a protocol', () => {
    expect(document.servers).toEqual({
      main: { host: '10.0.0.1:5556', protocol: 'zmtp', protocolVersion: '3.1' },
      local: {
        host: 'localhost',
        pathname: '/run/shop',
        protocol: 'zmtp-ipc',
        protocolVersion: '3.1',
        description: 'On this machine',
      },
    });
    expect(document.defaultContentType).toBe('application/json');
    expect(toAsyncApi(everything, { servers: {}, contentType: 'application/msgpack' }).defaultContentType).toBe(
      'application/msgpack',
    );
  });

  test('an action is received, and replied to with a result or an error', () => {
    expect(document.channels['actions.order']).toMatchObject({ address: 'order', description: 'Orders' });
    expect(document.operations['actions.order']).toEqual({
      action: 'receive',
      channel: { $ref: '#/channels/actions.order' },
      description: 'Orders',
      messages: [{ $ref: '#/channels/actions.order/messages/request' }],
      reply: {
        channel: { $ref: '#/channels/actions.order' },
        messages: [
          { $ref: '#/channels/actions.order/messages/response' },
          { $ref: '#/channels/actions.order/messages/error' },
        ],
      },
      'x-liberzmq-idempotent': true,
      'x-liberzmq-timeout-ms': 500,
    });
    expect(document.components.messages['actions.ping.request']).toEqual({ name: 'ping' });
    expect(document.components.schemas['actions.order.request']).toMatchObject({
      properties: { pair: { items: [{ type: 'string' }, { type: 'number' }], additionalItems: false } },
    });
  });

  test('a topic is sent, and its wildcards are parameters; a task is received', () => {
    expect(document.operations['topics.prices._']).toMatchObject({ action: 'send' });
    expect(document.channels['topics.prices._']).toMatchObject({
      address: 'prices.{part2}',
      parameters: { part2: { description: expect.any(String) } },
    });
    expect(document.channels['topics.log._._']).toMatchObject({ address: 'log.{part2}.{rest}' });
    expect(document.operations['tasks.resize']).toMatchObject({ action: 'receive' });
  });

  test.each<[string, unknown]>([
    ['no options', undefined],
    ['no servers', {}],
    ['an unknown option', { servers: {}, host: 'x' }],
    ['servers that are a list', { servers: ['tcp://10.0.0.1:5556'] }],
    ['an address that is none', { servers: { main: '10.0.0.1:5556' } }],
    ['a transport of one process', { servers: { main: 'inproc://x' } }],
    ['an unknown option of a server', { servers: { main: { address: 'tcp://h:1', port: 1 } } }],
    ['a description that is none', { servers: { main: { address: 'tcp://h:1', description: 1 } } }],
    ['a media type that is none', { servers: {}, contentType: 5 }],
  ])('%s is refused', (_name, options) => {
    expect(() => toAsyncApi(everything, options as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
