import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { ValidationIssue } from '@liberzmq/core';
import { Type } from 'typebox';
import { Settings } from 'typebox/system';
import { z } from 'zod';
import { validatorOf, type Schema, type SchemaOptions } from '../src/index.js';

const Tree = Type.Cyclic({ Node: Type.Object({ children: Type.Array(Type.Ref('Node')) }) }, 'Node');

function issuesOf(schema: Schema, value: unknown, options?: SchemaOptions): readonly ValidationIssue[] {
  const checked = validatorOf(schema, options).check(value);
  if (checked instanceof Promise) throw new Error('must be synchronous');
  return checked.issues ?? [];
}

test.each([{}, { coerce: true }, { defaults: true }, { clean: 'strip' }, { clean: 'refuse' }] as SchemaOptions[])(
  'data that nests deeper than the stack is not valid: %j',
  (options) => {
    let deep: unknown = { children: [] };
    for (let depth = 0; depth < 200_000; depth += 1) deep = { children: [deep] };
    expect(issuesOf(Tree, deep, options)).toEqual([{ path: '', message: 'is nested too deep to be checked' }]);
  },
);

test('the same by another library', async () => {
  const Node = z.object({
    get children() {
      return z.array(Node);
    },
  });
  let deep: unknown = { children: [] };
  for (let depth = 0; depth < 200_000; depth += 1) deep = { children: [deep] };
  expect(await validatorOf(Node).check(deep)).toEqual({
    issues: [{ path: '', message: 'is nested too deep to be checked' }],
  });
});

test('data that contains itself is not valid', () => {
  const loop: { children: unknown[] } = { children: [] };
  loop.children.push(loop);
  expect(issuesOf(Tree, loop)).toEqual([{ path: '', message: 'is nested too deep to be checked' }]);
});

test('huge data with a fault in each place gives few short issues', () => {
  const array = Array.from({ length: 100_000 }, () => 'x'.repeat(100));
  const object = Object.fromEntries(array.map((_, index) => [`${'k'.repeat(500)}${String(index)}`, 1]));
  for (const [schema, value, options] of [
    [Type.Array(Type.Number()), array],
    [Type.Array(Type.Union([Type.Number(), Type.Null()])), array],
    [z.array(z.number()), array],
    [Type.Record(Type.String(), Type.String()), object],
    [Type.Object({}, { additionalProperties: false }), object],
    [Type.Object({}), object, { clean: 'refuse' }],
  ] as [Schema, unknown, SchemaOptions?][]) {
    const issues = issuesOf(schema, value, options);
    expect(issues.length).toBeGreaterThan(0);
    expect(issues.length).toBeLessThanOrEqual(20);
    expect(JSON.stringify(issues).length).toBeLessThan(10_000);
  }
});

test('what is wrong in huge data is found soon', () => {
  const row = { a: 1, b: 'x', kind: 'b' };
  const rows = Array.from({ length: 500_000 }, () => row);
  const Row = Type.Object({ a: Type.Number(), b: Type.String() });
  const Kind = Type.Union([Type.Object({ kind: Type.Literal('a') }), Type.Object({ kind: Type.Literal('b') })]);
  const started = performance.now();
  for (const [schema, value, path] of [
    [Type.Array(Row), [...rows, 5], '/500000'],
    [Type.Array(Kind), [...rows, { kind: 5 }], '/500000/kind'],
    [Tree, { children: [...rows.map(() => ({ children: [] })), {}] }, '/children/500000/children'],
    [Type.Array(Type.Number(), { uniqueItems: true }), rows.map(() => 1), ''],
    [{ items: false, contains: { type: 'string' } }, rows, '/0'],
  ] as [Schema, unknown, string][]) {
    expect(issuesOf(schema, value)[0]?.path).toBe(path);
  }
  expect(performance.now() - started).toBeLessThan(10_000);
});

