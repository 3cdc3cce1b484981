import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { ValidationIssue } from '@liberzmq/core';
import { Type } from 'typebox';
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
