import { canonicalSchema } from '../contract/canonical.js';
import { jsonText, type JsonObject, type JsonSchema } from '../contract/json-form.js';
import { commonTypes, typesOf } from './types.js';

/** What data is that two schemas allow. */
export interface Merged {
  readonly keywords: JsonObject;
  /** Whether it says all that the two say; otherwise it allows more. */
  readonly exact: boolean;
}

type Schemas = Readonly<Record<string, JsonSchema>>;

const HIGHER: ReadonlySet<string> = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);
const LOWER: ReadonlySet<string> = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);
const TOGETHER: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'patternProperties',
  'additionalProperties',
  'prefixItems',
  'items',
]);

/** The keywords of data that both allow; neither has references, unions or `allOf` at its top, nor `const`. */
export function merge(some: JsonObject, other: JsonObject): Merged {
  const keywords: Record<string, unknown> = { ...some };
  let exact = true;
  for (const [keyword, value] of Object.entries(other)) {
    const known = some[keyword];
    if (TOGETHER.has(keyword)) continue;
    if (known === undefined) keywords[keyword] = value;
    else if (HIGHER.has(keyword)) keywords[keyword] = Math.max(known as number, value as number);
    else if (LOWER.has(keyword)) keywords[keyword] = Math.min(known as number, value as number);
    else if (keyword === 'required') keywords[keyword] = [...new Set([...asList(known), ...asList(value)])];
    else if (keyword === 'enum') keywords[keyword] = commonValues(asList(known), asList(value));
    else if (keyword === 'uniqueItems') keywords[keyword] = known === true || value === true;
    else if (keyword === 'propertyNames') keywords[keyword] = both(known as JsonSchema, value as JsonSchema);
    else if (!isSame(keyword, known, value)) exact = false;
  }
  const types = commonTypes(typesOf(some), typesOf(other));
  if (types !== undefined) keywords['type'] = [...types];
  Object.assign(keywords, mergedItems(some, other));
  const isExact = mergeProperties(some, other, keywords);
  return { keywords, exact: exact && isExact };
}

/** A schema for what both allow. */
function both(some: JsonSchema | undefined, other: JsonSchema | undefined): JsonSchema {
  if (some === undefined || some === true) return other ?? true;
  if (other === undefined || other === true || some === other) return some;
  if (some === false || other === false) return false;
  return isSame('not', some, other) ? some : { allOf: [some, other] };
}

function mergedItems(some: JsonObject, other: JsonObject): JsonObject {
  const [prefix, otherPrefix] = [schemasIn(some['prefixItems']), schemasIn(other['prefixItems'])];
  const [rest, otherRest] = [some['items'] as JsonSchema | undefined, other['items'] as JsonSchema | undefined];
  const length = Math.max(prefix.length, otherPrefix.length);
  const merged: Record<string, unknown> = {};
  if (length > 0) {
    merged['prefixItems'] = Array.from({ length }, (_, at) => both(prefix[at] ?? rest, otherPrefix[at] ?? otherRest));
  }
  if (rest !== undefined || otherRest !== undefined) merged['items'] = both(rest, otherRest);
  return merged;
}

/** What one says of properties that it has no name for holds for those that the other names. */
function mergeProperties(some: JsonObject, other: JsonObject, into: Record<string, unknown>): boolean {
  const [mine, theirs] = [propertiesOf(some), propertiesOf(other)];
  const [rest, otherRest] = [some['additionalProperties'], other['additionalProperties']] as (JsonSchema | undefined)[];
  const [patterns, otherPatterns] = [some['patternProperties'], other['patternProperties']] as (Schemas | undefined)[];
  const isOpen = (each: JsonSchema | undefined): boolean => each === undefined || each === true;
  // Which of the names a pattern matches is left alone: then more is allowed than said.
  const exact =
    (patterns === undefined || (Object.keys(theirs).length === 0 && isOpen(otherRest))) &&
    (otherPatterns === undefined || (Object.keys(mine).length === 0 && isOpen(rest)));
  const restOf = (each: JsonSchema | undefined, hasPatterns: boolean): JsonSchema | undefined =>
    hasPatterns ? undefined : each;
  const names = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])];
  if (names.length > 0) {
    into['properties'] = Object.fromEntries(
      names.map((name) => [
        name,
        both(
          own(mine, name) ?? restOf(rest, patterns !== undefined),
          own(theirs, name) ?? restOf(otherRest, otherPatterns !== undefined),
        ),
      ]),
    );
  }
  if (rest !== undefined || otherRest !== undefined) into['additionalProperties'] = both(rest, otherRest);
  if (patterns !== undefined && otherPatterns !== undefined) {
    const all = [...new Set([...Object.keys(patterns), ...Object.keys(otherPatterns)])];
    into['patternProperties'] = Object.fromEntries(
      all.map((pattern) => [pattern, both(own(patterns, pattern), own(otherPatterns, pattern))]),
    );
  } else if (patterns !== undefined || otherPatterns !== undefined) {
    into['patternProperties'] = patterns ?? otherPatterns;
  }
  return exact;
}

function isSame(keyword: string, some: unknown, other: unknown): boolean {
  return some === other || canonicalSchema({ [keyword]: some }, false) === canonicalSchema({ [keyword]: other }, false);
}

function commonValues(some: readonly unknown[], other: readonly unknown[]): unknown[] {
  const texts = new Set(other.map(jsonText));
  return some.filter((value) => texts.has(jsonText(value)));
}

/** What a schema says of the properties that it names. */
export function propertiesOf(schema: JsonObject): Schemas {
  return (schema['properties'] ?? {}) as Schemas;
}

/** The entry of its own; what every object inherits is none. */
export function own<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** The schemas in a keyword that has a list of them. */
export function schemasIn(value: unknown): readonly JsonSchema[] {
  return (value ?? []) as readonly JsonSchema[];
}

function asList(value: unknown): readonly unknown[] {
  return value as readonly unknown[];
}
