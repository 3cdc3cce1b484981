import { describe, expect, test } from '@jest/globals';
import type { ValidationIssue } from '@liberzmq/core';
import { Type } from 'typebox';
import { validatorOf, type Checked, type Schema, type SchemaOptions } from '../src/index.js';

const UserMessage = Type.Object({
  user_id: Type.Integer(),
  username: Type.String({ minLength: 1 }),
  email: Type.String({ format: 'email' }),
  age: Type.Integer({ minimum: 0 }),
});
const JOHN = { user_id: 1, username: 'john_doe', email: 'john@example.com', age: 25 };

function check(schema: Schema, value: unknown, options?: SchemaOptions): Checked<unknown> {
  const checked = validatorOf(schema, options).check(value);
  if (checked instanceof Promise) throw new Error('must be synchronous');
  return checked;
}

function issuesOf(schema: Schema, value: unknown, options?: SchemaOptions): readonly ValidationIssue[] {
  return check(schema, value, options).issues ?? [];
}

function valueOf(schema: Schema, value: unknown, options?: SchemaOptions): unknown {
  const checked = check(schema, value, options);
  expect(checked.issues).toBeUndefined();
  return (checked as { value: unknown }).value;
}

test('what is valid comes out as the same object', () => {
  expect(valueOf(UserMessage, JOHN)).toBe(JOHN);
  for (const options of [{ coerce: true }, { defaults: true }, { clean: 'strip' }, { clean: 'refuse' }] as const) {
    expect(valueOf(UserMessage, JOHN, options)).toBe(JOHN);
  }
});

test('all that is wrong is told, with where, what would be right, and what is there', () => {
  expect(issuesOf(UserMessage, { user_id: 'invalid', username: '', email: 'invalid' })).toEqual([
    { path: '/age', message: 'is missing', expected: 'integer', received: 'nothing' },
    { path: '/user_id', message: 'must be integer', expected: 'integer', received: 'string "invalid"' },
    {
      path: '/username',
      message: 'must not have fewer than 1 characters',
      expected: 'string',
      received: 'string ""',
    },
    { path: '/email', message: 'must match format "email"', expected: 'email', received: 'string "invalid"' },
  ]);
  expect(issuesOf(UserMessage, { ...JOHN, age: -1 })).toEqual([
    { path: '/age', message: 'must be >= 0', expected: 'integer', received: 'number -1' },
  ]);
});

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [[1, 2], 'array of 2'],
  [true, 'boolean true'],
  [new Date(0), 'date'],
  [Buffer.alloc(3), '3 bytes'],
  [10n ** 50n, 'bigint'],
  [7n, 'bigint 7'],
  ['line\nend', 'string "line\\nend"'],
  [(): number => 1, 'function'],
  [{ a: 1 }, 'object'],
  ['s'.repeat(1e6), `string "${'s'.repeat(29)}...`],
])('what is received is described shortly: %#', (value, received) => {
  expect(issuesOf(Type.Enum(['nobody']), value)).toEqual([expect.objectContaining({ path: '', received })]);
});

test('alternatives of which none fits are one issue', () => {
  const operation = Type.Union([Type.Literal('add'), Type.Literal('subtract'), Type.Null()]);
  expect(issuesOf(Type.Object({ operation }), { operation: 'power' })).toEqual([
    {
      path: '/operation',
      message: 'must be "add" or "subtract" or null',
      expected: '"add" or "subtract" or null',
      received: 'string "power"',
    },
  ]);
  const many = Type.Union(Array.from({ length: 30 }, (_, number) => Type.Literal(number)));
  expect(issuesOf(many, 'x')).toHaveLength(1);
});

test('more alternatives than the one that may fit are told as such', () => {
  const schema = { oneOf: [{ type: 'number' }, { type: 'integer' }] };
  expect(issuesOf(schema, 5)).toEqual([
    expect.objectContaining({ path: '', message: 'must match exactly one schema in oneOf', received: 'number 5' }),
  ]);
  expect(issuesOf(schema, 'x')).toEqual([expect.objectContaining({ message: 'must be number or integer' })]);
});

test('alternatives that are objects tell what is wrong inside', () => {
  const shape = Type.Union([
    Type.Object({ kind: Type.Literal('circle'), radius: Type.Number() }),
    Type.Object({ kind: Type.Literal('square'), side: Type.Number() }),
  ]);
  expect(issuesOf(shape, { kind: 'circle', radius: '1' })).toEqual([
    { path: '/radius', message: 'must be number', expected: 'number', received: 'string "1"' },
  ]);
  expect(issuesOf(shape, { kind: 'triangle', side: 1 }).map(({ path, message }) => `${path} ${message}`)).toEqual([
    '/radius is missing',
    '/kind must be "circle"',
    '/kind must be "square"',
  ]);
  expect(issuesOf(Type.Object({ shape: Type.Optional(shape) }), { shape: 5 })).toEqual([
    expect.objectContaining({ path: '/shape', message: 'must be object' }),
  ]);
});

