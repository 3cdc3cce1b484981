import { ADAPTS, jsonText, LIMITS, OPAQUE, REFINED, type JsonObject, type JsonSchema } from '../contract/json-form.js';
import { Alternatives, withoutAnyName, type Alternative } from './alternatives.js';
import { compareArrays } from './arrays.js';
import { TooMuch, weightOf, type Budget } from './budget.js';
import type { Adapts, Comparison, Kind } from './comparison.js';
import { breaks, doubted, shown, unsure, type Finding } from './finding.js';
import { Keys } from './keys.js';
import { kindsOf, restricted, writtenValues } from './kinds.js';
import { literalsAsEnum, valuesOf } from './literals.js';
import { compareNumbers } from './numbers.js';
import { compareObjects } from './objects.js';
import { schemasIn } from './merge.js';
import { SafePatterns } from './safe-patterns.js';
import { compareStrings } from './strings.js';
import { ALL_TYPES, allows, commonTypes, typeOfValue, typesOf } from './types.js';
import { alternativesOf, compareConditions, compareUnion } from './unions.js';

const MOST_DEPTH = 300;
const SEVERAL = 'must be like several things at once, which are not looked into';
/** One thing may refuse what is known to another, and so is not left out. */
const CLOSING = ['additionalProperties', 'unevaluatedProperties', '$ref'];

/**
 * What a reader does not accept of all that a writer may write. Nothing is found only if everything is accepted; what cannot be told is found,
 * and not certain.
 */
export function compareSchemas(writer: JsonSchema, reader: JsonSchema, budget: Budget): readonly Finding[] {
  try {
    const found = new Inclusion(writer, reader, budget).findings();
    const seen = new Map(found.map((finding) => [`${finding.path}\n${finding.message}`, finding]));
    return [...seen.values()];
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    return [unsure('', 'is too much to be compared')];
  }
}

class Inclusion implements Comparison {
  readonly adapts: Adapts;
  readonly #writer: JsonSchema;
  readonly #reader: JsonSchema;
  readonly #budget: Budget;
  readonly #written: Alternatives;
  readonly #read: Alternatives;
  readonly #keys: Keys;
  readonly #patterns: SafePatterns;
  /** Pairs that are taken to fit: those that are being compared, and those that were found to as long as these do. */
  readonly #assumed = new Set<string>();
  readonly #order: string[] = [];
  #hasRecords: boolean | undefined;
  #depth = 0;

  constructor(writer: JsonSchema, reader: JsonSchema, budget: Budget) {
    this.#writer = writer;
    this.#reader = reader;
    this.#budget = budget;
    this.#keys = new Keys(budget);
    this.#patterns = new SafePatterns(budget);
    this.#written = new Alternatives(writer, budget);
    this.#read = new Alternatives(reader, budget);
    this.adapts = adaptsOf(reader);
  }

