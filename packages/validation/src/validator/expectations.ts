import { isRecord } from '../schema/keywords.js';
import { keysOf, shortenExpected } from './descriptions.js';

const MOST_CHOICES = 10;

/** What a part of a schema wants, in a few words; `undefined` where that would say nothing. */
export function describeSchema(schema: unknown): string | undefined {
  const text = isRecord(schema) ? textOf(schema) : undefined;
  return text === undefined ? undefined : shortenExpected(text);
}

/** The part of a schema that a JSON pointer such as `#/properties/age` leads to, past references. */
export function schemaAt(root: unknown, pointer: string): unknown {
  let schema: unknown = root;
  for (const key of keysOf(pointer)) {
    schema = resolved(root, schema);
    if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, key)) return undefined;
    schema = (schema as Record<string, unknown>)[key];
  }
  return resolved(root, schema);
}

/** A value that a schema names, as one would write it. */
export function literal(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** One of several values, as one would write them. */
export function choice(values: readonly unknown[]): string {
  const shown = values.slice(0, MOST_CHOICES).map(literal);
  if (values.length > MOST_CHOICES) shown.push('...');
  return shown.join(' or ');
}

/** What a reference of Type.Cyclic stands for. */
function resolved(root: unknown, schema: unknown): unknown {
  const definitions = isRecord(root) ? root.$defs : undefined;
  let current = schema;
  for (let hops = 0; hops < 10 && isRecord(current) && typeof current.$ref === 'string'; hops += 1) {
    const { $ref, $defs } = current;
    const known = isRecord($defs) ? $defs : definitions;
    if (!isRecord(known) || !Object.hasOwn(known, $ref)) return current;
    current = known[$ref];
  }
  return current;
}

function textOf(schema: Record<string, unknown>): string | undefined {
  const { type, format } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return choice(schema.enum);
  if (Array.isArray(alternatives)) return alternativesOf(alternatives);
  if (typeof format === 'string') return format;
  return Array.isArray(type) ? type.join(' or ') : typeof type === 'string' ? type : undefined;
}

function alternativesOf(alternatives: readonly unknown[]): string | undefined {
  const texts = new Set<string>();
  for (const each of alternatives) {
    const text = describeSchema(each);
    if (text === undefined) return undefined;
    texts.add(text);
  }
  const shown = [...texts].slice(0, MOST_CHOICES);
  return texts.size > MOST_CHOICES ? `${shown.join(' or ')} or ...` : shown.join(' or ');
}
