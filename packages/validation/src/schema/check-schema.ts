import Format from 'typebox/format';
import { badOption } from '../options.js';
import { patternDanger } from '../pattern/pattern-danger.js';
import { isRecord, keywordFault, KEYWORDS } from './keywords.js';

/** What is asked of a schema beyond its being one. */
export interface SchemaDemands {
  /** Values are converted by it. */
  readonly coerces: boolean;
  /** Values are changed by it: for that each part must be TypeBox's, not JSON Schema of another origin. */
  readonly changes: boolean;
  readonly allowsUnsafePatterns: boolean;
}

/** Deeper than schemas are that people write, and far from the end of the stack. */
const MOST_DEPTH = 500;
const REGEXP_CHARACTERS = /[\\^$.*+?()[\]{}|]/;

/**
 * Checks that a schema says what TypeBox understands. TypeBox itself takes any object for a schema, and a keyword that it cannot read lets everything
 * through: a mistake would be found when the data is bad, not when it is made.
 * @throws ConfigurationError BAD_OPTION that says where in the schema what is wrong
 */
export function checkSchema(schema: unknown, demands: SchemaDemands): void {
  const survey = new Survey(demands);
  survey.look(schema, '', 0);
  survey.checkReferences(schema);
}

class Survey {
  readonly #demands: SchemaDemands;
  readonly #references: { readonly reference: string; readonly path: string }[] = [];
  readonly #names = new Set<string>();

  constructor(demands: SchemaDemands) {
    this.#demands = demands;
  }

  look(schema: unknown, path: string, depth: number): void {
    if (typeof schema === 'boolean' && path !== '') return;
    if (!isRecord(schema)) throw fault(path, 'a schema is an object made by Type.* of typebox, or a Standard Schema');
    if (depth > MOST_DEPTH)
      throw fault(path, `schemas may be ${String(MOST_DEPTH)} deep; refer to a part of it with Type.Cyclic`);
    if ('~codec' in schema) {
      throw fault(
        path,
        'Type.Codec decodes and encodes, which a check does not; use a Standard Schema that transforms',
      );
    }
    if (this.#demands.changes && !('~kind' in schema) && !('~unsafe' in schema)) {
      throw fault(path, 'coerce, defaults and clean need a schema that Type.* has made throughout');
    }
    for (const [keyword, value] of Object.entries(schema)) {
      if (value === undefined || !Object.hasOwn(KEYWORDS, keyword)) continue;
      this.#lookAt(keyword, value, `${path}/${keyword}`, depth);
    }
  }

  /** @throws ConfigurationError BAD_OPTION if a reference leads nowhere: TypeBox would refuse all data. */
  checkReferences(root: unknown): void {
    for (const { reference, path } of this.#references) {
      if (reference === '#') continue;
      const isFound = reference.startsWith('#/') ? isRecord(at(root, reference)) : this.#names.has(reference);
      if (!isFound) throw fault(path, `nothing in the schema is called '${reference}'`);
    }
  }

  #lookAt(keyword: string, value: unknown, path: string, depth: number): void {
    const kind = KEYWORDS[keyword];
    const wrong = kind === undefined ? undefined : keywordFault(kind, value);
    if (wrong !== undefined) throw fault(path, wrong);
    switch (kind) {
      case 'schema':
        this.look(value, path, depth + 1);
        return;
      case 'schemas':
      case 'schema or schemas':
        if (!Array.isArray(value)) this.look(value, path, depth + 1);
        else for (const [index, each] of value.entries()) this.look(each, `${path}/${String(index)}`, depth + 1);
        return;
      case 'record of schemas':
      case 'record of names or schemas':
        for (const [name, each] of Object.entries(value as object)) {
          this.#lookAtEntry(keyword, name, path);
          if (!Array.isArray(each)) this.look(each, `${path}/${escaped(name)}`, depth + 1);
        }
        return;
      case 'names':
        for (const name of value as readonly string[]) checkName(name, path);
        return;
      case 'record of names':
        for (const [name, names] of Object.entries(value as Record<string, readonly string[]>)) {
          for (const each of [name, ...names]) checkName(each, path);
        }
        return;
      default:
        this.#lookAtText(keyword, value, path);
    }
  }

  /** A name in an object of schemas. */
  #lookAtEntry(keyword: string, name: string, path: string): void {
    if (keyword === '$defs' || keyword === 'definitions') {
      this.#names.add(name);
      return;
    }
    if (keyword === 'patternProperties') {
      this.#checkPattern(name, path);
      return;
    }
    checkName(name, path);
    if (this.#demands.coerces && REGEXP_CHARACTERS.test(name)) {
      throw fault(path, `coerce cannot tell the property '${name}' from others: TypeBox takes its name for a pattern`);
    }
  }

  #lookAtText(keyword: string, value: unknown, path: string): void {
    if (typeof value !== 'string') return;
    if (keyword === 'pattern') this.#checkPattern(value, path);
    else if (keyword === '$ref') this.#references.push({ reference: value, path });
    else if (keyword === '$id') this.#names.add(value);
    else if (keyword === '$anchor') this.#names.add(`#${value}`);
    else if (keyword === 'format' && !Format.Has(value)) {
      throw fault(path, `there is no format '${value}'; Format.Set of typebox/format adds one`);
    }
  }

  #checkPattern(pattern: string, path: string): void {
    try {
      new RegExp(pattern, 'u');
    } catch (error) {
      throw fault(path, error instanceof Error ? error.message : String(error));
    }
    if (this.#demands.allowsUnsafePatterns) return;
    const danger = patternDanger(pattern);
    if (danger === undefined) return;
    throw fault(
      path,
      `the pattern ${pattern} may take exponentially long: ${danger}. Write it another way, or allow it with unsafePatterns: true`,
    );
  }
}

/** An object has these without anybody having put them there, which would satisfy the schema, or offend it. */
function checkName(name: string, path: string): void {
  if (!(name in Object.prototype)) return;
  throw fault(path, `no property can be called '${name}': every object inherits one of that name`);
}

function at(root: unknown, reference: string): unknown {
  let value = root;
  for (const part of reference.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function fault(path: string, what: string): Error {
  return badOption(`the schema is not one${path === '' ? '' : ` at ${path}`}: ${what}`);
}
