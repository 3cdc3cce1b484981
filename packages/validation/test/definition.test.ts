import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { validatorOf, type SchemaOptions } from '../src/index.js';

function refusal(schema: unknown, options?: SchemaOptions): string {
  try {
    validatorOf(schema as object, options);
  } catch (error) {
    expect((error as { code: string }).code).toBe('BAD_OPTION');
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

test.each([
  [undefined, /a schema is an object/],
  [null, /a schema is an object/],
  ['string', /a schema is an object/],
  [[], /a schema is an object/],
  [true, /a schema is an object/],
  [{ type: 'strin' }, /at \/type: must be one of array, .*, not 'strin'/],
  [{ type: [] }, /at \/type/],
  [{ type: 'object', properties: 5 }, /at \/properties: must be an object of schemas/],
  [{ type: 'object', properties: { a: 'string' } }, /at \/properties\/a: a schema is an object/],
  [{ required: 'a' }, /at \/required: must be an array of strings/],
  [{ dependentRequired: { a: 'b' } }, /at \/dependentRequired/],
  [{ minimum: '1' }, /at \/minimum: must be a number/],
  [{ minLength: -1 }, /at \/minLength: must be a whole number/],
  [{ uniqueItems: 1 }, /at \/uniqueItems: must be true or false/],
  [{ enum: 'a' }, /at \/enum: must be an array/],
  [{ anyOf: {} }, /at \/anyOf: must be an array of schemas/],
  [{ anyOf: [{ type: 'x' }] }, /at \/anyOf\/0\/type/],
  [{ items: 5 }, /at \/items/],
  [{ pattern: 5 }, /at \/pattern: must be a string/],
  [{ pattern: '(' }, /at \/pattern: .*Unterminated group/],
  [{ patternProperties: { '(a+)+$': {} } }, /the pattern \(a\+\)\+\$ may take exponentially long/],
  [{ format: 'nonesuch' }, /at \/format: there is no format 'nonesuch'/],
  [{ $ref: '#/none' }, /nothing in the schema is called '#\/none'/],
  [Type.Ref('Nobody'), /nothing in the schema is called 'Nobody'/],
  [{ name: Type.String() }, /there is no keyword 'name'; an object with a property of that name is Type.Object/],
  [{ type: 'string', nullable: true }, /there is no keyword 'nullable'/],
  [Type.String({ minlength: 5 }), /there is no keyword 'minlength'; it is written 'minLength'/],
  [{ $dynamicRef: '#a' }, /\$dynamicRef is not supported; use \$ref/],
  [{ items: { $recursiveRef: '#' } }, /at \/items: \$recursiveRef is not supported/],
  [Type.Object({ a: Type.Parameter('T') }), /at \/properties\/a: Parameter is a part of a schema that is not finished/],
  [
    { $defs: { a: { $id: 'a', type: 'string' } }, items: { $id: 'a', type: 'number' } },
    /two parts of the schema are called 'a'/,
  ],
  [{ items: { $id: 'a', items: { $ref: '#' } } }, /'#' is not clear within a part that has a \$id/],
  [new Date(), /an instance of Date is none, .* zod's from 3.24 on/],
  [
    { type: 'string', [Symbol.for('TypeBox.Kind')]: 'String' },
    /made by @sinclair\/typebox 0\.x; import Type from typebox 1/,
  ],
  [{ '~standard': { version: 2, validate: () => ({ value: 1 }) } }, /a Standard Schema has the version 1/],
  [{ '~standard': { version: 1 } }, /a Standard Schema has the version 1/],
])('what is no schema is refused, and it is said why: %#', (schema, message) => {
  expect(refusal(schema)).toMatch(message);
});

test('a schema that never ends is refused', () => {
  const loop: Record<string, unknown> = { type: 'array' };
  loop.items = loop;
  expect(refusal(loop)).toMatch(/schemas may be 500 deep/);
});

test('a codec is refused, which would not be run', () => {
  const codec = Type.Codec(Type.String())
    .Decode((text) => text.length)
    .Encode((length) => 'x'.repeat(length));
  expect(refusal(Type.Object({ codec }))).toMatch(/at \/properties\/codec: Type.Codec/);
});

test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'])(
  'a property %s is refused, which every object inherits',
  (name) => {
    expect(refusal(Type.Object({ [name]: Type.Unknown() }))).toContain(`no property can be called '${name}'`);
    expect(refusal({ type: 'object', required: [name] })).toContain(`'${name}'`);
    expect(refusal({ dependentRequired: { a: [name] } })).toContain(`'${name}'`);
  },
);

test('a pattern that may take exponentially long is refused, unless it is allowed', () => {
  const schema = Type.Object({ slug: Type.String({ pattern: '^(\\w+\\s?)*$' }) });
  expect(refusal(schema)).toBe(
    'the schema is not one at /properties/slug/pattern: the pattern ^(\\w+\\s?)*$ may take exponentially long: a loop in it can read the ' +
      'same text in more than one way. Write it another way, or allow it with unsafePatterns: true',
  );
  expect(validatorOf(schema, { unsafePatterns: true }).check({ slug: 'a b' })).toEqual({ value: { slug: 'a b' } });
  expect(refusal(schema)).toContain('exponentially');
});

test('keywords of their own may be in schemas of TypeBox, and in others if they begin with x-', () => {
  expect(validatorOf(Type.String({ label: 'Name' })).check('x')).toEqual({ value: 'x' });
  expect(validatorOf({ type: 'string', 'x-label': 'Name', description: 'a name' }).check('x')).toEqual({ value: 'x' });
});

test.each(['#', '#/$defs/Node', 'Node', '#node'])('%s refers to a part', (reference) => {
  const Node = {
    type: 'object',
    $anchor: 'node',
    properties: { next: { $ref: reference } },
    additionalProperties: false,
  };
  const schema = reference === '#' ? Node : { $defs: { Node }, $ref: '#/$defs/Node' };
  const validator = validatorOf(schema as object);
  expect(validator.check({ next: { next: {} } })).toMatchObject({ value: {} });
  expect(validator.check({ next: { next: { more: 1 } } })).toMatchObject({ issues: [{ path: '/next/next/more' }] });
});

test('a pattern whose time grows faster than the text needs a maxLength beside it', () => {
  const pattern = '^(.*)(.*)x$';
  expect(refusal(Type.String({ pattern }))).toBe(
    'the schema is not one at /pattern: the pattern ^(.*)(.*)x$ may take time that grows with the length of the text to the power of 2. ' +
      'Put maxLength: 10000 or less beside it, write it another way, or allow it with unsafePatterns: true',
  );
  expect(refusal(Type.String({ pattern, maxLength: 10_001 }))).toContain('maxLength: 10000');
  expect(refusal({ patternProperties: { [pattern]: {} } })).not.toContain('maxLength');
  expect(validatorOf(Type.String({ pattern, maxLength: 10_000 })).check('ax')).toEqual({ value: 'ax' });
  expect(validatorOf(Type.String({ pattern }), { unsafePatterns: true }).check('ax')).toEqual({ value: 'ax' });
});

describe('options', () => {
  test.each([
    [{ coerces: true }, /unknown option 'coerces'/],
    [{ coerce: 1 }, /option 'coerce' must be true or false/],
    [{ clean: true }, /option 'clean' must be 'strip' or 'refuse'/],
    [null, /options must be an object/],
  ])('wrong ones are refused: %#', (options, message) => {
    expect(refusal(Type.String(), options as SchemaOptions)).toMatch(message);
  });

  test('those that change data need a schema of TypeBox throughout', () => {
    expect(refusal({ type: 'number' }, { coerce: true })).toMatch(/need a schema that Type\.\* has made throughout/);
    expect(validatorOf({ type: 'number' }).check(5)).toEqual({ value: 5 });
    const unsafe = Type.Object({ a: Type.Unsafe<number>({ type: 'number' }) });
    expect(validatorOf(unsafe, { clean: 'strip' }).check({ a: 5, b: 6 })).toEqual({ value: { a: 5 } });
  });

  test('coerce refuses property names that TypeBox would take for patterns', () => {
    expect(refusal(Type.Object({ 'price.usd': Type.Number() }), { coerce: true })).toContain("'price.usd'");
  });
});
