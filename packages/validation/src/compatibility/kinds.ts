import { jsonText, type JsonObject } from '../contract/json-form.js';
import type { Alternative } from './alternatives.js';
import type { Kind } from './comparison.js';
import { ALL_TYPES, allows, typeOfValue, typesOf } from './types.js';

/** What is left of an alternative with these types and values alone; `undefined` if nothing is. */
export function restricted(
  { keywords, exact }: Alternative,
  types: ReadonlySet<string> | undefined,
  values: readonly unknown[] | undefined,
): Alternative | undefined {
  if (types?.size === 0) return undefined;
  const narrowed: Record<string, unknown> = { ...saidOfAny(keywords) };
  if (types !== undefined) narrowed['type'] = [...types];
  const own = values === undefined ? (keywords['enum'] as readonly unknown[] | undefined) : writtenValues(keywords);
  // That it is none of the reader's values has been found then, and says all.
  if (own === undefined) return values === undefined ? { keywords: narrowed, exact } : undefined;
  const texts = values === undefined ? undefined : new Set(values.map(jsonText));
  const left = own.filter(
    (value) =>
      (types === undefined || allows(types, typeOfValue(value))) && (texts === undefined || texts.has(jsonText(value))),
  );
  return left.length === 0 ? undefined : { keywords: { ...narrowed, enum: left }, exact };
}

/** The kinds of data that an alternative is made of, each of one type; of few values, each of one value. */
export function kindsOf({ keywords, exact }: Alternative): readonly Kind[] {
  const values = keywords['enum'] as readonly unknown[] | undefined;
  if (values !== undefined) {
    // Other keywords may forbid some of them.
    const isAll = Object.keys(keywords).every((keyword) => keyword === 'enum' || keyword === 'type');
    return values.map((value) => literal(value, exact && isAll));
  }
  return [...(typesOf(keywords) ?? ALL_TYPES)].flatMap((type) => {
    if (type === 'boolean') return [literal(false, exact), literal(true, exact)];
    if (type === 'null') return [literal(null, exact)];
    return [{ type, keywords, isLiteral: false, exact }];
  });
}

/** Who says nothing at all, not even the type, may write objects of anything; who says that it is an object says what is in it. */
function saidOfAny(keywords: JsonObject): JsonObject {
  const saysMore = ['type', 'enum', 'properties', 'additionalProperties', 'required'].some(
    (keyword) => keyword in keywords,
  );
  return saysMore ? keywords : { ...keywords, additionalProperties: true };
}

/** All values of a writer, if they are few. */
export function writtenValues(keywords: JsonObject): readonly unknown[] | undefined {
  const values = keywords['enum'] as readonly unknown[] | undefined;
  if (values !== undefined) return values;
  const types = typesOf(keywords) ?? new Set(ALL_TYPES);
  if (![...types].every((type) => type === 'boolean' || type === 'null')) return undefined;
  return [...(types.has('boolean') ? [false, true] : []), ...(types.has('null') ? [null] : [])];
}

function literal(value: unknown, exact: boolean): Kind {
  return { type: typeOfValue(value), keywords: { enum: [value], ...limitsOf(value) }, isLiteral: true, exact };
}

/** What other keywords say of a value. */
function limitsOf(value: unknown): JsonObject {
  if (typeof value === 'number') return { minimum: value, maximum: value };
  if (typeof value === 'string') {
    const { length } = Array.from(value);
    return { minLength: length, maxLength: length };
  }
  if (Array.isArray(value)) {
    return {
      prefixItems: value.map((each) => ({ enum: [each as unknown] })),
      items: false,
      minItems: value.length,
      maxItems: value.length,
    };
  }
  if (typeof value !== 'object' || value === null) return {};
  return {
    properties: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, { enum: [each as unknown] }])),
    required: Object.keys(value),
    additionalProperties: false,
  };
}
