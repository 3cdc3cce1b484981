import { describe, expect, test } from '@jest/globals';
import { type } from 'arktype';
import * as v from 'valibot';
import { Type } from 'typebox';
import { z } from 'zod';
import { validatorOf, type Input, type Output, type Schema, type StandardSchemaV1 } from '../src/index.js';

const Zod = z.object({ name: z.string(), age: z.string().transform(Number), tags: z.array(z.string()) });
const Valibot = v.object({
  name: v.string(),
  age: v.pipe(v.string(), v.transform(Number)),
  tags: v.array(v.string()),
});
const Ark = type({ name: 'string', age: 'string.numeric.parse', tags: 'string[]' });

describe.each([
  ['zod', Zod],
  ['valibot', Valibot],
  ['arktype', Ark],
] as [string, Schema][])('%s', (_name, schema) => {
  const GIVEN = { name: 'Ada', age: '36', tags: [] };

  test('a receiver gets what the schema makes of the data, a sender sends what it was given', async () => {
    const given = structuredClone(GIVEN);
    expect(await validatorOf(schema).check(given)).toEqual({ value: { name: 'Ada', age: 36, tags: [] } });
    const sent = await validatorOf(schema).checkInput(given);
    expect((sent as { value: unknown }).value).toBe(given);
    expect(given).toEqual(GIVEN);
  });

  test('issues have JSON pointers and what is there instead', async () => {
    const { issues } = (await validatorOf(schema).check({ age: '36', tags: ['a', 5] })) as {
      issues: readonly { path: string; message: string; received: string }[];
    };
    const byPath = new Map(issues.map((issue) => [issue.path, issue]));
    expect([...byPath.keys()].sort()).toEqual(['/name', '/tags/1']);
    expect(byPath.get('/name')?.received).toBe('nothing');
    expect(byPath.get('/tags/1')?.received).toBe('number 5');
    expect(byPath.get('/tags/1')?.message).toMatch(/string/);
    expect(await validatorOf(schema).checkInput({ age: '36' })).toEqual({ issues: expect.any(Array) });
  });

  test('options of TypeBox are refused, one validator is made', () => {
    for (const options of [
      { coerce: true },
      { defaults: false },
      { clean: 'strip' },
      { unsafePatterns: true },
    ] as const) {
      expect(() => validatorOf(schema, options)).toThrow(/is for TypeBox schemas/);
    }
    expect(validatorOf(schema)).toBe(validatorOf(schema));
  });
});

test('an asynchronous schema gives a promise', async () => {
  const schema = z.string().refine(async (name) => Promise.resolve(name === 'Ada'), 'must be Ada');
  const validator = validatorOf(schema);
  const check = validator.check('Ada');
  expect(check).toBeInstanceOf(Promise);
  expect(await check).toEqual({ value: 'Ada' });
  expect(await validator.checkInput('Bob')).toEqual({
    issues: [{ path: '', message: 'must be Ada', received: 'string "Bob"' }],
  });
});

function standard(validate: (value: unknown) => unknown): StandardSchemaV1 {
  return {
    '~standard': { version: 1, vendor: 'test', validate: validate as StandardSchemaV1['~standard']['validate'] },
  };
}

test.each([
  [
    'throws',
    () => {
      throw new Error('no luck');
    },
  ],
  [
    'gives a thenable that rejects with text',
    () => ({ then: (_: unknown, reject: (text: string) => void) => reject('no luck') }),
  ],
  ['rejects', () => Promise.reject(new Error('no luck'))],
] as [string, () => unknown][])('a schema that %s makes the data not valid', async (_name, validate) => {
  expect(await validatorOf(standard(validate)).check(1)).toEqual({
    issues: [{ path: '', message: 'could not be checked: no luck' }],
  });
});

test('a schema that gives nothing, or no reasons, does not let the data through', async () => {
  for (const result of [undefined, null, { issues: [] }]) {
    const { issues } = (await validatorOf(standard(() => result)).check(1)) as { issues: unknown[] };
    expect(issues).toHaveLength(1);
  }
});

test('paths may be of keys and of segments, and are of own properties', async () => {
  const issues = [
    { message: 'a', path: ['list', 1, { key: 'x/y' }] },
    { message: 'b', path: ['toString'] },
    { message: 'c' },
  ];
  expect(await validatorOf(standard(() => ({ issues }))).check({ list: [0, { 'x/y': 5 }] })).toEqual({
    issues: [
      { path: '/list/1/x~1y', message: 'a', received: 'number 5' },
      { path: '/toString', message: 'b', received: 'nothing' },
      { path: '', message: 'c', received: 'object' },
    ],
  });
});

test('types follow the schema', () => {
  const Box = Type.Object({ n: Type.Integer() });
  const validator = validatorOf(Box, { coerce: true });
  const input: Input<typeof Zod> = { name: 'Ada', age: '36', tags: [] };
  const output: Output<typeof Zod> = { name: 'Ada', age: 36, tags: [] };
  const ark: Output<typeof Ark> = { name: 'Ada', age: 36, tags: [] };
  const valibot: Output<typeof Valibot> = { name: 'Ada', age: 36, tags: [] };
  const box: Output<typeof Box> = { n: 1 } satisfies Input<typeof Box>;
  const sameBox: Output<typeof validator> = box;
  // @ts-expect-error: text goes in, a number comes out
  const wrong: Output<typeof Zod> = { name: 'Ada', age: '36', tags: [] };
  // @ts-expect-error: a number
  const wrongBox: Output<typeof Box> = { n: 'x' };
  expect([input, output, ark, valibot, box, sameBox, wrong, wrongBox]).toHaveLength(8);
  expect(validator.check(box)).toEqual({ value: sameBox });
});
