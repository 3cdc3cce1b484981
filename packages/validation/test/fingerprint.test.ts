import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import * as v from 'valibot';
import { defineContract } from '../src/contract/define-contract.js';
import { describeContract } from '../src/contract/description.js';
import { fingerprintOf } from '../src/contract/fingerprint.js';
import { validatorOf, type Schema, type SchemaOptions } from '../src/index.js';

const of = (request: Schema, options: SchemaOptions = {}): string =>
  fingerprintOf(defineContract({ version: '1', actions: { a: { request } }, ...options }));

/** A promise: contracts out there are told apart by it. */
test('a contract keeps its fingerprint from release to release', () => {
  const contract = defineContract({
    version: '1.0.0',
    actions: {
      calculate: {
        request: Type.Object({
          a: Type.Number({ minimum: 0 }),
          b: Type.Number(),
          operation: Type.Optional(Type.Union([Type.Literal('add'), Type.Literal('divide')])),
        }),
        response: Type.Object({ result: Type.Number() }),
        idempotent: true,
      },
      ping: {},
    },
    topics: { 'prices.*': { message: Type.Tuple([Type.String({ format: 'date' }), Type.BigInt({ minimum: 1n })]) } },
    tasks: {
      walk: { data: Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Type.Ref('Node')) }) }, 'Node') },
    },
  });
  expect(contract.fingerprint).toBe('b5bd12344fea213fa7c3def9dc22c718');
  expect(fingerprintOf(contract)).toBe(contract.fingerprint);
  expect(describeContract(contract).fingerprint).toBe(contract.fingerprint);
});

describe('what does not count', () => {
  test('versions, titles, descriptions, time limits, and the order of names', () => {
    const one = defineContract({
      version: '1',
      actions: { a: { timeoutMs: 5, description: 'x' }, b: {} },
      topics: { t: { message: Type.String() } },
    });
    const other = defineContract({
      version: '2',
      title: 'x',
      description: 'y',
      topics: { t: { message: Type.String(), description: 'z' } },
      actions: { b: { timeoutMs: Infinity }, a: {} },
    });
    expect(other.fingerprint).toBe(one.fingerprint);
  });

  test.each<[string, Schema, Schema]>([
    [
      'annotations',
      Type.String(),
      Type.String({ title: 't', description: 'd', examples: ['e'], default: 'f', 'x-note': 1 }),
    ],
    [
      'the order of properties',
      Type.Object({ a: Type.Null(), b: Type.Null() }),
      Type.Object({ b: Type.Null(), a: Type.Null() }),
    ],
    ['the order of a union', Type.Union([Type.Null(), Type.String()]), Type.Union([Type.String(), Type.Null()])],
    ['the order of an enum', Type.Enum(['a', 'b']), Type.Enum(['b', 'a'])],
    ['true and {}', Type.Array(Type.Unknown()), Type.Array(Type.Unsafe({}))],
    ['a validator without options', Type.String(), validatorOf(Type.String())],
    ['what cannot be seen', v.string(), v.number()],
  ])('%s', (_name, one, other) => {
    expect(of(other)).toBe(of(one));
  });
});

describe('what counts', () => {
  test.each<[string, Schema, Schema]>([
    ['a type', Type.String(), Type.Number()],
    ['a limit', Type.String(), Type.String({ minLength: 1 })],
    ['a limit of a bigint', Type.BigInt({ minimum: 1n }), Type.BigInt({ minimum: 2n })],
    ['what is optional', Type.Object({ a: Type.Null() }), Type.Object({ a: Type.Optional(Type.Null()) })],
    [
      'properties that are called like annotations',
      Type.Object({ title: Type.Null() }),
      Type.Object({ description: Type.Null() }),
    ],
    ['the order of a tuple', Type.Tuple([Type.Null(), Type.String()]), Type.Tuple([Type.String(), Type.Null()])],
    ['that a function checks', Type.String(), Type.Refine(Type.String(), () => true)],
    ['no data and any data', Type.Undefined(), Type.Unknown()],
    ['options of a validator', Type.String(), validatorOf(Type.String(), { coerce: true })],
  ])('%s', (_name, one, other) => {
    expect(of(other)).not.toBe(of(one));
  });

  test('idempotent, names and options', () => {
    const contracts = [
      defineContract({ version: '1', actions: { a: {} } }),
      defineContract({ version: '1', actions: { b: {} } }),
      defineContract({ version: '1', actions: { a: { idempotent: true } } }),
      defineContract({ version: '1', topics: { a: { message: Type.Null() } } }),
      defineContract({ version: '1', tasks: { a: { data: Type.Null() } } }),
      defineContract({ version: '1', tasks: { a: { data: Type.Null() } }, clean: 'strip' }),
      defineContract({ version: '1', tasks: { a: { data: Type.Null() } }, clean: 'refuse' }),
    ];
    expect(new Set(contracts.map(({ fingerprint }) => fingerprint)).size).toBe(contracts.length);
  });

  test('a default, where it is filled in', () => {
    const [one, other] = ['x', 'y'].map((each) => Type.Object({ a: Type.String({ default: each }) }));
    expect(of(one!)).toBe(of(other!));
    expect(of(one!, { defaults: true })).not.toBe(of(other!, { defaults: true }));
  });
});
