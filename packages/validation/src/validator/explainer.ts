import type { ValidationIssue } from '@liberzmq/core';
import { isRecord } from '../schema/keywords.js';
import { looksAtAllProperties } from './byte-guard.js';
import { compile, type References } from './compile.js';
import { describeReceived, NOTHING, pointerOf, shortenExpected } from './descriptions.js';
import { describeAlternatives, describeSchema } from './expectations.js';
import { IssueList } from './issue-list.js';
import { ARRAY_KEYWORDS, messageOf, NUMBER_KEYWORDS, OBJECT_KEYWORDS, TEXT_KEYWORDS } from './keyword-messages.js';

type Part = Readonly<Record<string, unknown>>;
type Entries = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

/** The keywords that say what kind of value it is. */
const KINDS = ['type', 'const', 'enum'] as const;

/**
 * Says what is wrong with data that a check has refused. It goes only where a compiled check of the part fails, and stops when it has enough: that takes
 * little more than checking again, however large the data is and whatever is wrong with it.
 */
export class Explainer {
  readonly #references: References;
  readonly #checks = new WeakMap<object, Check>();
  readonly #keywordChecks = new WeakMap<object, Map<string, Check>>();

  constructor(references: References) {
    this.#references = references;
  }

  /** @param schema one that refuses the value. */
  explain(schema: unknown, value: unknown): ValidationIssue[] {
    const list = new IssueList();
    new Explanation(this, list).explain(schema, value);
    return list.issues;
  }

  passes(schema: unknown, value: unknown): boolean {
    if (typeof schema !== 'object' || schema === null) return schema !== false;
    let check = this.#checks.get(schema);
    if (check === undefined) this.#checks.set(schema, (check = compile(this.#references, schema)));
    return check(value);
  }

  /** Whether a value satisfies one keyword of a part. */
  satisfies(schema: Part, keyword: string, value: unknown): boolean {
    let checks = this.#keywordChecks.get(schema);
    if (checks === undefined) this.#keywordChecks.set(schema, (checks = new Map<string, Check>()));
    let check = checks.get(keyword);
    if (check === undefined) checks.set(keyword, (check = compile({}, { [keyword]: schema[keyword] })));
    return check(value);
  }

  /** Which keyword says that a value is of another kind altogether. */
  otherwise(schema: Part, value: unknown): string | undefined {
    return KINDS.find((keyword) => keyword in schema && !this.satisfies(schema, keyword, value));
  }

  /** The part that is meant where there is a reference to one. */
  resolved(schema: unknown): unknown {
    let current = schema;
    for (let hops = 0; hops < 10 && isRecord(current) && typeof current.$ref === 'string'; hops += 1) {
      current = this.#references[current.$ref];
    }
    return current;
  }
}

/** One walk through a schema and a value. */
class Explanation {
  readonly #explainer: Explainer;
  readonly #list: IssueList;
  /** Where it is in the value. */
  readonly #keys: string[] = [];

  constructor(explainer: Explainer, list: IssueList) {
    this.#explainer = explainer;
    this.#list = list;
  }

