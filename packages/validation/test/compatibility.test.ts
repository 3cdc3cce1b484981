import { describe, expect, test } from '@jest/globals';
import { MessageError } from '@liberzmq/core';
import { type } from 'arktype';
import { Type } from 'typebox';
import * as v from 'valibot';
import { z } from 'zod';
import { checkCompatibility } from '../src/compatibility/check-compatibility.js';
import { defineContract } from '../src/contract/define-contract.js';
import { describeContract, type ContractDescription } from '../src/contract/description.js';
import { validatorOf, type SchemaOptions } from '../src/index.js';

const A = Type.Object({ a: Type.Number() });
const AB = Type.Object({ a: Type.Number(), b: Type.String() });
const A_MAYBE_B = Type.Object({ a: Type.Number(), b: Type.Optional(Type.String()) });

type Definition = Omit<Parameters<typeof defineContract>[0], 'version'>;

/** What changes between two contracts, a line for each: `!` breaks, `?` is unclear. */
function changes(older: Definition, newer: Definition): string[] {
  const [one, other] = [older, newer].map((each) => defineContract({ version: '1', ...each }));
  const { compatible, breaking, unclear } = checkCompatibility(one!, other!);
  expect(compatible).toBe(breaking.length === 0);
  const line = (mark: string) => (change: (typeof breaking)[number]) =>
    `${mark} ${change.older} > ${change.newer} ${change.name} ${change.part} ${change.path}`.trimEnd();
  return [...breaking.map(line('!')), ...unclear.map(line('?'))];
}

const action = (definition: object): Definition => ({ actions: { add: definition } });

describe('actions', () => {
  test('the same ones fit', () => {
    expect(changes(action({ request: A, response: AB }), action({ request: A, response: AB }))).toEqual([]);
    expect(changes({}, {})).toEqual([]);
  });

  test('what a request needs breaks old clients, what an answer lacks too', () => {
    expect(changes(action({ request: A }), action({ request: AB }))).toEqual(['! client > server add request /b']);
    expect(changes(action({ request: AB }), action({ request: A }))).toEqual(['! server > client add request /b']);
    expect(changes(action({ response: AB }), action({ response: A }))).toEqual(['! client > server add response /b']);
    expect(changes(action({ response: A }), action({ response: AB }))).toEqual(['! server > client add response /b']);
  });

  test('an optional property may come and go', () => {
    expect(changes(action({ request: A, response: A }), action({ request: A_MAYBE_B, response: A_MAYBE_B }))).toEqual(
      [],
    );
    expect(changes(action({ request: A_MAYBE_B, response: A_MAYBE_B }), action({ request: A, response: A }))).toEqual(
      [],
    );
  });

  test('one that is not there', () => {
    expect(changes(action({}), {})).toEqual(['! client > server add name']);
    expect(changes({}, action({}))).toEqual(['! server > client add name']);
  });

  test('data that was not there', () => {
    expect(changes(action({}), action({ request: A }))).toEqual([
      '! client > server add request',
      '! server > client add request',
    ]);
    expect(changes(action({}), action({ request: Type.Optional(Type.Union([A, Type.Null()])) }))).toEqual([
      '! server > client add request',
    ]);
    expect(changes(action({}), action({ response: A }))).toEqual(['! server > client add response']);
    expect(changes(action({ response: Type.Unknown() }), action({}))).toEqual([]);
  });

  test('what may be repeated', () => {
    const [once, often] = [action({}), action({ idempotent: true })];
    expect(changes(often, once)).toEqual(['! client > server add idempotent']);
    expect(changes(once, often)).toEqual(['! server > client add idempotent']);
  });
});

describe('topics and tasks', () => {
  test('a topic that nobody publishes leaves its subscribers waiting', () => {
    const topics = { topics: { 'prices.eur': { message: A } } };
    expect(changes(topics, {})).toEqual(['! subscriber > publisher prices.eur name']);
    expect(changes({}, topics)).toEqual(['! publisher > subscriber prices.eur name']);
  });

  test('a topic is compared with the pattern that covers it', () => {
    const [one, all, rest] = ['prices.eur', 'prices.*', 'prices.>'].map((name) => ({
      topics: { [name]: { message: A } },
    }));
    expect(changes(one!, { topics: { 'prices.*': { message: AB } } })).toEqual([
      '! publisher > subscriber prices.eur message /b',
      '! publisher > subscriber prices.* name',
    ]);
    expect(changes(one!, all!)).toEqual(['! publisher > subscriber prices.* name']);
    expect(changes(rest!, all!)).toEqual(['! subscriber > publisher prices.> name']);
  });

  test('messages', () => {
    expect(changes({ topics: { t: { message: A } } }, { topics: { t: { message: AB } } })).toEqual([
      '! publisher > subscriber t message /b',
    ]);
  });

  test('a task that nobody can do', () => {
    const tasks = { tasks: { resize: { data: A } } };
    expect(changes(tasks, {})).toEqual(['! pusher > puller resize name']);
    expect(changes({}, tasks)).toEqual(['! puller > pusher resize name']);
    expect(changes({ tasks: { resize: { data: AB } } }, tasks)).toEqual(['! puller > pusher resize data /b']);
  });
});

