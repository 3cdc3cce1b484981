import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { z } from 'zod';
import {
  checkCompatibility,
  defineContract,
  describeContract,
  toAsyncApi,
  toJsonSchema,
  type Contract,
} from '../src/index.js';
import { errorOf } from './endpoints.js';

const text = Type.String();

describe('defineContract', () => {
  test('what is left out is empty', () => {
    const contract = defineContract({ version: '2' });
    expect(contract).toMatchObject({ version: '2', title: 'contract', actions: {}, topics: {}, tasks: {} });
  });

  test('it cannot be changed afterwards, nor by changing what it was made of', () => {
    const actions = { echo: { request: text, response: text } };
    const contract: Contract = defineContract({ version: '1', actions });
    Object.assign(actions, { other: {} });
    expect(Object.keys(contract.actions)).toEqual(['echo']);
    expect(() => Object.assign(contract.actions, { other: {} })).toThrow(TypeError);
    expect(() => Object.assign(contract, { version: '2' })).toThrow(TypeError);
    const { fingerprint } = contract;
    Object.assign(actions.echo, { idempotent: true });
    expect(() => Object.assign(contract.actions.echo ?? {}, { idempotent: true })).toThrow(TypeError);
    expect(() => Object.assign(contract.schemaOptions, { coerce: true })).toThrow(TypeError);
    expect(defineContract({ version: '1', actions: { echo: { request: text, response: text } } }).fingerprint).toBe(
      fingerprint,
    );
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'options must be an object'],
    ['no version', {}, 'version must be a string'],
    ['an empty version', { version: '' }, 'version must be a string'],
    ['a version that is a number', { version: 1 }, 'version must be a string'],
    ['an unknown part', { version: '1', action: {} }, "unknown option 'action'"],
    ['actions that are a list', { version: '1', actions: [] }, 'actions must be an object'],
    ['actions that are a map', { version: '1', actions: new Map([['add', {}]]) }, 'actions must be an object'],
    [
      'an option that is none',
      { version: '1', coerce: 'yes' },
      "defineContract: option 'coerce' must be true or false",
    ],
    ['actions that are a text', { version: '1', actions: 'add' }, 'actions must be an object'],
    ['an action that is none', { version: '1', actions: { add: null } }, "action 'add': options must be an object"],
    ['a schema that is none', { version: '1', actions: { add: { request: 5 } } }, "action 'add': request: the schema"],
    ['a response that is none', { version: '1', actions: { add: { response: 'x' } } }, "action 'add': response: the"],
    ['a mistake in an action', { version: '1', actions: { add: { timeout: 5 } } }, "unknown option 'timeout'"],
    [
      'a time limit of 0',
      { version: '1', actions: { add: { timeoutMs: 0 } } },
      "action 'add': timeoutMs must be above",
    ],
    ['a time limit that is none', { version: '1', actions: { add: { timeoutMs: '5' } } }, 'timeoutMs must be above 0'],
    ['idempotent as a text', { version: '1', actions: { add: { idempotent: 'yes' } } }, 'must be true or false'],
    ['a reserved name', { version: '1', actions: { $contract: {} } }, "action '$contract': names that begin with $"],
    ['an action without a name', { version: '1', actions: { '': {} } }, "action '': request"],
    ['a topic without a message', { version: '1', topics: { news: {} } }, "topic 'news': message: the schema"],
    ['a pattern that is none', { version: '1', topics: { 'a.>.b': { message: text } } }, "topic 'a.>.b': message: the"],
    ['a task without data', { version: '1', tasks: { resize: {} } }, "task 'resize': data: the schema"],
    ['a description that is none', { version: '1', description: 5 }, 'description must be a string'],
    ['an empty description', { version: '1', tasks: { a: { data: text, description: '' } } }, "task 'a': description"],
    [
      'a pattern that may hang',
      { version: '1', topics: { news: { message: Type.String({ pattern: '^(a+)+$' }) } } },
      "topic 'news': message: the schema is not one at /pattern",
    ],
    ['an option that is none', { version: '1', coerce: 'yes', tasks: { a: { data: text } } }, "option 'coerce'"],
  ])('%s is refused', (_name, definition, message) => {
    expect(errorOf(() => defineContract(definition as { version: string }))).toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(message),
    });
  });

  test('the fingerprint tells whether the same crosses the wire', () => {
    const one = defineContract({ version: '1', actions: { a: { request: text }, b: {} } });
    const sameInOtherWords = defineContract({
      version: '2',
      title: 'other words',
      actions: { b: { timeoutMs: 5, description: 'b' }, a: { request: Type.String({ description: 'a text' }) } },
    });
    const other = defineContract({ version: '1', actions: { a: { request: Type.Number() }, b: {} } });
    expect(one.fingerprint).toBe(sameInOtherWords.fingerprint);
    expect(one.fingerprint).not.toBe(other.fingerprint);
  });

  test.each([null, undefined, 5, {}, { version: '1', actions: {} }])('%j is no contract', (given) => {
    for (const call of [describeContract, toJsonSchema, (it: never) => toAsyncApi(it, { servers: {} })]) {
      expect(errorOf(() => call(given as never))).toMatchObject({ code: 'BAD_OPTION' });
    }
    expect(errorOf(() => checkCompatibility(given as never, given as never))).toMatchObject({ code: 'PROTOCOL' });
  });

  test('its description can be kept as JSON, and be compared with a later one', () => {
    const kept: unknown = JSON.parse(
      JSON.stringify(describeContract(defineContract({ version: '1', actions: { a: { request: text } } }))),
    );
    const later = defineContract({ version: '2', actions: { a: { request: Type.Number() } } });
    expect(checkCompatibility(kept as never, later).breaking).toMatchObject([
      { name: 'a', part: 'request', older: 'client', newer: 'server' },
      { name: 'a', part: 'request', older: 'server', newer: 'client' },
    ]);
  });

  test('its options hold for TypeBox schemas; others say such things themselves', () => {
    expect(() => defineContract({ version: '1', coerce: true, topics: { a: { message: z.string() } } })).not.toThrow();
  });
});