test.each([
  Type.Record(Type.String(), Type.Number()),
  Type.Object({ a: Type.Optional(Type.Number()) }, { additionalProperties: false }),
  { type: 'object', propertyNames: { maxLength: 20 } },
  Type.Object({ at: Type.Record(Type.String(), Type.Number()) }),
  Type.Cyclic({ Node: Type.Record(Type.String(), Type.Ref('Node')) }, 'Node'),
] as Schema[])('bytes are no object with millions of properties: %#', (schema) => {
  const bytes = new Uint8Array(5e6);
  const started = performance.now();
  expect(issuesOf(schema, bytes)).toHaveLength(1);
  expect(issuesOf(Type.Object({ at: schema }), { at: bytes })).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('a text that is too long is told so, and no pattern reads it', () => {
  const schema = Type.String({ pattern: '^(.*)(.*)x$', maxLength: 10_000 });
  const started = performance.now();
  expect(issuesOf(schema, 'a'.repeat(300_000))).toEqual([
    expect.objectContaining({ message: 'must not have more than 10000 characters' }),
  ]);
  expect(issuesOf(schema, 'a'.repeat(10_000))).toEqual([
    expect.objectContaining({ message: expect.stringContaining('pattern') }),
  ]);
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('alternatives within alternatives do not multiply what is told', () => {
  const Branch = Type.Union([
    Type.Object({ next: Type.Ref('Node'), left: Type.Optional(Type.Number()) }),
    Type.Object({ next: Type.Ref('Node'), right: Type.Optional(Type.Number()) }),
    Type.Null(),
  ]);
  const Node = Type.Cyclic({ Node: Branch }, 'Node');
  let value: unknown = 5;
  for (let depth = 0; depth < 15; depth += 1) value = { next: value };
  const started = performance.now();
  expect(issuesOf(Node, value)).toEqual([expect.objectContaining({ path: '/next'.repeat(15) })]);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('what was checked before makes no difference where code may not be generated', () => {
  const properties = (name: string): object => ({ properties: { [name]: { type: 'number' } }, required: [name] });
  const schema = { anyOf: [properties('a'), properties('b')], unevaluatedProperties: false };
  const { useAcceleration } = Settings.Get();
  Settings.Set({ useAcceleration: false });
  try {
    expect(issuesOf(schema, { a: 1 })).toEqual([]);
    expect(issuesOf(schema, { a: 'x', b: 1 })).toHaveLength(1);
  } finally {
    Settings.Set({ useAcceleration });
  }
});

test.each([
  [new RangeError('Invalid array length'), 'could not be checked: Invalid array length'],
  [Object.create(null), 'could not be checked: what was thrown cannot be shown'],
  ['x'.repeat(1_000), expect.stringMatching(/^could not be checked: x{70,}\.\.\.$/)],
])('whatever a function of the schema throws, it is said shortly: %#', (thrown, message) => {
  const schema = Type.Refine(Type.Object({}), () => {
    throw thrown;
  });
  expect(issuesOf(schema, {})).toEqual([{ path: '', message }]);
});

test('a function of the schema that throws makes the data not valid', () => {
  const schema = Type.Refine(Type.Object({}), () => {
    throw new Error('no luck');
  });
  expect(issuesOf(schema, {})).toEqual([{ path: '', message: 'could not be checked: no luck' }]);
});

test('the checks give the same answers where code may not be generated', async () => {
  const index = new URL('../dist/index.js', import.meta.url).href;
  const code = `
    import { Type } from 'typebox';
import { Settings } from 'typebox/system';
    import { validatorOf } from '${index}';
    const schema = Type.Object({ a: Type.Integer(), email: Type.String({ format: 'email', pattern: '^[a-z@.]+$' }) });
    console.log(JSON.stringify([{ a: 1, email: 'a@b.co' }, { a: '1', email: 'A@b.co' }].map((each) => validatorOf(schema).check(each))));
    console.log(JSON.stringify(validatorOf(schema, { coerce: true, clean: 'strip' }).check({ a: '1', email: 'a@b.co', b: 2 })));
    try { new Function('1'); } catch (error) { console.log(error.name); }`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', code],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  const issue = (path: string, message: string, expected: string, received: string): object => {
    return { path, message, expected, received };
  };
  expect(stdout.split('\n')).toEqual([
    JSON.stringify([
      { value: { a: 1, email: 'a@b.co' } },
      {
        issues: [
          issue('/a', 'must be integer', 'integer', 'string "1"'),
          issue('/email', 'must match pattern "^[a-z@.]+$"', 'email', 'string "A@b.co"'),
        ],
      },
    ]),
    JSON.stringify({ value: { a: 1, email: 'a@b.co' } }),
    'EvalError',
    '',
  ]);
});
