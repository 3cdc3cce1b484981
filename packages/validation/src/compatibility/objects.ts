import type { JsonObject, JsonSchema } from '../contract/json-form.js';
import { sizeOf } from './alternatives.js';
import type { Comparison, Kind } from './comparison.js';
import { breaks, doubted, unsure, within, type Finding } from './finding.js';
import { own, propertiesOf } from './merge.js';

type Schemas = Readonly<Record<string, JsonSchema>>;

/** A schema for the properties that it has no names for. */
const ANY_NAME = '*';

/** What a reader of objects does not accept. Writers write no other properties than those that their schema speaks of. */
export function compareObjects(comparison: Comparison, writer: Kind, reader: JsonObject, path: string): Finding[] {
  const { keywords } = writer;
  const properties = propertiesOf(keywords);
  const names = Object.keys(properties).filter((name) => comparison.written(properties[name] ?? false).length > 0);
  comparison.spend(sizeOf(keywords) + sizeOf(reader));
  const named = names.flatMap((name) => compareProperty(comparison, name, properties[name] ?? false, reader, path));
  return [
    ...compareRequired(comparison, keywords, reader, path),
    // Its own patterns may say more of a property.
    ...(patternsOf(keywords).length > 0 ? doubted(named) : named),
    ...compareOthers(comparison, keywords, reader, path),
    ...compareNames(comparison, keywords, names, reader, path),
    ...compareCounts(comparison, keywords, names, reader, path),
    ...compareDependent(comparison, keywords, reader, path),
  ];
}

function compareRequired(comparison: Comparison, writer: JsonObject, reader: JsonObject, path: string): Finding[] {
  const written = new Set((writer['required'] ?? []) as readonly string[]);
  const properties = propertiesOf(reader);
  const isSure = writer['minProperties'] === undefined;
  return ((reader['required'] ?? []) as readonly string[])
    .filter((name) => !written.has(name))
    .flatMap((name) => {
      const filled = comparison.fillsIn(own(properties, name));
      if (filled === true) return [];
      const report = isSure && filled === false ? breaks : unsure;
      return [report(within(path, name), 'must be there, but may be missing')];
    });
}

/** What a reader says of a property that a writer may write. */
function compareProperty(
  comparison: Comparison,
  name: string,
  schema: JsonSchema,
  reader: JsonObject,
  path: string,
): Finding[] {
  const at = within(path, name);
  const found: Finding[] = [];
  const named = own(propertiesOf(reader), name);
  let isKnown = named !== undefined;
  if (named !== undefined) found.push(...comparison.compare(schema, named, at));
  let isUnsure = false;
  for (const [pattern, each] of patternsOf(reader)) {
    comparison.spend(1);
    const matched = comparison.matches(pattern, name);
    if (matched === false) continue;
    const inside = comparison.compare(schema, each, at);
    found.push(...(matched === true ? inside : doubted(inside)));
    if (matched === true) isKnown = true;
    else isUnsure = true;
  }
  if (isKnown) return found;
  const unknown = compareUnknown(comparison, schema, reader, at);
  return [...found, ...(isUnsure ? doubted(unknown) : unknown)];
}

/** A property that a reader has no name for. */
function compareUnknown(
  comparison: Comparison,
  schema: JsonSchema,
  reader: JsonObject,
  at: string,
): readonly Finding[] {
  const { clean } = comparison.adapts;
  // It is left out before the check.
  if (clean === 'strip') return [];
  const additional = (reader['additionalProperties'] ?? clean !== 'refuse') as JsonSchema;
  if (additional === true || comparison.written(schema).length === 0) return [];
  if (additional === false) return [breaks(at, 'must not be there, but may be')];
  return comparison.compare(schema, additional, at);
}

/** Properties that the writer has no names for: those of maps. */
function compareOthers(comparison: Comparison, writer: JsonObject, reader: JsonObject, path: string): Finding[] {
  const found: Finding[] = [];
  const names = Object.keys(propertiesOf(writer));
  const patterns = patternsOf(writer);
  const additional = writer['additionalProperties'] as JsonSchema | undefined;
  for (const [pattern, schema] of patterns) {
    const matches = (name: string): boolean | undefined => comparison.matches(pattern, name);
    found.push(...compareMatching(comparison, schema, writer, reader, path, matches, pattern));
  }
  if (additional === undefined || isOpen(additional, names)) return found;
  const matchesNone = (name: string): boolean | undefined => {
    comparison.spend(patterns.length);
    const matched = patterns.map(([pattern]) => comparison.matches(pattern, name));
    return matched.includes(true) ? false : matched.includes(undefined) ? undefined : true;
  };
  return [...found, ...compareMatching(comparison, additional, writer, reader, path, matchesNone)];
}