  /** @param schema one that refuses the value. */
  explain(schema: unknown, value: unknown): void {
    const { found } = this.#list;
    if (isRecord(schema)) this.#explainPart(schema, value);
    else this.#add('must not be there', NOTHING, value);
    // A part that refuses by what has been said of its neighbours, or by the work of its own that this does not know.
    if (this.#list.found === found) this.#add('does not match the schema', describeSchema(schema), value);
  }

  #explainPart(schema: Part, value: unknown): void {
    const { found } = this.#list;
    if (this.#isOther(schema, value)) return;
    if (typeof schema.$ref === 'string') this.#descend(this.#explainer.resolved(schema), value);
    if (typeof value === 'string') this.#ofValue(schema, value, TEXT_KEYWORDS);
    else if (typeof value === 'number' || typeof value === 'bigint') this.#ofValue(schema, value, NUMBER_KEYWORDS);
    else if (Array.isArray(value)) this.#ofArray(schema, value);
    else if (isRecord(value)) this.#ofObject(schema, value);
    this.#ofCombination(schema, value);
    if (this.#list.found > found) return;
    this.#ofRefinement(schema, value);
    if ('unevaluatedProperties' in schema)
      this.#add('must not have properties that no part of it knows', undefined, value);
    if ('unevaluatedItems' in schema) this.#add('must not have items that no part of it knows', undefined, value);
  }

  /** Whether it is another kind of value altogether, of which there is no more to say. */
  #isOther(schema: Part, value: unknown): boolean {
    if (ArrayBuffer.isView(value) && looksAtAllProperties(schema)) {
      this.#add('must be object', 'object', value);
      return true;
    }
    const wrong = this.#explainer.otherwise(schema, value);
    if (wrong === undefined) return false;
    const wanted = describeSchema({ [wrong]: schema[wrong] });
    this.#add(`must be ${wanted ?? 'something else'}`, wanted, value);
    return true;
  }

  /** Of a single value the first that is wrong is told. */
  #ofValue(schema: Part, value: unknown, keywords: typeof TEXT_KEYWORDS): void {
    for (const [name, message] of keywords) {
      if (!(name in schema) || this.#explainer.satisfies(schema, name, value)) continue;
      this.#add(messageOf(message, schema[name]), describeSchema(schema), value);
      return;
    }
  }

  #ofArray(schema: Part, value: readonly unknown[]): void {
    for (const [name, message] of ARRAY_KEYWORDS) {
      if (name in schema && !this.#explainer.satisfies(schema, name, value)) {
        this.#add(messageOf(message, schema[name]), describeSchema(schema), value);
      }
    }
    const { prefixItems, items, additionalItems, contains } = schema;
    const first = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    const rest = Array.isArray(items) ? additionalItems : items;
    const { length } = first;
    for (let index = 0; index < value.length && !this.#list.isFull; index += 1) {
      const part: unknown = index < length ? first[index] : rest;
      if (part === undefined) break;
      // A hole is checked by nobody.
      if (index in value) this.#descend(part, value[index], String(index));
    }
    if (contains !== undefined) this.#ofContained(schema, value);
  }

  #ofContained({ contains, minContains = 1, maxContains = Infinity }: Part, value: readonly unknown[]): void {
    const count = value.filter((each) => this.#explainer.passes(contains, each)).length;
    const wanted = describeSchema(contains) ?? 'items of a kind';
    if (count < Number(minContains)) this.#add(`must contain ${String(minContains)} or more: ${wanted}`, wanted, value);
    if (count > Number(maxContains)) this.#add(`must contain ${String(maxContains)} at most: ${wanted}`, wanted, value);
  }

