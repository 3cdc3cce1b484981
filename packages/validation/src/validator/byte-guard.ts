import { isRecord, KEYWORDS } from '../schema/keywords.js';

const NO_BYTES = { '~refine': [{ check: (value: unknown): boolean => !ArrayBuffer.isView(value), error: () => '' }] };

/**
 * Whether checking a value goes through all of its properties. To TypeBox bytes are an object with a property for each of them: a few megabytes would
 * take seconds. Where properties are required, bytes are refused before.
 */
export function looksAtAllProperties(schema: Readonly<Record<string, unknown>>): boolean {
  const { required, additionalProperties = true } = schema;
  if (Array.isArray(required) && required.length > 0) return false;
  return additionalProperties !== true || EVERY.some((keyword) => keyword in schema);
}

const EVERY = [
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
];

/** The schema with bytes refused wherever all properties would be looked at. */
export function withoutBytes(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const copy = Object.create(
    Object.getPrototypeOf(schema) as object | null,
    Object.getOwnPropertyDescriptors(schema),
  ) as Record<string, unknown>;
  for (const [keyword, value] of Object.entries(schema)) {
    const within = partsWithoutBytes(keyword, value);
    if (within !== value) Object.defineProperty(copy, keyword, { value: within, enumerable: true });
  }
  return looksAtAllProperties(schema) ? { if: NO_BYTES, then: copy, else: false } : copy;
}

function partsWithoutBytes(keyword: string, value: unknown): unknown {
  switch (Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined) {
    case 'schema':
      return withoutBytes(value);
    case 'schemas':
    case 'schema or schemas':
      return Array.isArray(value) ? value.map(withoutBytes) : withoutBytes(value);
    case 'record of schemas':
    case 'record of names or schemas':
      return isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutBytes(each)]))
        : value;
    default:
      return value;
  }
}