describe('options of the reader', () => {
  const CLOSED = Type.Object({ a: Type.Number() }, { additionalProperties: false });
  const WITH_DEFAULT = Type.Object({ a: Type.Number(), b: Type.String({ default: 'x' }) });
  const both = (older: object, newer: object, options: SchemaOptions): string[] =>
    changes({ ...action({ request: older }) }, { ...action({ request: newer }), ...options });

  test.each<[string, object, object, SchemaOptions, string[]]>([
    ['defaults fill in', A, WITH_DEFAULT, { defaults: true }, []],
    ['defaults that are off do not', A, WITH_DEFAULT, {}, ['! client > server add request /b']],
    ['strip leaves out', AB, CLOSED, { clean: 'strip' }, ['! server > client add request /b']],
    [
      'without it nothing is left out',
      AB,
      CLOSED,
      {},
      ['! client > server add request /b', '! server > client add request /b'],
    ],
    ['refuse closes', A_MAYBE_B, A, { clean: 'refuse' }, ['! client > server add request /b']],
    ['refuse knows all parts', AB, Type.Intersect([A, Type.Object({ b: Type.String() })]), { clean: 'refuse' }, []],
    [
      'coerce may convert',
      Type.Object({ a: Type.String() }),
      A,
      { coerce: true },
      ['! server > client add request /a', '? client > server add request /a'],
    ],
  ])('%s', (_name, older, newer, options, expected) => {
    expect(both(older, newer, options)).toEqual(expected);
  });

  test('a validator brings its own', () => {
    const newer = validatorOf(WITH_DEFAULT, { defaults: true });
    expect(changes(action({ request: A }), action({ request: newer }))).toEqual([]);
  });
});

describe('other libraries', () => {
  test('zod and arktype are compared by what goes in', () => {
    const older = z.object({ age: z.string().transform(Number), kind: z.enum(['a', 'b']) });
    const newer = type({ age: 'string', kind: "'a'" });
    expect(changes(action({ request: older }), action({ request: newer }))).toEqual([
      '! client > server add request /kind',
    ]);
    expect(changes(action({ request: older }), action({ request: validatorOf(older) }))).toEqual([]);
  });

  test('a default of zod is optional to send', () => {
    const older = z.object({ a: z.number() });
    expect(
      changes(action({ request: older }), action({ request: older.extend({ b: z.string().default('x') }) })),
    ).toEqual([]);
  });

  test('what tells nothing is unclear, also to itself', () => {
    for (const schema of [v.object({ a: v.number() }), z.object({ at: z.date() })]) {
      expect(changes(action({ request: schema }), action({ request: schema }))).toEqual([
        '? client > server add request',
        '? server > client add request',
      ]);
      const contract = defineContract({ version: '1', actions: { add: { request: schema } } });
      expect(checkCompatibility(contract, contract)).toEqual({ compatible: true, breaking: [], unclear: [] });
    }
  });
});

test('messages say what is wrong', () => {
  const older = defineContract({ version: '1', actions: { add: { request: A } } });
  const newer = defineContract({ version: '2', actions: { add: { request: AB } } });
  expect(checkCompatibility(older, newer)).toEqual({
    compatible: false,
    breaking: [
      {
        kind: 'action',
        name: 'add',
        part: 'request',
        older: 'client',
        newer: 'server',
        path: '/b',
        message: 'must be there, but may be missing',
      },
    ],
    unclear: [],
  });
});