  findings(): readonly Finding[] {
    return this.compare(this.#writer, this.#reader, '');
  }

  compare(writer: JsonSchema, reader: JsonSchema, path: string): readonly Finding[] {
    this.#budget.spend(1);
    if (this.#keys.of(reader).id === this.#keys.of(true).id || this.#areSame(writer, reader)) return [];
    return this.#written.of(writer).flatMap((way) => this.#accepted(way, reader, path));
  }

  accept({ type, keywords, isLiteral, exact }: Kind, reader: JsonSchema, path: string): readonly Finding[] {
    const said = isLiteral ? { enum: keywords['enum'] } : keywords;
    return this.#accepted({ keywords: { ...said, type: [type] }, exact }, reader, path);
  }

  written(schema: JsonSchema): readonly Alternative[] {
    return this.#written.of(schema);
  }

  read(schema: JsonSchema): readonly Alternative[] {
    return this.#read.of(schema);
  }

  isSame(writer: JsonObject, reader: JsonObject, keywords: readonly string[]): boolean {
    const only = (schema: JsonObject): JsonSchema =>
      Object.fromEntries(keywords.filter((each) => each in schema).map((each) => [each, schema[each]]));
    return this.#areSame(only(writer), only(reader));
  }

  matches(pattern: string, text: string): boolean | undefined {
    return this.#patterns.matches(pattern, text);
  }

  fillsIn(schema: JsonSchema | undefined): boolean | undefined {
    if (!this.adapts.defaults || typeof schema !== 'object' || !Object.hasOwn(schema, 'default')) return false;
    // Within a record nothing is filled in, and the same part may stand in one and elsewhere.
    this.#hasRecords ??= this.#mentions(this.#reader, 'patternProperties');
    return this.#hasRecords ? undefined : true;
  }

  spend(steps: number): void {
    this.#budget.spend(steps);
  }

  #areSame(writer: JsonSchema, reader: JsonSchema): boolean {
    const [some, other] = [this.#keys.of(writer), this.#keys.of(reader)];
    if (some.id !== other.id || some.hides) return false;
    return !some.refers || this.#keys.of(this.#writer).id === this.#keys.of(this.#reader).id;
  }

  #accepted(way: Alternative, reader: JsonSchema, path: string): readonly Finding[] {
    if (reader === true) return [];
    if (reader === false) return report(way, [breaks(path, 'must not be there, but may be')]);
    const pair = `${String(this.#keys.of(way.keywords).id)} ${String(way.exact)} ${String(this.#keys.of(reader).id)}`;
    if (this.#assumed.has(pair)) return [];
    if (this.#depth >= MOST_DEPTH) return [unsure(path, 'is too deep to be compared')];
    const before = this.#order.length;
    this.#assumed.add(pair);
    this.#order.push(pair);
    this.#depth += 1;
    const found = report(way, this.#refused(way, reader, path));
    this.#depth -= 1;
    // What was found to fit since then may have been so only because this was taken to.
    if (found.length > 0) for (const each of this.#order.splice(before)) this.#assumed.delete(each);
    return found;
  }

  #refused(way: Alternative, reader: JsonObject, path: string): readonly Finding[] {
    const vendor = way.keywords[OPAQUE];
    if (vendor !== undefined)
      return [unsure(path, `is written by ${nameOf(vendor)}, which does not tell what it allows`)];
    const { $ref, allOf, unevaluatedProperties, ...rest } = reader;
    const isMerged = unevaluatedProperties !== undefined || this.adapts.defaults || this.adapts.clean === 'refuse';
    if (isMerged && (allOf !== undefined || unevaluatedProperties !== undefined))
      return this.#refusedMerged(way, reader, path);
    const found: Finding[] = [];
    if ($ref !== undefined) {
      const target = this.#read.target($ref);
      if (target === undefined) found.push(unsure(path, 'refers to something that is not there'));
      else found.push(...this.#accepted(way, target, path));
    }
    for (const each of schemasIn(allOf)) found.push(...this.#accepted(way, each, path));
    if (this.adapts.clean === 'strip' && CLOSING.some((keyword) => this.#mentions(allOf, keyword))) {
      found.push(unsure(path, SEVERAL));
    }
    found.push(...this.#refusedByKeywords(way, rest, path));
    return found;
  }

  /** Some properties are known to one part and additional to another: only all parts together say which are not known. */
  #refusedMerged(way: Alternative, reader: JsonObject, path: string): readonly Finding[] {
    const [only, ...more] = this.#read.of(reader);
    if (only === undefined) return [breaks(path, 'must not be there, but may be')];
    if (more.length > 0) return [unsure(path, SEVERAL)];
    const found = [...this.#refusedByKeywords(way, only.keywords, path)];
    if (this.adapts.defaults && this.#mentions(reader, 'default')) {
      found.push(unsure(path, 'has defaults in several things that it must be at once, which are not looked into'));
    }
    return only.exact ? found : [...found, unsure(path, SEVERAL)];
  }

  #mentions(schema: unknown, keyword: string): boolean {
    if (typeof schema !== 'object' || schema === null) return false;
    this.#budget.spend(1);
    return Object.entries(schema).some(([key, each]) => key === keyword || this.#mentions(each, keyword));
  }

  #refusedByKeywords(way: Alternative, schema: JsonObject, path: string): readonly Finding[] {
    // A record keeps what does not fit, where anything else is left out.
    const reader = literalsAsEnum(this.adapts.clean === 'strip' ? schema : withoutAnyName(schema));
    const found = [...this.#hidden(way, reader, path)];
    const types = typesOf(reader);
    const values = valuesOf(reader);
    found.push(...this.#refusedTypes(way, types, path), ...this.#refusedValues(way, types, values, path));
    const common = restricted(way, commonTypes(typesOf(way.keywords), types), values);
    if (common === undefined) return found;
    for (const kind of kindsOf(common)) {
      this.#budget.spend(1);
      found.push(...this.#refusedKind(kind, reader, path));
    }
    return found;
  }

  #refusedKind(kind: Kind, reader: JsonObject, path: string): readonly Finding[] {
    const found: Finding[] = [];
    if (kind.type === 'integer' || kind.type === 'number') found.push(...compareNumbers(kind, reader, path));
    else if (kind.type === 'string') found.push(...compareStrings(this, kind, reader, path));
    else if (kind.type === 'array') found.push(...compareArrays(this, kind, reader, path));
    else if (kind.type === 'object') found.push(...compareObjects(this, kind, reader, path));
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      const alternatives = alternativesOf(reader, keyword);
      if (alternatives !== undefined) found.push(...compareUnion(this, kind, alternatives, keyword, path));
    }
    found.push(...compareConditions(this, kind, reader, path));
    return kind.exact ? found : doubted(found);
  }

  #refusedTypes(way: Alternative, types: ReadonlySet<string> | undefined, path: string): readonly Finding[] {
    if (types === undefined) return [];
    const values = way.keywords['enum'] as readonly unknown[] | undefined;
    const written = values?.map(typeOfValue) ?? typesOf(way.keywords) ?? ALL_TYPES;
    const refused = [...new Set(written)].filter((type) => !allows(types, type) && !isWhole(way, types, type));
    if (refused.length === 0) return [];
    const message = `must be ${[...types].join(' or ')}, but may be ${refused.join(' or ')}`;
    // Some values of another type are converted.
    return [this.adapts.coerce ? unsure(path, message) : breaks(path, message)];
  }

  #refusedValues(
    { keywords }: Alternative,
    types: ReadonlySet<string> | undefined,
    values: readonly unknown[] | undefined,
    path: string,
  ): readonly Finding[] {
    if (values === undefined) return [];
    const written = writtenValues(keywords);
    this.#budget.spend(weightOf(values) + weightOf(written));
    const texts = new Set(values.map(jsonText));
    const rule = `must be ${shown(values)}`;
    if (written === undefined) {
      const message = `${rule}, but may be something else`;
      return [this.adapts.coerce || mayBeFew(keywords, values) ? unsure(path, message) : breaks(path, message)];
    }
    // Of another type: that has been found already.
    const refused = written
      .filter((value) => types === undefined || allows(types, typeOfValue(value)))
      .filter((value) => !texts.has(jsonText(value)));
    if (refused.length === 0) return [];
    const message = `${rule}, but may be ${shown(refused)}`;
    return [this.adapts.coerce ? unsure(path, message) : breaks(path, message)];
  }

  /** What cannot be seen into. */
  #hidden({ keywords }: Alternative, reader: JsonObject, path: string): readonly Finding[] {
    const found: Finding[] = [];
    const vendor = reader[OPAQUE];
    if (vendor !== undefined) {
      found.push(unsure(path, `is checked by ${nameOf(vendor)}, which does not tell what it allows`));
    }
    if (reader[REFINED] !== undefined)
      found.push(unsure(path, 'is checked by a function, which does not tell what it allows'));
    if (reader[LIMITS] !== undefined && !this.isSame(keywords, reader, [LIMITS])) {
      found.push(unsure(path, 'has limits that are no JSON, which are not looked into'));
    }
    if (reader['$dynamicRef'] !== undefined || reader['$recursiveRef'] !== undefined) {
      found.push(unsure(path, 'refers to something that depends on what refers to it'));
    }
    return found;
  }
}

/** What is not exactly known may not be there at all. */
function report({ exact }: Alternative, found: readonly Finding[]): readonly Finding[] {
  return exact ? found : doubted(found);
}

/** Whether a writer that lists no values may have so few that a list has them all. */
function mayBeFew(keywords: JsonObject, values: readonly unknown[]): boolean {
  const isNarrow = ['minimum', 'exclusiveMinimum', 'maxLength', 'pattern', 'format'].some((each) => each in keywords);
  return isNarrow || values.some((value) => typeof value === 'object' && value !== null);
}

/** Whether all numbers of a writer are whole, though it does not call them integers. */
function isWhole({ keywords }: Alternative, types: ReadonlySet<string>, type: string): boolean {
  return type === 'number' && types.has('integer') && Number.isInteger(keywords['multipleOf']);
}

function adaptsOf(reader: JsonSchema): Adapts {
  const said = (typeof reader === 'object' ? reader[ADAPTS] : undefined) as
    Partial<Record<keyof Adapts, unknown>> | null | undefined;
  const clean = said?.clean === 'strip' || said?.clean === 'refuse' ? said.clean : undefined;
  return { coerce: said?.coerce === true, defaults: said?.defaults === true, clean };
}

/** The name of a library, which another machine may have sent. */
function nameOf(vendor: unknown): string {
  return typeof vendor === 'string' ? vendor : 'something';
}
