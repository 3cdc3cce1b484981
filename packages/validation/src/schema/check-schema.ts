import Format from 'typebox/format';
import { badOption } from '../options.js';
import { patternDanger } from '../pattern/pattern-danger.js';
import { unknownKeywordFault } from './annotations.js';
import { isRecord, keywordFault, KEYWORDS } from './keywords.js';
import { NamedParts } from './references.js';

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

/** Kinds of TypeBox that stand for a schema that is yet to be made, and would let everything through. */
const UNFINISHED: ReadonlySet<unknown> = new Set(['Identifier', 'Parameter']);
const KIND_OF_TYPEBOX_0 = Symbol.for('TypeBox.Kind');

/**
 * Checks that a schema says what TypeBox understands. TypeBox itself takes any object for a schema, and a keyword that it cannot read lets everything
 * through: a mistake would be found when the data is bad, not when it is made.
 * @returns what each `$ref` in it stands for
 * @throws ConfigurationError BAD_OPTION that says where in the schema what is wrong
 */
export function checkSchema(schema: unknown, demands: SchemaDemands): Record<string, unknown> {
  const survey = new Survey(demands);
  survey.look(schema, '', 0);
  return survey.parts.resolve(schema, (path, what) => {
    throw fault(path, what);
  });
}

class Survey {
  readonly parts = new NamedParts();
  readonly #demands: SchemaDemands;
  /** In how many parts it is that have an `$id`, the whole not counted. */
  #withinNamed = 0;

  constructor(demands: SchemaDemands) {
    this.#demands = demands;
  }

  look(schema: unknown, path: string, depth: number): void {
    if (typeof schema === 'boolean' && path !== '') return;
    if (!isRecord(schema)) throw fault(path, 'a schema is an object made by Type.* of typebox, or a Standard Schema');
    if (depth > MOST_DEPTH)
      throw fault(path, `schemas may be ${String(MOST_DEPTH)} deep; refer to a part of it with Type.Cyclic`);
    const origin = originFault(schema);
    if (origin !== undefined) throw fault(path, origin);
    const isTypeBox = '~kind' in schema || '~unsafe' in schema;
    if (this.#demands.changes && !isTypeBox) {
      throw fault(path, 'coerce, defaults and clean need a schema that Type.* has made throughout');
    }
    const isNamed = path !== '' && typeof schema.$id === 'string';
    if (isNamed) this.#withinNamed += 1;
    for (const [keyword, value] of Object.entries(schema)) {
      if (value === undefined) continue;
      const unknown = unknownKeywordFault(keyword, isTypeBox);
      if (unknown !== undefined) throw fault(path, unknown);
      if (Object.hasOwn(KEYWORDS, keyword)) this.#lookAt(schema, keyword, value, `${path}/${keyword}`, depth);
    }
    if (isNamed) this.#withinNamed -= 1;
  }

  #lookAt(schema: Record<string, unknown>, keyword: string, value: unknown, path: string, depth: number): void {
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
          this.#lookAtEntry(keyword, name, each, path);
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
        this.#lookAtText(schema, keyword, value, path);
    }
  }

  /** A name in an object of schemas. */
  #lookAtEntry(keyword: string, name: string, part: unknown, path: string): void {
    if (keyword === '$defs' || keyword === 'definitions') {
      this.#name(name, part, path);
      return;
    }
    if (keyword === 'patternProperties') {
      this.#checkPattern(name, 0, path);
      return;
    }
    checkName(name, path);
    if (this.#demands.coerces && REGEXP_CHARACTERS.test(name)) {
      throw fault(path, `coerce cannot tell the property '${name}' from others: TypeBox takes its name for a pattern`);
    }
  }

  #lookAtText(schema: Record<string, unknown>, keyword: string, value: unknown, path: string): void {
    if (typeof value !== 'string') return;
    const { maxLength } = schema;
    if (keyword === 'pattern') this.#checkPattern(value, typeof maxLength === 'number' ? maxLength : Infinity, path);
    else if (keyword === '$ref') this.parts.refer(value, path, this.#withinNamed > 0);
    else if (keyword === '$id') this.#name(value, schema, path);
    else if (keyword === '$anchor') this.#name(`#${value}`, schema, path);
    else if (keyword === 'format' && !Format.Has(value)) {
      throw fault(path, `there is no format '${value}'; Format.Set of typebox/format adds one`);
    }
  }

  #name(name: string, part: unknown, path: string): void {
    const wrong = this.parts.add(name, part);
    if (wrong !== undefined) throw fault(path, wrong);
  }

  /** @param maxLength of the texts that it is for; 0 if nothing can limit them: they are names of properties. */
  #checkPattern(pattern: string, maxLength: number, path: string): void {
    try {
      new RegExp(pattern, 'u');
    } catch (error) {
      throw fault(path, error instanceof Error ? error.message : String(error));
    }
    if (this.#demands.allowsUnsafePatterns) return;
    const danger = patternDanger(pattern);
    if (danger === undefined || (maxLength > 0 && maxLength <= danger.longest)) return;
    const { why, longest } = danger;
    const remedy =
      maxLength > 0 && longest > 0 ? `Put maxLength: ${String(longest)} or less beside it, write it` : 'Write it';
    throw fault(
      path,
      `the pattern ${pattern} may take ${longest > 0 ? 'time' : 'exponentially long:'} ${why}. ${remedy} another way, or allow it with unsafePatterns: true`,
    );
  }
}

/** What is wrong with an object that does not come from where schemas come from. */
function originFault(schema: Record<string, unknown>): string | undefined {
  if (KIND_OF_TYPEBOX_0 in schema) return 'it is made by @sinclair/typebox 0.x; import Type from typebox 1.x';
  if ('~codec' in schema) {
    return 'Type.Codec decodes and encodes, which a check does not; use a Standard Schema that transforms';
  }
  if (UNFINISHED.has(schema['~kind'])) return `${String(schema['~kind'])} is a part of a schema that is not finished`;
  const prototype: unknown = Object.getPrototypeOf(schema);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  const { constructor } = schema as { readonly constructor?: { readonly name?: string } };
  return `an instance of ${constructor?.name ?? 'a class'} is none, but one made by Type.* of typebox, or a Standard Schema such as zod's from 3.24 on`;
}

/** An object has these without anybody having put them there, which would satisfy the schema, or offend it. */
function checkName(name: string, path: string): void {
  if (!(name in Object.prototype)) return;
  throw fault(path, `no property can be called '${name}': every object inherits one of that name`);
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function fault(path: string, what: string): Error {
  return badOption(`the schema is not one${path === '' ? '' : ` at ${path}`}: ${what}`);
}
