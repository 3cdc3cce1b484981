import type { JsonObject, JsonSchema } from '../contract/json-form.js';
import { replaced } from './definitions.js';

/**
 * A schema as AsyncAPI's own Schema Object, which all its tools read: a superset of JSON Schema draft-07. There tuples are arrays of `items`, and
 * nothing beside `$ref` counts.
 */
export function schemaObject(schema: JsonSchema): JsonObject {
  const written = replaced(schema, (each) => besideReference(withFormerKeywords(each)));
  if (typeof written !== 'boolean') return written;
  return written ? {} : { not: {} };
}

function withFormerKeywords(schema: JsonObject): JsonObject {
  const { prefixItems, items, dependentRequired, dependentSchemas, ...rest } = schema;
  const former: Record<string, unknown> = { ...rest };
  if (prefixItems !== undefined) {
    former['items'] = prefixItems;
    if (items !== undefined) former['additionalItems'] = items;
  } else if (items !== undefined) former['items'] = items;
  if (dependentRequired !== undefined || dependentSchemas !== undefined) {
    former['dependencies'] = { ...(dependentRequired as object), ...(dependentSchemas as object) };
  }
  return former;
}

function besideReference(schema: JsonObject): JsonObject {
  const { $ref, allOf, ...rest } = schema;
  if ($ref === undefined || (allOf === undefined && Object.keys(rest).length === 0)) return schema;
  return { ...rest, allOf: [{ $ref }, ...((allOf ?? []) as readonly JsonSchema[])] };
}
