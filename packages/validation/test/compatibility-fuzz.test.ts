import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Check } from 'typebox/schema';
import { Budget } from '../src/compatibility/budget.js';
import { compareSchemas } from '../src/compatibility/inclusion.js';
import type { JsonSchema } from '../src/contract/json-form.js';

type Document = Record<string, unknown>;

const NAMES = ['a', 'b', 'c'] as const;
const VALUES = [null, true, false, 0, 1, 2, 3, 2.5, -1, '', 'a', 'bb', 'ccc', 'dddd'];
const name = fc.constantFrom(...NAMES);
const count = fc.integer({ min: 0, max: 3 });

function record(keywords: Record<string, fc.Arbitrary<unknown>>, constants: Document): fc.Arbitrary<Document> {
  return fc.record(keywords, { requiredKeys: [] }).map((each) => ({ ...constants, ...each }));
}

const { schema } = fc.letrec<{ schema: JsonSchema; object: Document }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.constantFrom<JsonSchema>(true, {}, false, { type: 'null' }, { type: 'boolean' }, { $ref: '#/$defs/Node' }),
    fc.constantFrom(...VALUES).map((only) => ({ const: only })),
    fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
    fc.uniqueArray(fc.constantFrom('string', 'integer', 'null', 'object'), { minLength: 1 }).map((type) => ({ type })),
    record(
      {
        minimum: fc.integer({ min: -2, max: 4 }),
        maximum: fc.integer({ min: -2, max: 4 }),
        exclusiveMinimum: fc.integer({ min: -2, max: 4 }),
        exclusiveMaximum: fc.integer({ min: -2, max: 4 }),
        multipleOf: fc.constantFrom(1, 2, 3, 0.5),
      },
      {},
    ).chain((limits) => fc.constantFrom('number', 'integer').map((type) => ({ type, ...limits }))),
    record(
      { minLength: count, maxLength: count, pattern: fc.constantFrom('^a', 'b$', '^[a-z]*$') },
      { type: 'string' },
    ),
    record(
      {
        minItems: count,
        maxItems: count,
        uniqueItems: fc.boolean(),
        prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        items: tie('schema'),
        contains: tie('schema'),
      },
      { type: 'array' },
    ),
    tie('object'),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((oneOf) => ({ oneOf })),
    fc.array(tie('object'), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
    tie('schema').map((not) => ({ not })),
    fc.tuple(tie('schema'), tie('schema'), tie('schema')).map(([when, then, otherwise]) => ({
      if: when,
      then,
      else: otherwise,
    })),
  ),
  object: record(
    {
      properties: fc.dictionary(name, tie('schema'), { minKeys: 1, maxKeys: 3 }),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      additionalProperties: tie('schema').filter((each) => each !== true && JSON.stringify(each) !== '{}'),
      patternProperties: fc.dictionary(fc.constantFrom('^a', '^[bc]$', '^.*$'), tie('schema'), { maxKeys: 2 }),
      propertyNames: fc.constantFrom({ pattern: '^[ab]' }, { maxLength: 1 }, { enum: ['a', 'b'] }),
      minProperties: count,
      maxProperties: count,
      dependentRequired: fc.constantFrom({ a: ['b'] }, { b: ['c'] }),
    },
    { type: 'object' },
  ),
}));

/** A change of a schema, as they are made: most stay as they are. */
const pair = fc
  .tuple(schema, schema, fc.integer({ min: 0, max: 4 }))
  .map(([one, other, how]): [JsonSchema, JsonSchema] => {
    if (how === 0) return [one, { anyOf: [one, other] }];
    if (how === 1) return [{ allOf: [one, other] }, one];
    if (how === 2)
      return [
        { type: 'object', properties: { a: one } },
        { type: 'object', properties: { a: one, b: other } },
      ];
    if (how === 3)
      return [
        { type: 'array', items: one },
        { type: 'array', items: { anyOf: [other, one] } },
      ];
    return [one, other];
  });

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.constantFrom<unknown>(...VALUES),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }).map((each) => ({ ...each })),
  ),
})).value;

const NODE = { type: 'object', properties: { a: { $ref: '#/$defs/Node' }, b: { type: 'integer' } }, required: ['b'] };
const WIDER = { type: 'object', properties: { a: { $ref: '#/$defs/Node' }, b: { type: 'number' } } };

function withNode(each: JsonSchema, node: unknown): JsonSchema {
  return typeof each === 'boolean' ? each : { ...each, $defs: { Node: node } };
}

/** The same schema, without any properties that it has no word for: nobody writes those. */
function closed(schema: JsonSchema, isPart = false): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const entries = Object.entries(schema).map(([keyword, each]): [string, unknown] => {
    if (keyword === 'items' || keyword === 'additionalProperties') return [keyword, closed(each as JsonSchema)];
    if (keyword === 'prefixItems') return [keyword, (each as JsonSchema[]).map((one) => closed(one))];
    if (keyword === 'anyOf' || keyword === 'oneOf') {
      return [keyword, (each as JsonSchema[]).map((one) => closed(one, isPart))];
    }
    if (keyword === 'allOf') return [keyword, (each as JsonSchema[]).map((one) => closed(one, true))];
    if (keyword === 'properties' || keyword === 'patternProperties' || keyword === '$defs') {
      return [
        keyword,
        Object.fromEntries(Object.entries(each as object).map(([key, one]) => [key, closed(one as JsonSchema)])),
      ];
    }
    return [keyword, each];
  });
  const result = Object.fromEntries(entries);
  return !isPart && saysObject(schema) ? { ...result, unevaluatedProperties: false } : result;
}

function saysObject(schema: JsonSchema): boolean {
  if (typeof schema === 'boolean') return false;
  const { type, allOf = [] } = schema as { type?: string | string[]; allOf?: JsonSchema[] };
  return type?.includes('object') === true || allOf.some(saysObject);
}

describe('compareSchemas', () => {
  test('what it finds nothing against is accepted', () => {
    fc.assert(
      fc.property(
        pair,
        fc.array(value, { minLength: 20, maxLength: 20 }),
        fc.boolean(),
        ([one, other], values, wider) => {
          const writer = withNode(one, NODE);
          const reader = withNode(other, wider ? WIDER : NODE);
          const found = compareSchemas(writer, reader, new Budget(100_000));
          if (found.length > 0) return;
          const valid = values.filter((each) => Check(writer as never, each));
          if (valid.length === 0) return;
          // TypeBox takes properties of properties for its own where schemas are conditional.
          const isWritten = new Ajv2020({ strict: false }).compile(closed(writer) as object);
          for (const each of valid) {
            if (isWritten(each)) expect([each, Check(reader as never, each)]).toEqual([each, true]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
