import { isDeepStrictEqual } from 'node:util';
import { isRecord, keywordFault, KEYWORDS } from '../schema/keywords.js';

/** A JSON Schema, 2020-12. */
export type JsonSchema = boolean | JsonObject;

/** A JSON Schema that is an object. */
export interface JsonObject {
  readonly [keyword: string]: unknown;
}

/** What TypeBox has and JSON has not: `bigint`, `undefined`, … In its place stands a schema that allows anything. */
export const TYPE = 'x-liberzmq-type';
/** Values of keywords that JSON has no form for, as text: `{ minimum: '1n' }`. */
export const LIMITS = 'x-liberzmq-limits';
/** A function checks more than the schema says. */
export const REFINED = 'x-liberzmq-refined';
/** The library, or the reason, that nothing can be said of what is allowed. */
export const OPAQUE = 'x-liberzmq-opaque';
/** The options that adapt data to the schema: `{ coerce: true, defaults: true, clean: 'strip' }`. At the root alone. */
export const ADAPTS = 'x-liberzmq-adapts';

const JSON_TYPES: ReadonlySet<unknown> = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);
/** Names are resolved: nothing that is left refers to them. */
const NAMING: ReadonlySet<string> = new Set(['$schema', '$id', '$anchor', '$dynamicAnchor', '$defs', 'definitions']);
/** Later versions of JSON Schema write them in other words. */
const FORMER: ReadonlySet<string> = new Set(['additionalItems', 'dependencies']);
const MOST_DEPTH = 500;

/**
 * A schema as JSON Schema 2020-12 that is pure JSON. All its references are `#` or `#/$defs/name`, and all definitions stand in `$defs` of the root.
 * @throws Error if it is no schema, says what can mean nothing, or nests deeper than 500
 */
export function jsonForm(schema: unknown): JsonSchema {
  return new JsonForm(schema).written();
}

class JsonForm {
  readonly #root: unknown;
  readonly #named = new Map<string, unknown[]>();
  readonly #names = new Map<object, string>();
  /** How often a name was wanted. */
  readonly #wanted = new Map<string, number>();
  readonly #taken = new Set<string>();

  constructor(root: unknown) {
    this.#root = root;
    this.#collect(root, 0);
  }

  written(): JsonSchema {
    const root = this.#schema(this.#root, 0);
    const definitions: [string, JsonSchema][] = [];
    // Grows while it is walked: definitions refer to others.
    for (const [target, name] of this.#names) definitions.push([name, this.#schema(target, 0)]);
    if (definitions.length === 0) return root;
    return { ...(root as JsonObject), $defs: Object.fromEntries(definitions) };
  }

  /** Finds what has a name. */
  #collect(schema: unknown, depth: number): void {
    if (!isRecord(schema)) return;
    if (depth > MOST_DEPTH) throw new Error(`schemas may be ${String(MOST_DEPTH)} deep`);
    const { $id, $anchor } = schema;
    if (typeof $id === 'string') this.#name($id, schema);
    if (typeof $anchor === 'string') this.#name(`#${$anchor}`, schema);
    for (const [keyword, value] of Object.entries(schema)) {
      const kind = kindOf(keyword);
      if (kind === undefined || value === undefined) continue;
      const fault = keywordFault(KEYWORDS[keyword] ?? 'schema', value);
      if (fault !== undefined) throw new Error(`the keyword '${keyword}' ${fault}`);
      if (!kind.includes('schema')) continue;
      if (keyword === '$defs' || keyword === 'definitions') {
        for (const [name, each] of Object.entries(value as object)) this.#name(name, each);
      }
      if (kind.startsWith('record') || Array.isArray(value)) {
        for (const each of Object.values(value as object)) this.#collect(each, depth + 1);
      } else this.#collect(value, depth + 1);
    }
  }