  #ofObject(schema: Part, value: Part): void {
    const { required, properties, dependentRequired, dependentSchemas, dependencies, propertyNames } = schema;
    const known = entriesOf(properties);
    if (Array.isArray(required)) this.#ofMissing(required as string[], known, value);
    for (const [name, needed] of [
      ...Object.entries(entriesOf(dependentRequired)),
      ...Object.entries(entriesOf(dependencies)),
    ]) {
      if (name in value && Array.isArray(needed)) this.#ofMissing(needed as string[], known, value);
    }
    for (const [name, message] of OBJECT_KEYWORDS) {
      if (name in schema && !this.#explainer.satisfies(schema, name, value)) {
        this.#add(messageOf(message, schema[name]), describeSchema(schema), value);
      }
    }
    for (const [name, part] of Object.entries(known)) {
      const isLeftOut = value[name] === undefined && !(Array.isArray(required) && required.includes(name));
      if (name in value && !isLeftOut) this.#descend(part, value[name], name);
    }
    this.#ofOtherProperties(schema, known, value);
    if (propertyNames !== undefined) this.#ofNames(propertyNames, value);
    for (const [name, part] of [
      ...Object.entries(entriesOf(dependentSchemas)),
      ...Object.entries(entriesOf(dependencies)),
    ]) {
      if (name in value && !Array.isArray(part)) this.#descend(part, value);
    }
  }

  #ofMissing(names: readonly string[], properties: Entries, value: Part): void {
    for (const name of names) {
      if (name in value) continue;
      this.#list.add({
        path: pointerOf([...this.#keys, name]),
        message: 'is missing',
        ...expecting(describeSchema(this.#explainer.resolved(properties[name]))),
        received: NOTHING,
      });
    }
  }

  #ofOtherProperties({ patternProperties, additionalProperties = true }: Part, known: Entries, value: Part): void {
    const patterns = Object.entries(entriesOf(patternProperties)).map(
      ([pattern, part]) => [new RegExp(pattern, 'u'), part] as const,
    );
    if (patterns.length === 0 && additionalProperties === true) return;
    for (const name of Object.getOwnPropertyNames(value)) {
      if (this.#list.isFull) return;
      const matching = patterns.filter(([pattern]) => pattern.test(name));
      for (const [, part] of matching) this.#descend(part, value[name], name);
      if (matching.length > 0 || Object.hasOwn(known, name)) continue;
      if (additionalProperties === false) this.#list.add(unknownProperty([...this.#keys, name], value[name]));
      else this.#descend(additionalProperties, value[name], name);
    }
  }

  #ofNames(propertyNames: unknown, value: Part): void {
    for (const name of Object.getOwnPropertyNames(value)) {
      if (this.#list.isFull) return;
      if (this.#explainer.passes(propertyNames, name)) continue;
      this.#keys.push(name);
      this.#add('is not a valid name of a property', describeSchema(propertyNames), name);
      this.#keys.pop();
    }
  }

  #ofCombination(schema: Part, value: unknown): void {
    const { allOf, anyOf, oneOf, not } = schema;
    if (Array.isArray(allOf)) for (const part of allOf as unknown[]) this.#descend(part, value);
    if (Array.isArray(anyOf)) this.#ofAlternatives(anyOf, value);
    if (Array.isArray(oneOf)) {
      const fitting = oneOf.filter((part) => this.#explainer.passes(part, value)).length;
      if (fitting === 0) this.#ofAlternatives(oneOf, value);
      else if (fitting > 1) this.#add('must match exactly one schema in oneOf', describeSchema(schema), value);
    }
    if (not !== undefined && this.#explainer.passes(not, value)) {
      this.#add(`must not be ${describeSchema(not) ?? 'valid'}`, undefined, value);
    }
    if (schema.if !== undefined) {
      this.#descend((this.#explainer.passes(schema.if, value) ? schema.then : schema.else) ?? true, value);
    }
  }

  /** Alternatives none of which fits: told of those that were probably meant, or as one issue where it is none at all. */
  #ofAlternatives(parts: readonly unknown[], value: unknown): void {
    if (parts.some((part) => this.#explainer.passes(part, value))) return;
    const known = parts.map((part) => this.#explainer.resolved(part));
    const likely = known.filter((part) => isRecord(part) && this.#explainer.otherwise(part, value) === undefined);
    if (likely.length === 0) {
      const wanted = describeAlternatives(known);
      const message = wanted === undefined ? 'must match one of the alternatives' : `must be ${wanted}`;
      this.#add(message, wanted, value);
      return;
    }
    const meant = likely.filter((part) => !this.#isMarkedOtherwise(part as Part, value));
    for (const part of meant.length > 0 ? meant : likely) if (!this.#list.isFull) this.explain(part, value);
  }

  /** Whether a property that can have only one value, such as `kind`, says that this alternative is not meant. */
  #isMarkedOtherwise({ properties }: Part, value: unknown): boolean {
    if (!isRecord(value)) return false;
    return Object.entries(entriesOf(properties)).some(
      ([name, part]) =>
        isRecord(part) &&
        ('const' in part || 'enum' in part) &&
        this.#explainer.otherwise(part, value[name]) !== undefined,
    );
  }

  #ofRefinement(schema: Part, value: unknown): void {
    const refinements = schema['~refine'];
    if (!Array.isArray(refinements)) return;
    for (const { check, error } of refinements as readonly Refinement[]) {
      if (!check(value)) this.#add(error(value), describeSchema(schema), value);
    }
  }

  /** Explains a part, if it is what refuses. @param key where it stands in the value; left out, if it is about the same value. */
  #descend(schema: unknown, value: unknown, key?: string): void {
    if (this.#list.isFull || this.#explainer.passes(schema, value)) return;
    if (key !== undefined) this.#keys.push(key);
    this.explain(schema, value);
    if (key !== undefined) this.#keys.pop();
  }

  #add(message: string, expected: string | undefined, value: unknown): void {
    this.#list.add({
      path: pointerOf(this.#keys),
      message: shortenExpected(message),
      ...expecting(expected),
      received: describeReceived(value),
    });
  }
}

/** What TypeBox keeps of Type.Refine. */
interface Refinement {
  readonly check: (value: unknown) => boolean;
  readonly error: (value: unknown) => string;
}

/** A property that the schema does not know. */
export function unknownProperty(keys: readonly string[], value: unknown): ValidationIssue {
  return {
    path: pointerOf(keys),
    message: 'is not a known property',
    expected: NOTHING,
    received: describeReceived(value),
  };
}

function entriesOf(value: unknown): Entries {
  return isRecord(value) ? value : {};
}

function expecting(expected: string | undefined): { expected?: string } {
  return expected === undefined ? {} : { expected: shortenExpected(expected) };
}