/** Beside properties with names, more are allowed without a word of what they are: nobody means to write them. */
function isOpen(additional: JsonSchema, names: readonly string[]): boolean {
  const saysNothing = additional === true || (additional !== false && Object.keys(additional).length === 0);
  return saysNothing && names.length > 0;
}

/** Properties of a writer's map, which may have any name of some kind; those of a pattern, if there is one. */
function compareMatching(
  comparison: Comparison,
  schema: JsonSchema,
  writer: JsonObject,
  reader: JsonObject,
  path: string,
  matches: (name: string) => boolean | undefined,
  pattern?: string,
): Finding[] {
  const found: Finding[] = [];
  comparison.spend(sizeOf(writer) + sizeOf(reader));
  const taken = propertiesOf(writer);
  for (const [name, each] of Object.entries(propertiesOf(reader))) {
    const matched = Object.hasOwn(taken, name) ? false : matches(name);
    if (matched === false) continue;
    const inside = comparison.compare(schema, each, within(path, name));
    found.push(...(matched === true ? inside : doubted(inside)));
  }
  const others = within(path, ANY_NAME);
  const [written, read] = [new Map(patternsOf(writer)), new Map(patternsOf(reader))];
  for (const [each, readerSchema] of read) {
    // What matches both is compared there.
    if (each !== pattern && written.has(each)) continue;
    const inside = comparison.compare(schema, readerSchema, others);
    found.push(...(each === pattern ? inside : doubted(inside)));
  }
  if (pattern !== undefined && read.has(pattern)) return found;
  const unknown = compareUnknown(comparison, schema, reader, others);
  return [...found, ...(read.size > 0 ? doubted(unknown) : unknown)];
}

function compareNames(
  comparison: Comparison,
  writer: JsonObject,
  names: readonly string[],
  reader: JsonObject,
  path: string,
): Finding[] {
  const rule = reader['propertyNames'] as JsonSchema | undefined;
  if (rule === undefined || comparison.isSame(writer, reader, ['propertyNames'])) return [];
  const found = names.flatMap((name) => comparison.compare({ type: 'string', const: name }, rule, within(path, name)));
  const additional = writer['additionalProperties'] as JsonSchema | undefined;
  const isMap = additional !== undefined && additional !== false && !isOpen(additional, names);
  if (isMap || patternsOf(writer).length > 0) {
    const any = (writer['propertyNames'] ?? true) as JsonSchema;
    const inside = comparison.compare({ allOf: [{ type: 'string' }, any] }, rule, within(path, ANY_NAME));
    found.push(...(patternsOf(writer).length > 0 ? doubted(inside) : inside));
  }
  return found;
}

function compareCounts(
  { adapts }: Comparison,
  writer: JsonObject,
  names: readonly string[],
  reader: JsonObject,
  path: string,
): Finding[] {
  const found: Finding[] = [];
  const report = adapts.clean === 'strip' || adapts.defaults ? unsure : breaks;
  const required = (writer['required'] as readonly string[] | undefined)?.length ?? 0;
  const least = Math.max((writer['minProperties'] as number | undefined) ?? 0, required);
  const additional = writer['additionalProperties'] as JsonSchema | undefined;
  const isBounded =
    patternsOf(writer).length === 0 && (additional === undefined || additional === false || isOpen(additional, names));
  const most = Math.min(
    (writer['maxProperties'] as number | undefined) ?? Infinity,
    isBounded ? names.length : Infinity,
  );
  const { minProperties = 0, maxProperties = Infinity } = reader as Record<string, number>;
  if (minProperties > least || (minProperties > 0 && adapts.clean === 'strip')) {
    found.push(
      report(path, `must not have fewer than ${String(minProperties)} properties, but may have ${String(least)}`),
    );
  }
  if (maxProperties < most || (maxProperties < Infinity && adapts.defaults)) {
    const many = most === Infinity ? 'any number' : String(most);
    found.push(report(path, `must not have more than ${String(maxProperties)} properties, but may have ${many}`));
  }
  return found;
}

function compareDependent(comparison: Comparison, writer: JsonObject, reader: JsonObject, path: string): Finding[] {
  return ['dependentRequired', 'dependentSchemas']
    .filter((keyword) => reader[keyword] !== undefined && !comparison.isSame(writer, reader, [keyword]))
    .map((keyword) =>
      unsure(path, `must be right in what depends on what (${keyword}), and nobody can tell whether it is`),
    );
}

function patternsOf(schema: JsonObject): readonly (readonly [string, JsonSchema])[] {
  return Object.entries((schema['patternProperties'] ?? {}) as Schemas);
}