describe('descriptions of others', () => {
  const contract = defineContract({ version: '1', ...action({ request: AB, response: A }) });
  const described = (request: unknown): ContractDescription =>
    ({
      version: '1',
      title: '',
      fingerprint: '',
      topics: {},
      tasks: {},
      actions: { add: { request, response: null, idempotent: false } },
    }) as never;

  test('a description is as good as the contract, after JSON too', () => {
    const newer = defineContract({ version: '2', ...action({ request: A, response: AB }) });
    const sent = JSON.parse(JSON.stringify(describeContract(newer))) as ContractDescription;
    expect(checkCompatibility(contract, sent)).toEqual(checkCompatibility(contract, newer));
    expect(checkCompatibility(sent, newer)).toEqual({ compatible: true, breaking: [], unclear: [] });
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'contract'],
    ['a list', []],
    ['without actions', { topics: {}, tasks: {} }],
    ['entries that are none', { actions: { a: 1 }, topics: {}, tasks: {} }],
    ['a schema that is none', described(5)],
    ['a keyword that is none', described({ properties: 5 })],
    ['a schema within that is none', described({ properties: { a: [] } })],
    ['no schema of a topic', { actions: {}, topics: { t: {} }, tasks: {} }],
    ['too deep', described(Array.from({ length: 5_000 }).reduce<object>((not) => ({ not }), {}))],
    ['too large', described({ const: 'x'.repeat(10_000_000) })],
    ['a type that is none', described({ type: 'strnig' })],
  ])('%s is refused', (_name, description) => {
    expect(() => checkCompatibility(contract, description as never)).toThrow(MessageError);
    expect(() => checkCompatibility(description as never, contract)).toThrow(/this describes no contract/);
  });

  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`p${String(at)}`, { $ref: '#/$defs/A' }]));
  const many = Array.from({ length: 300 }, (_, at) => ({
    type: 'object',
    properties: { [`p${String(at)}`]: { const: at } },
  }));
  test.each<[string, unknown]>([
    ['a reference to itself', { $ref: '#' }],
    ['references in a ring', { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } } }],
    ['a ring of allOf', { allOf: [{ $ref: '#' }, { $ref: '#' }] }],
    [
      'allOf that grows',
      {
        $ref: '#/$defs/A',
        $defs: {
          A: { properties: { a: { allOf: [{ $ref: '#/$defs/A' }, { properties: { a: { $ref: '#/$defs/A' } } }] } } },
        },
      },
    ],
    ['a wide ring', { $ref: '#/$defs/A', $defs: { A: { type: 'object', properties: wide } } }],
    ['many products', { allOf: [{ anyOf: many }, { anyOf: many }, { anyOf: many }] }],
    [
      'unions of unions',
      Array.from({ length: 14 }).reduce<object>((each) => ({ anyOf: [each, { items: each }] }), { type: 'string' }),
    ],
    [
      'a dangerous pattern',
      { type: 'object', patternProperties: { '^(a+)+$': false }, propertyNames: { pattern: '^(a|a)*$' } },
    ],
    [
      'many patterns',
      {
        type: 'object',
        patternProperties: Object.fromEntries(
          Array.from({ length: 3_000 }, (_, at) => [`^(a|b${String(at)})*(c|d)*$`, {}]),
        ),
      },
    ],
    [
      'a property that all objects have',
      JSON.parse(
        '{"type":"object","properties":{"__proto__":{"type":"string"},"toString":{}},"required":["constructor"]}',
      ),
    ],
  ])('%s ends', (_name, schema) => {
    const started = performance.now();
    for (const other of [
      described(schema),
      described({ type: 'object', properties: wide, $defs: { A: {} } }),
      contract,
    ]) {
      for (const [older, newer] of [
        [described(schema), other],
        [other, described(schema)],
      ] as const) {
        expect(checkCompatibility(older, newer)).toEqual({
          compatible: expect.any(Boolean),
          breaking: expect.any(Array),
          unclear: expect.any(Array),
        });
      }
    }
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

test('a contract of 200 actions that have all changed is compared in full', () => {
  const request = (more: object): object =>
    Type.Object({
      ...Object.fromEntries(
        Array.from({ length: 20 }, (_, at) => [`field${String(at)}`, Type.String({ maxLength: 10 })]),
      ),
      kind: Type.Union(Array.from({ length: 20 }, (_, at) => Type.Literal(`kind${String(at)}`))),
      items: Type.Array(Type.Object({ id: Type.Integer(), ...more })),
    });
  const contract = (more: object): Definition => ({
    actions: Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [`a${String(at)}`, { request: request(more), response: request(more) }]),
    ),
  });
  const found = changes(contract({}), contract({ count: Type.Number() }));
  expect(found.length).toBe(400);
  expect(found.every((line) => line.startsWith('!') && line.endsWith('/items/*/count'))).toBe(true);
});
