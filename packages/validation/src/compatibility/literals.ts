import { isAnnotation } from '../contract/canonical.js';
import type { JsonObject, JsonSchema } from '../contract/json-form.js';
import { schemasIn } from './merge.js';
import { allows, typeOfValue, typesOf } from './types.js';

/** A union of nothing but literals, written as `enum`. Any other schema is left as it is. */
export function literalsAsEnum(schema: JsonObject): JsonObject {
  const { anyOf, ...rest } = schema;
  if (anyOf === undefined || Object.hasOwn(rest, 'enum') || Object.hasOwn(rest, 'const')) return schema;
  const values: unknown[] = [];
  for (const each of schemasIn(anyOf)) {
    const own = literalValues(each);
    if (own === undefined) return schema;
    values.push(...own);
  }
  return { ...rest, enum: values };
}

function literalValues(schema: JsonSchema): readonly unknown[] | undefined {
  if (typeof schema === 'boolean') return undefined;
  const { const: only, enum: values, type: _type, ...rest } = schema;
  const isOnlyValues = Object.keys(rest).every((keyword) => keyword === 'default' || isAnnotation(keyword));
  if (!isOnlyValues || (only === undefined) === (values === undefined)) return undefined;
  const types = typesOf(schema);
  const all = (values ?? [only]) as readonly unknown[];
  return types === undefined ? all : all.filter((value) => allows(types, typeOfValue(value)));
}

/** The values that a schema allows at most, where it lists them. */
export function valuesOf(schema: JsonObject): readonly unknown[] | undefined {
  return Object.hasOwn(schema, 'const') ? [schema['const']] : (schema['enum'] as readonly unknown[] | undefined);
}