test.each([
  [
    { allOf: [{ required: ['a'] }, { minProperties: 2 }] },
    {},
    ['/a is missing', ' must not have fewer than 2 properties'],
  ],
  [{ not: { type: 'string' } }, 'x', [' must not be string']],
  [
    { if: { type: 'string' }, then: { minLength: 2 }, else: { minimum: 5 } },
    'x',
    [' must not have fewer than 2 characters'],
  ],
  [{ if: { type: 'string' }, then: { minLength: 2 }, else: { minimum: 5 } }, 3, [' must be >= 5']],
  [{ dependentRequired: { a: ['b'] } }, { a: 1 }, ['/b is missing']],
  [
    { dependencies: { a: ['b'], c: { maxProperties: 1 } } },
    { a: 1, c: 2 },
    ['/b is missing', ' must not have more than 1 properties'],
  ],
  [{ dependentSchemas: { a: { required: ['b'] } } }, { a: 1 }, ['/b is missing']],
  [{ patternProperties: { '^n': { type: 'number' } } }, { n1: 'x', s: 'x' }, ['/n1 must be number']],
  [
    { properties: { a: {} }, patternProperties: { '^n': {} }, additionalProperties: { type: 'number' } },
    { a: 'x', n: 'x', b: 'x' },
    ['/b must be number'],
  ],
  [{ propertyNames: { maxLength: 2 } }, { abc: 1 }, ['/abc is not a valid name of a property']],
  [
    { prefixItems: [{ type: 'number' }], items: { type: 'string' } },
    ['x', 5],
    ['/0 must be number', '/1 must be string'],
  ],
  [{ items: [{ type: 'number' }], additionalItems: false }, [1, 5], ['/1 must not be there']],
  [{ items: { type: 'number' }, minItems: 3 }, [1, 'x'], [' must not have fewer than 3 items', '/1 must be number']],
  [{ contains: { type: 'number' } }, ['x'], [' must contain 1 or more: number']],
  [{ contains: { type: 'number' }, maxContains: 1 }, [1, 2], [' must contain 1 at most: number']],
  [{ properties: { a: false } }, { a: 1 }, ['/a must not be there']],
  [{ const: { a: 1 } }, {}, [' must be {"a":1}']],
  [{ type: ['string', 'null'] }, 5, [' must be string or null']],
  [{ multipleOf: 5, maximum: 3 }, 7, [' must be <= 3']],
  [
    { properties: { a: {} }, unevaluatedProperties: false },
    { b: 1 },
    [' must not have properties that no part of it knows'],
  ],
  [{ prefixItems: [{}], unevaluatedItems: false }, [1, 2], [' must not have items that no part of it knows']],
  [
    Type.Refine(
      Type.Number(),
      (n) => n > 5,
      () => 'must be more',
    ),
    5,
    [' must be more'],
  ],
  [
    Type.Refine(
      Type.Number(),
      (n) => n > 5,
      () => 'must be more',
    ),
    'x',
    [' must be number'],
  ],
] as [Schema, unknown, string[]][])('each keyword says what is wrong: %j', (schema, value, expected) => {
  expect(issuesOf(schema, value).map(({ path, message }) => `${path} ${message}`)).toEqual(expected);
});

test('paths are JSON pointers, also through references', () => {
  const Tree = Type.Cyclic(
    { Node: Type.Object({ 'a/b~c': Type.Number(), children: Type.Array(Type.Ref('Node')) }) },
    'Node',
  );
  expect(issuesOf(Tree, { 'a/b~c': 1, children: [{ 'a/b~c': '1', children: [] }, { children: [] }] })).toEqual([
    { path: '/children/0/a~1b~0c', message: 'must be number', expected: 'number', received: 'string "1"' },
    { path: '/children/1/a~1b~0c', message: 'is missing', expected: 'number', received: 'nothing' },
  ]);
});

