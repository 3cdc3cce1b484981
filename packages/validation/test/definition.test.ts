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
