import type { ContractDescription } from '../contract/description.js';
import { unescapedPointer, type JsonObject, type JsonSchema } from '../contract/json-form.js';
import { KEYWORDS } from '../schema/keywords.js';

/** The schemas of a contract in one place, with the names by which a document refers to them. */
export class Definitions {
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #nameOf: (wanted: string) => string;
  readonly #referenceTo: (name: string) => string;

  /**
   * @param nameOf writes a name as the document can have it.
   * @param referenceTo gives the reference to a name.
   */
  constructor(nameOf: (wanted: string) => string, referenceTo: (name: string) => string) {
    this.#nameOf = nameOf;
    this.#referenceTo = referenceTo;
  }

  /** Adds a schema, and each of its definitions under its own name; gives the reference to it. */
  add(wanted: string, schema: JsonSchema): string {
    const name = this.#newName(wanted);
    if (typeof schema === 'boolean') {
      this.#schemas.set(name, schema);
      return this.#referenceTo(name);
    }
    const { $defs = {}, ...root } = schema;
    const parts = Object.entries($defs as Readonly<Record<string, JsonSchema>>);
    const names = new Map(parts.map(([part]) => [part, this.#newName(`${wanted}.${part}`)]));
    const referenceTo = (reference: string): string => {
      const part = unescapedPointer(reference.split('/').at(-1) ?? '');
      return this.#referenceTo(reference === '#' ? name : (names.get(part) ?? part));
    };
    this.#schemas.set(name, redirected(root, referenceTo));
    for (const [part, each] of parts) this.#schemas.set(names.get(part) ?? part, redirected(each, referenceTo));
    return this.#referenceTo(name);
  }

  /** All of them, by name. */
  all(): Record<string, JsonSchema> {
    return Object.fromEntries(this.#schemas);
  }

  #newName(wanted: string): string {
    const base = this.#nameOf(wanted);
    let name = base;
    for (let count = 2; this.#schemas.has(name); count += 1) name = `${base}-${String(count)}`;
    this.#schemas.set(name, true);
    return name;
  }
}

/** Gives each schema of a contract, with where it stands in the contract: `actions.add.request`. */
export function schemasOf({ actions, topics, tasks }: ContractDescription): readonly (readonly [string, JsonSchema])[] {
  const all: [string, JsonSchema][] = [];
  for (const [name, { request, response }] of Object.entries(actions)) {
    if (request !== null) all.push([`actions.${name}.request`, request]);
    if (response !== null) all.push([`actions.${name}.response`, response]);
  }
  for (const [name, { message }] of Object.entries(topics)) all.push([`topics.${name}`, message]);
  for (const [name, { data }] of Object.entries(tasks)) all.push([`tasks.${name}`, data]);
  return all;
}

/** The schema with each schema in it replaced, and then itself. */
export function replaced(schema: JsonSchema, replace: (schema: JsonObject) => JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    const kind = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (kind?.includes('schema') !== true) return [keyword, value];
    if (Array.isArray(value)) return [keyword, value.map((each) => replaced(each as JsonSchema, replace))];
    if (!kind.startsWith('record')) return [keyword, replaced(value as JsonSchema, replace)];
    const parts = Object.entries(value as Readonly<Record<string, JsonSchema>>);
    return [keyword, Object.fromEntries(parts.map(([name, each]) => [name, replaced(each, replace)]))];
  });
  return replace(Object.fromEntries(entries));
}

function redirected(schema: JsonSchema, referenceTo: (reference: string) => string): JsonSchema {
  return replaced(schema, (each) =>
    typeof each['$ref'] === 'string' ? { ...each, $ref: referenceTo(each['$ref']) } : each,
  );
}