describe('options', () => {
  const Page = Type.Object({
    number: Type.Integer(),
    size: Type.Optional(Type.Integer({ default: 20 })),
    filter: Type.Optional(Type.Object({ tags: Type.Array(Type.String()) })),
  });

  test('coerce converts what is not valid, on a copy', () => {
    const given = Object.freeze({ number: '5', filter: Object.freeze({ tags: [] }) });
    expect(valueOf(Page, given, { coerce: true })).toEqual({ number: 5, filter: { tags: [] } });
    expect(given.number).toBe('5');
    expect(issuesOf(Page, { number: 'five' }, { coerce: true })).toEqual([
      expect.objectContaining({ path: '/number', received: 'string "five"' }),
    ]);
    expect(issuesOf(Page, { number: '5' })).toHaveLength(1);
  });

  test('defaults fill in what is missing, on a copy', () => {
    const given = Object.freeze({ number: 5 });
    expect(valueOf(Page, given, { defaults: true })).toEqual({ number: 5, size: 20 });
    expect(valueOf(Page, given)).toBe(given);
  });

  test('clean strips or refuses unknown properties', () => {
    const given = Object.freeze({ number: 5, filter: Object.freeze({ tags: [], more: 1 }), extra: 'x' });
    expect(valueOf(Page, given)).toBe(given);
    expect(valueOf(Page, given, { clean: 'strip' })).toEqual({ number: 5, filter: { tags: [] } });
    expect(issuesOf(Page, given, { clean: 'refuse' })).toEqual([
      { path: '/filter/more', message: 'is not a known property', expected: 'nothing', received: 'number 1' },
      { path: '/extra', message: 'is not a known property', expected: 'nothing', received: 'string "x"' },
    ]);
    const inherited = JSON.parse('{"number":5,"toString":1,"constructor":2,"__proto__":{"size":3}}') as object;
    expect(valueOf(Page, inherited, { clean: 'strip' })).toEqual({ number: 5 });
    expect(issuesOf(Page, inherited, { clean: 'refuse' }).map(({ path }) => path)).toEqual([
      '/toString',
      '/constructor',
      '/__proto__',
    ]);
  });

  test('all together', () => {
    const all = { coerce: true, defaults: true, clean: 'strip' } as const;
    expect(valueOf(Page, { number: '5', extra: 1 }, all)).toEqual({ number: 5, size: 20 });
  });

  test('a copy keeps what is no plain object, and own properties called __proto__', () => {
    const Open = Type.Object({ at: Type.Unknown(), number: Type.Integer() });
    const at = new Date(0);
    const given = Object.assign(JSON.parse('{"__proto__":{"a":1},"number":"1"}') as object, { at });
    const value = valueOf(Open, given, { coerce: true }) as { at: Date; number: number };
    expect(value.at).toBe(at);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ a: 1 });
  });

  test('instances of classes are not changed either, and bytes are left alone', () => {
    class Point {
      x = '1';
      extra = 2;
    }
    const Schema = Type.Object({ point: Type.Object({ x: Type.Number() }), bytes: Type.Unknown() });
    const given = { point: new Point(), bytes: new Uint8Array(1e6) };
    const value = valueOf(Schema, given, { coerce: true, clean: 'strip' }) as typeof given;
    expect(value).toEqual({ point: { x: 1 }, bytes: given.bytes });
    expect(value.bytes).toBe(given.bytes);
    expect(given.point).toEqual(new Point());
    const started = performance.now();
    expect(issuesOf(Schema, { ...given, point: { x: 1 }, more: 1 }, { clean: 'refuse' })).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('additionalProperties: false in the schema names each unknown property', () => {
    const Strict = Type.Object({ a: Type.Number() }, { additionalProperties: false });
    expect(issuesOf(Strict, JSON.parse('{"a":1,"toString":2,"__proto__":3}')).map(({ path }) => path)).toEqual([
      '/toString',
      '/__proto__',
    ]);
  });
});

test('a validator is made once for a schema and options, and is a schema itself', async () => {
  expect(validatorOf(UserMessage)).toBe(validatorOf(UserMessage, {}));
  expect(validatorOf(UserMessage, { coerce: true })).toBe(validatorOf(UserMessage, { coerce: true, defaults: false }));
  expect(validatorOf(UserMessage, { coerce: true })).not.toBe(validatorOf(UserMessage));
  const validator = validatorOf(UserMessage);
  expect(validatorOf(validator)).toBe(validator);
  const standard = validator['~standard'];
  expect([standard.version, standard.vendor]).toEqual([1, 'liberzmq']);
  expect(await standard.validate(JOHN)).toEqual({ value: JOHN });
  expect(await standard.validate({ ...JOHN, age: 'x' })).toEqual({
    issues: [expect.objectContaining({ path: ['age'], message: 'must be integer' })],
  });
});

test.each([
  ['email', 'a@example.com', 'a@'],
  ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
  ['date-time', '2024-02-29T12:00:00Z', '2023-02-29T12:00:00Z'],
  ['date', '2024-02-29', '2023-02-29'],
  ['time', '12:00:00Z', '25:00:00Z'],
  ['duration', 'P1DT2H', '1 day'],
  ['uri', 'https://example.com/a?b#c', '/a b'],
  ['uri-reference', '/a/b', '\\a'],
  ['url', 'https://example.com', 'example'],
  ['ipv4', '127.0.0.1', '127.0.0.256'],
  ['ipv6', '::1', ':::1'],
  ['hostname', 'example.com', '-example'],
  ['json-pointer', '/a/0', 'a'],
  ['regex', '^a$', '('],
])('the format %s needs no set-up', (format, good, bad) => {
  const schema = Type.String({ format });
  expect(valueOf(schema, good)).toBe(good);
  expect(issuesOf(schema, bad)).toEqual([expect.objectContaining({ path: '', expected: format })]);
});
