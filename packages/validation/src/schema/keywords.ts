/** What the value of a keyword has to be. */
export type KeywordKind =
  | 'schema'
  | 'schemas'
  | 'schema or schemas'
  | 'record of schemas'
  | 'record of names or schemas'
  | 'names'
  | 'record of names'
  | 'number'
  | 'count'
  | 'boolean'
  | 'text'
  | 'values'
  | 'type';

/** The keywords of JSON Schema that have a meaning for the check, and what their values are. Others say something to readers. */
export const KEYWORDS: Readonly<Record<string, KeywordKind>> = {
  type: 'type',
  enum: 'values',
  $ref: 'text',
  $id: 'text',
  $anchor: 'text',
  pattern: 'text',
  format: 'text',
  properties: 'record of schemas',
  patternProperties: 'record of schemas',
  dependentSchemas: 'record of schemas',
  dependencies: 'record of names or schemas',
  $defs: 'record of schemas',
  definitions: 'record of schemas',
  required: 'names',
  dependentRequired: 'record of names',
  allOf: 'schemas',
  anyOf: 'schemas',
  oneOf: 'schemas',
  prefixItems: 'schemas',
  items: 'schema or schemas',
  additionalItems: 'schema',
  additionalProperties: 'schema',
  unevaluatedItems: 'schema',
  unevaluatedProperties: 'schema',
  contains: 'schema',
  propertyNames: 'schema',
  not: 'schema',
  if: 'schema',
  then: 'schema',
  else: 'schema',
  minimum: 'number',
  maximum: 'number',
  exclusiveMinimum: 'number',
  exclusiveMaximum: 'number',
  multipleOf: 'number',
  minLength: 'count',
  maxLength: 'count',
  minItems: 'count',
  maxItems: 'count',
  minProperties: 'count',
  maxProperties: 'count',
  minContains: 'count',
  maxContains: 'count',
  uniqueItems: 'boolean',
};

/** The types that TypeBox knows beside those of JSON Schema; any other name would let everything through. */
const TYPES: ReadonlySet<string> = new Set([
  'array',
  'bigint',
  'boolean',
  'constructor',
  'function',
  'integer',
  'null',
  'number',
  'object',
  'string',
  'symbol',
  'undefined',
  'void',
]);

/** Says what is wrong with a keyword's value, or `undefined` if it will do. */
export function keywordFault(kind: KeywordKind, value: unknown): string | undefined {
  switch (kind) {
    case 'type':
      return typeFault(value);
    case 'text':
      return typeof value === 'string' ? undefined : 'must be a string';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'number':
      return Number.isFinite(value) || typeof value === 'bigint' ? undefined : 'must be a number';
    case 'count':
      return Number.isInteger(value) && (value as number) >= 0 ? undefined : 'must be a whole number, 0 or more';
    case 'values':
      return Array.isArray(value) ? undefined : 'must be an array';
    case 'names':
      return isNames(value) ? undefined : 'must be an array of strings';
    case 'schemas':
      return Array.isArray(value) ? undefined : 'must be an array of schemas';
    case 'record of names':
      return isRecord(value) && Object.values(value).every(isNames)
        ? undefined
        : 'must be an object of arrays of strings';
    case 'record of schemas':
    case 'record of names or schemas':
      return isRecord(value) ? undefined : 'must be an object of schemas';
    case 'schema':
    case 'schema or schemas':
      return undefined;
  }
}

/** Whether it is an object that is no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function typeFault(value: unknown): string | undefined {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = names.find((name) => typeof name !== 'string' || !TYPES.has(name));
  if (wrong === undefined && names.length > 0) return undefined;
  return `must be one of ${[...TYPES].join(', ')}, not ${typeof wrong === 'string' ? `'${wrong}'` : String(wrong)}`;
}
