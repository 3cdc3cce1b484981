import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { Budget } from '../src/compatibility/budget.js';
import { compareSchemas } from '../src/compatibility/inclusion.js';
import { jsonForm, type JsonSchema } from '../src/contract/json-form.js';

/** Nothing found; the paths of what breaks; or `?` and those of what cannot be told. */
type Verdict = 'fits' | string[];

function verdict(writer: unknown, reader: unknown): Verdict {
  const found = compareSchemas(jsonForm(writer), jsonForm(reader), new Budget(100_000));
  if (found.length === 0) return 'fits';
  return [...new Set(found.map(({ path, certain }) => (certain ? path : `? ${path}`)))].sort();
}

const object = (properties: Record<string, unknown>, required: string[] = [], more: object = {}): JsonSchema => ({
  type: 'object',
  properties,
  required,
  ...more,
});
const STRING = { type: 'string' };
const NUMBER = { type: 'number' };
const INTEGER = { type: 'integer' };
const text = (more: object): JsonSchema => ({ type: 'string', ...more });
const number = (more: object): JsonSchema => ({ type: 'number', ...more });
const integer = (more: object): JsonSchema => ({ type: 'integer', ...more });
const array = (more: object): JsonSchema => ({ type: 'array', ...more });
const TREE = (value: unknown): unknown => ({
  $defs: { Node: object({ value, next: { $ref: '#/$defs/Node' } }, ['value']) },
  $ref: '#/$defs/Node',
});