  #name(name: string, schema: unknown): void {
    const all = this.#named.get(name);
    if (all === undefined) this.#named.set(name, [schema]);
    // With two it is ambiguous already.
    else if (all.length < 2 && !all.some((each) => each === schema || isDeepStrictEqual(each, schema)))
      all.push(schema);
  }

  #schema(schema: unknown, depth: number): JsonSchema {
    if (typeof schema === 'boolean') return schema;
    if (!isRecord(schema)) throw new Error('a schema is an object, true or false');
    if (depth > MOST_DEPTH) throw new Error(`schemas may be ${String(MOST_DEPTH)} deep`);
    const written: [string, unknown][] = [];
    const limits: [string, string][] = [];
    for (const [keyword, value] of Object.entries(schema)) {
      if (value === undefined || NAMING.has(keyword) || FORMER.has(keyword)) continue;
      if (keyword === '$ref') written.push(...this.#reference(value as string));
      else if (keyword === 'type') written.push(typeKeyword(value));
      else if (keyword === 'items' && Array.isArray(value)) {
        written.push(['prefixItems', value.map((each) => this.#schema(each, depth + 1))]);
      } else if (kindOf(keyword)?.includes('schema') === true) {
        written.push([keyword, this.#nested(keyword, value, depth + 1)]);
      } else {
        const json = jsonValue(value);
        if (json !== undefined) written.push([keyword, json]);
        else if (kindOf(keyword) !== undefined || keyword === 'const' || keyword === 'default') {
          limits.push([keyword, jsonText(value)]);
        }
      }
    }
    if (Array.isArray(schema['items']) && schema['additionalItems'] !== undefined) {
      written.push(['items', this.#schema(schema['additionalItems'], depth + 1)]);
    }
    if (schema['dependencies'] !== undefined) written.push(...this.#dependencies(schema['dependencies'], depth));
    if (limits.length > 0) written.push([LIMITS, Object.fromEntries(limits)]);
    if ('~refine' in schema) written.push([REFINED, true]);
    return Object.fromEntries(written);
  }

  #nested(keyword: string, value: unknown, depth: number): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#schema(each, depth));
    if (kindOf(keyword)?.startsWith('record') !== true) return this.#schema(value, depth);
    const entries = Object.entries(value as object).filter(([, each]) => each !== undefined);
    return Object.fromEntries(entries.map(([name, each]) => [name, this.#schema(each, depth)]));
  }

  #dependencies(value: unknown, depth: number): [string, unknown][] {
    const entries = Object.entries(value as object);
    const names = entries.filter(([, each]) => Array.isArray(each));
    const schemas = entries.filter(([, each]) => !Array.isArray(each));
    const written: [string, unknown][] = [];
    if (names.length > 0) written.push(['dependentRequired', Object.fromEntries(names)]);
    if (schemas.length > 0) {
      const each = schemas.map(([name, schema]) => [name, this.#schema(schema, depth + 1)] as const);
      written.push(['dependentSchemas', Object.fromEntries(each)]);
    }
    return written;
  }

  #reference(reference: string): [string, unknown][] {
    if (reference === '#') return [['$ref', '#']];
    const targets = reference.startsWith('#/') ? [at(this.#root, reference)] : (this.#named.get(reference) ?? []);
    const [target] = targets;
    if (target === this.#root) return [['$ref', '#']];
    if (typeof target === 'boolean') return target ? [] : [['not', {}]];
    if (targets.length > 1) return [[OPAQUE, `'${reference}' is the name of several things`]];
    if (!isRecord(target)) return [[OPAQUE, `'${reference}' is nowhere`]];
    const name = this.#names.get(target) ?? this.#newName(target, reference);
    return [['$ref', `#/$defs/${escapedPointer(name)}`]];
  }

  #newName(target: object, reference: string): string {
    const wanted = reference.startsWith('#/') ? unescapedPointer(reference.split('/').at(-1) ?? '') : reference;
    let name = wanted;
    let count = this.#wanted.get(wanted) ?? 1;
    for (; this.#taken.has(name); name = `${wanted}-${String(count)}`) count += 1;
    this.#wanted.set(wanted, count);
    this.#taken.add(name);
    this.#names.set(target, name);
    return name;
  }
}

/** The name as a part of a reference, which is a URI. */
export function escapedPointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The name that a part of a reference stands for. */
export function unescapedPointer(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // It has not been encoded, then.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A value of any kind as text: the same for values that are equal, however they were written down. `1n` for a bigint. */
export function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (isRecord(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${jsonText(value[key])}`).join(',')}}`;
  }
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'string' || Number.isFinite(value)) return JSON.stringify(value);
  return String(value);
}

function kindOf(keyword: string): string | undefined {
  return Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
}

function typeKeyword(value: unknown): [string, unknown] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [all.every((each) => JSON_TYPES.has(each)) ? 'type' : TYPE, value];
}

/** A copy that is JSON; `undefined` if the value has no such form. */
function jsonValue(value: unknown): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) {
    const items = value.map(jsonValue);
    return items.includes(undefined) ? undefined : items;
  }
  if (!isRecord(value) || !isPlain(value)) return undefined;
  const entries = Object.entries(value).map(([key, each]) => [key, jsonValue(each)] as const);
  return entries.some(([, each]) => each === undefined) ? undefined : Object.fromEntries(entries);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm have another `Object.prototype`.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function at(root: unknown, reference: string): unknown {
  let value = root;
  for (const part of reference.slice(2).split('/')) {
    const name = unescapedPointer(part);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