/** The older schema, the newer one, what the newer reader makes of the older writer, and the other way round. */
const TABLE: Record<string, [older: unknown, newer: unknown, toNewer: Verdict, toOlder: Verdict][]> = {
  type: [
    [STRING, STRING, 'fits', 'fits'],
    [STRING, NUMBER, [''], ['']],
    [INTEGER, NUMBER, 'fits', ['']],
    [STRING, { type: ['string', 'null'] }, 'fits', ['']],
    [{ type: ['integer', 'string'] }, { type: ['string', 'number'] }, 'fits', ['']],
    [{}, STRING, [''], 'fits'],
    [true, {}, 'fits', 'fits'],
    [false, STRING, 'fits', ['']],
    [number({ multipleOf: 2 }), INTEGER, 'fits', ['']],
  ],
  'const and enum': [
    [{ const: 'a' }, { enum: ['a', 'b'] }, 'fits', ['']],
    [{ const: 'a' }, STRING, 'fits', ['']],
    [{ enum: ['a', 'b'] }, { enum: ['b', 'a'] }, 'fits', 'fits'],
    [{ enum: ['a', 'b'] }, { enum: ['b', 'c'] }, [''], ['']],
    [{ enum: [1, 2.5] }, INTEGER, [''], ['']],
    [{ type: 'boolean' }, { enum: [true, false] }, 'fits', 'fits'],
    [{ type: 'boolean' }, { const: true }, [''], 'fits'],
    [{ const: { a: 1 } }, object({ a: NUMBER }, ['a']), 'fits', ['? ']],
    [{ const: { a: 1 } }, object({ a: STRING }, ['a']), ['/a'], ['? ']],
    [{ const: [1, 'a'] }, array({ items: NUMBER }), ['/1'], ['? ']],
    [{ enum: ['a', 'bcd'] }, text({ maxLength: 2 }), [''], ['? ']],
    [{ enum: ['a', 'b'] }, text({ pattern: '^[ab]$' }), 'fits', ['? ']],
    [{ enum: ['a', 'c'] }, text({ pattern: '^[ab]$' }), [''], ['? ']],
    [Type.Union([Type.Literal('a'), Type.Literal('b')]), Type.Enum(['b', 'a']), 'fits', 'fits'],
  ],
  numbers: [
    [number({ minimum: 5 }), number({ minimum: 3 }), 'fits', ['']],
    [number({ minimum: 5 }), number({ exclusiveMinimum: 5 }), [''], 'fits'],
    [number({ maximum: 5 }), NUMBER, 'fits', ['']],
    [integer({ exclusiveMaximum: 5 }), integer({ maximum: 4 }), 'fits', 'fits'],
    [number({ maximum: 5 }), number({ exclusiveMaximum: 5 }), [''], 'fits'],
    [integer({ multipleOf: 4 }), integer({ multipleOf: 2 }), 'fits', ['']],
    [integer({ multipleOf: 4 }), integer({ multipleOf: 6 }), [''], ['']],
    [INTEGER, integer({ multipleOf: 1 }), 'fits', 'fits'],
    [NUMBER, number({ multipleOf: 0.5 }), [''], 'fits'],
    [number({ multipleOf: 0.25 }), number({ multipleOf: 0.5 }), ['? '], ['? ']],
    [number({ multipleOf: 10, maximum: 99 }), number({ multipleOf: 10, maximum: 95 }), ['? '], 'fits'],
    [integer({ minimum: 1, maximum: 2 }), { enum: [1, 2] }, ['? '], 'fits'],
  ],
  strings: [
    [text({ minLength: 1 }), STRING, 'fits', ['']],
    [text({ maxLength: 9 }), text({ maxLength: 8 }), [''], 'fits'],
    [STRING, text({ pattern: '^a' }), [''], 'fits'],
    [STRING, text({ pattern: '^.*$' }), ['? '], 'fits'],
    [text({ pattern: '^a' }), text({ pattern: '^a' }), 'fits', 'fits'],
    [text({ pattern: '^a' }), text({ pattern: '^ab' }), ['? '], ['? ']],
    [text({ pattern: '^a{3}$' }), text({ pattern: '^a{3}$', minLength: 2 }), ['? '], 'fits'],
    [STRING, text({ pattern: '^(a+)+$' }), ['? '], 'fits'],
    [STRING, text({ format: 'email' }), [''], 'fits'],
    [text({ format: 'email' }), text({ format: 'uuid' }), ['? '], ['? ']],
    [STRING, text({ format: 'nobody-knows-it' }), ['? '], 'fits'],
    [{ const: 'ada@example.com' }, text({ format: 'email' }), 'fits', ['? ']],
  ],
  arrays: [
    [array({ items: INTEGER }), array({ items: NUMBER }), 'fits', ['/*']],
    [array({}), array({ items: STRING }), ['/*'], 'fits'],
    [array({ minItems: 2 }), array({ minItems: 1 }), 'fits', ['']],
    [array({ maxItems: 2 }), array({ maxItems: 1 }), [''], 'fits'],
    [array({}), array({ uniqueItems: true }), [''], 'fits'],
    [Type.Tuple([Type.Number(), Type.String()]), array({}), 'fits', ['', '/*', '/0', '/1']],
    [Type.Tuple([Type.Number()]), Type.Tuple([Type.Number(), Type.String()]), [''], ['/1']],
    [array({ prefixItems: [INTEGER] }), array({ prefixItems: [NUMBER] }), 'fits', ['/0']],
    [array({ items: false }), array({ items: STRING }), 'fits', ['/*']],
    [array({ items: NUMBER, maxItems: 1 }), array({ items: NUMBER, maxItems: 1, uniqueItems: true }), 'fits', 'fits'],
    [array({}), array({ contains: STRING }), ['? '], 'fits'],
    [array({ contains: STRING }), array({ contains: STRING, maxItems: 3 }), ['? '], 'fits'],
  ],
  objects: [
    [object({ a: STRING }), object({ a: STRING, b: NUMBER }), 'fits', 'fits'],
    [object({ a: STRING }), object({ a: STRING, b: NUMBER }, ['b']), ['/b'], 'fits'],
    [object({ a: STRING }, ['a']), object({ a: STRING }), 'fits', ['/a']],
    [object({ a: STRING }), object({ a: NUMBER }), ['/a'], ['/a']],
    [object({ a: false }), object({ a: NUMBER }), 'fits', ['/a']],
    [object({ a: STRING, b: STRING }), object({ a: STRING }, [], { additionalProperties: false }), ['/b'], 'fits'],
    [object({ a: STRING }), object({ a: STRING }, [], { additionalProperties: false }), 'fits', 'fits'],
    [
      object({ a: STRING }, [], { additionalProperties: false }),
      object({ a: STRING, b: STRING }, [], { additionalProperties: false }),
      'fits',
      ['/b'],
    ],
    [object({ a: STRING }, [], { additionalProperties: {} }), object({ a: STRING, b: NUMBER }), 'fits', 'fits'],
    [object({ 'a/b~': STRING }), object({ 'a/b~': NUMBER }), ['/a~1b~0'], ['/a~1b~0']],
    [object({ a: object({ b: STRING }) }), object({ a: object({ b: NUMBER }) }), ['/a/b'], ['/a/b']],
    [object({}, [], { minProperties: 1 }), object({}), 'fits', ['']],
    [object({ a: STRING, b: STRING }), object({ a: STRING, b: STRING }, [], { maxProperties: 1 }), [''], 'fits'],
    [object({ a: STRING }), object({ a: STRING }, [], { dependentRequired: { a: ['b'] } }), ['? '], 'fits'],
    [Type.Object({}), Type.Object({ a: Type.Optional(Type.String()) }), 'fits', 'fits'],
    [{}, object({ a: STRING }), ['', '/a'], 'fits'],
  ],
  maps: [
    [Type.Record(Type.String(), Type.Integer()), Type.Record(Type.String(), Type.Number()), 'fits', ['/*']],
    [{ type: 'object', additionalProperties: {} }, { type: 'object', additionalProperties: NUMBER }, ['/*'], 'fits'],
    [{ type: 'object', additionalProperties: NUMBER }, object({ a: STRING }), ['/a'], ['/a']],
    [{ type: 'object', additionalProperties: NUMBER }, object({ a: NUMBER }), 'fits', 'fits'],
    [object({ a: NUMBER }), { type: 'object', additionalProperties: NUMBER }, 'fits', 'fits'],
    [object({ a: STRING }), { type: 'object', additionalProperties: NUMBER }, ['/a'], ['/a']],
    [
      { type: 'object', patternProperties: { '^a': INTEGER, '^b': STRING } },
      { type: 'object', patternProperties: { '^b': STRING, '^a': NUMBER } },
      'fits',
      ['/*'],
    ],
    [
      { type: 'object', additionalProperties: NUMBER },
      { type: 'object', propertyNames: { maxLength: 3 }, additionalProperties: NUMBER },
      ['/*'],
      'fits',
    ],
    [object({ long: NUMBER }), object({ long: NUMBER }, [], { propertyNames: { maxLength: 3 } }), ['/long'], 'fits'],
    [object({ ab: STRING }), { type: 'object', patternProperties: { '^a': NUMBER } }, ['/ab'], ['/ab']],
  ],
  unions: [
    [{ anyOf: [STRING, NUMBER] }, { anyOf: [NUMBER, { type: 'null' }, STRING] }, 'fits', ['']],
    [{ anyOf: [STRING, NUMBER] }, { type: ['string', 'number'] }, 'fits', 'fits'],
    [STRING, { anyOf: [{ const: 'a' }, { const: 'b' }] }, [''], 'fits'],
    [STRING, { anyOf: [{ const: 'a' }, text({ maxLength: 3 })] }, [''], 'fits'],
    [
      Type.Union([
        Type.Object({ kind: Type.Literal('a'), a: Type.Number() }),
        Type.Object({ kind: Type.Literal('b'), b: Type.Number() }),
      ]),
      Type.Union([
        Type.Object({ kind: Type.Literal('b'), b: Type.String() }),
        Type.Object({ kind: Type.Literal('a'), a: Type.Number() }),
        Type.Object({ kind: Type.Literal('c') }),
      ]),
      ['/b'],
      ['', '/b'],
    ],
    [
      { oneOf: [object({ kind: { const: 1 } }, ['kind']), object({ kind: { const: 2 }, x: INTEGER }, ['kind'])] },
      { oneOf: [object({ kind: { const: 2 }, x: NUMBER }, ['kind']), object({ kind: { const: 1 } }, ['kind'])] },
      'fits',
      ['/x'],
    ],
    [{ oneOf: [STRING, text({ minLength: 3 })] }, STRING, 'fits', ['? ']],
    [{ oneOf: [INTEGER, number({ minimum: 3 })] }, { oneOf: [number({ minimum: 3 }), INTEGER] }, 'fits', 'fits'],
    [
      object({ kind: STRING }, ['kind']),
      { anyOf: [object({ kind: { const: 'a' } }, ['kind']), object({ kind: { const: 'b' } }, ['kind'])] },
      ['/kind'],
      'fits',
    ],
    [
      object({ a: { type: ['string', 'number'] } }),
      { anyOf: [object({ a: STRING }), object({ a: NUMBER })] },
      ['? '],
      'fits',
    ],
  ],
  allOf: [
    [
      Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Number() })]),
      object({ a: STRING, b: NUMBER }, ['a', 'b']),
      'fits',
      'fits',
    ],
    [
      { allOf: [object({ a: STRING }), object({ b: STRING })] },
      { allOf: [object({ b: STRING }), object({ a: NUMBER })] },
      ['/a'],
      ['/a'],
    ],
    [{ allOf: [number({ minimum: 1 }), number({ maximum: 3 })] }, number({ minimum: 1, maximum: 3 }), 'fits', 'fits'],
    [{ allOf: [text({ pattern: '^a' }), text({ pattern: 'b$' })] }, text({ pattern: 'c' }), ['? '], ['? ']],
    [
      { allOf: [object({ a: STRING }), object({ b: STRING })], unevaluatedProperties: false },
      { allOf: [object({ a: STRING })], unevaluatedProperties: false },
      ['/b'],
      'fits',
    ],
  ],
  'what is not looked into': [
    [STRING, { not: STRING }, [''], ['? ']],
    [STRING, { not: NUMBER }, 'fits', ['? ']],
    [text({ not: { const: 'a' } }), text({ not: { const: 'a' }, minLength: 1 }), ['? '], 'fits'],
    [STRING, { not: {} }, [''], 'fits'],
    [STRING, { if: { minLength: 3 }, then: { pattern: '^a' }, else: {} }, ['? '], ['? ']],
    [{ 'x-liberzmq-opaque': 'valibot' }, { 'x-liberzmq-opaque': 'valibot' }, ['? '], ['? ']],
    [{ 'x-liberzmq-opaque': 'valibot' }, {}, 'fits', ['? ']],
    [Type.Refine(Type.String(), () => true), Type.Refine(Type.String(), () => true), ['? '], ['? ']],
    [Type.Refine(Type.String(), () => true), Type.String(), 'fits', ['? ']],
    [{ $dynamicRef: '#a' }, STRING, ['? '], ['? ']],
  ],
  'what JSON has not': [
    [Type.BigInt(), Type.BigInt(), 'fits', 'fits'],
    [Type.BigInt(), Type.Integer(), [''], ['']],
    [Type.BigInt({ minimum: 1n }), Type.BigInt({ minimum: 1n }), 'fits', 'fits'],
    [Type.BigInt({ minimum: 1n }), Type.BigInt({ minimum: 2n }), ['? '], ['? ']],
    [Type.Undefined(), Type.Void(), 'fits', 'fits'],
  ],
  references: [
    [TREE(STRING), TREE(STRING), 'fits', 'fits'],
    [TREE(INTEGER), TREE(NUMBER), 'fits', ['/value']],
    [
      TREE(STRING),
      { $defs: { A: object({ value: STRING, next: { $ref: '#/$defs/A' } }) }, $ref: '#/$defs/A' },
      'fits',
      ['/value'],
    ],
    [
      Type.Cyclic({ Node: Type.Object({ value: Type.Integer(), next: Type.Optional(Type.Ref('Node')) }) }, 'Node'),
      object({ value: NUMBER, next: { $ref: '#' } }, ['value']),
      'fits',
      ['/value'],
    ],
    [STRING, { anyOf: [{ $ref: '#' }, NUMBER] }, [''], ['']],
    [{ $ref: 'nowhere' }, STRING, ['? '], ['? ']],
  ],
};

describe.each(Object.entries(TABLE))('%s', (_name, rows) => {
  test.each(rows)('%j and %j', (older, newer, toNewer, toOlder) => {
    expect([verdict(older, newer), verdict(newer, older)]).toEqual([toNewer, toOlder]);
  });
});
