import { isAnnotation } from '../contract/canonical.js';
import {
  ADAPTS,
  jsonText,
  LIMITS,
  OPAQUE,
  REFINED,
  TYPE,
  unescapedPointer,
  type JsonObject,
  type JsonSchema,
} from '../contract/json-form.js';
import { weightOf, type Budget } from './budget.js';
import { areDisjoint } from './disjoint.js';
import { literalsAsEnum } from './literals.js';
import { merge, own, schemasIn, type Merged } from './merge.js';
import { allows, typeOfValue, typesOf } from './types.js';

/** One way that data may be, without references, unions and `allOf` at its top; `const` is an `enum` of one. */
export type Alternative = Merged;

const MOST = 500;
/** They say nothing of the data itself, or it is said in other words. */
const SILENT: ReadonlySet<string> = new Set([TYPE, ADAPTS, '$defs', 'default']);
/** A pattern that all names match. */
const ANY_NAME: ReadonlySet<string> = new Set(['', '^', '.*', '^.*', '^.*$', '^(.*)$', '^[\\s\\S]*$']);
/** They narrow in ways that are not looked into. */
const NARROWING: readonly string[] = [
  ...[OPAQUE, REFINED, LIMITS, '$dynamicRef', '$recursiveRef'],
  ...['not', 'if', 'contains', 'unevaluatedItems', 'dependentRequired', 'dependentSchemas'],
];

/** The ways that data may be by the schemas of one side. */
export class Alternatives {
  readonly #root: JsonSchema;
  readonly #budget: Budget;
  readonly #known = new WeakMap<object, readonly Alternative[]>();

  constructor(root: JsonSchema, budget: Budget) {
    this.#root = root;
    this.#budget = budget;
  }

  /** None for a schema that allows nothing. */
  of(schema: JsonSchema): readonly Alternative[] {
    if (typeof schema === 'boolean') return this.#expanded(schema, []);
    let known = this.#known.get(schema);
    if (known === undefined) this.#known.set(schema, (known = this.#expanded(schema, [])));
    return known;
  }

  /** What a reference stands for. */
  target(reference: unknown): JsonSchema | undefined {
    if (reference === '#') return this.#root;
    const [hash, place, name, ...more] = String(reference).split('/');
    if (hash !== '#' || place !== '$defs' || name === undefined || more.length > 0) return undefined;
    if (typeof this.#root === 'boolean') return undefined;
    return own((this.#root['$defs'] ?? {}) as Readonly<Record<string, JsonSchema>>, unescapedPointer(name));
  }

  #expanded(schema: JsonSchema, trail: readonly JsonSchema[]): readonly Alternative[] {
    this.#budget.spend(1 + trail.length);
    if (schema === true) return [{ keywords: {}, exact: true }];
    if (schema === false) return [];
    const { $ref, allOf, anyOf, oneOf, unevaluatedProperties, ...rest } = literalsAsEnum(schema);
    let ways = flat(rest);
    if ($ref !== undefined) {
      const target = this.target($ref);
      if (target === undefined) ways = ways.map(({ keywords }) => ({ keywords, exact: false }));
      // What is nothing but a reference to itself allows nothing of its own.
      else if (trail.includes(target)) return [];
      else ways = this.#product(ways, this.#expanded(target, [...trail, target]));
    }
    for (const each of schemasIn(allOf)) ways = this.#product(ways, this.#expanded(each, trail));
    if (anyOf !== undefined) {
      ways = this.#product(
        ways,
        schemasIn(anyOf).flatMap((each) => this.#expanded(each, trail)),
      );
    }
    if (oneOf !== undefined) {
      const each = schemasIn(oneOf).map((one) => this.#expanded(one, trail));
      const exact = this.#areApart(each);
      const all = each.flatMap((some) => (exact ? some : some.map(({ keywords }) => ({ keywords, exact }))));
      ways = this.#product(ways, all);
    }
    return unevaluatedProperties === undefined ? ways : ways.map((way) => closed(way, unevaluatedProperties));
  }

  #product(some: readonly Alternative[], others: readonly Alternative[]): readonly Alternative[] {
    if (some.length * others.length > MOST) this.#budget.exceed();
    return some.flatMap((one) =>
      others.flatMap((other) => {
        this.#budget.spend(Object.keys(one.keywords).length + sizeOf(one.keywords) + sizeOf(other.keywords));
        const { keywords, exact } = merge(one.keywords, other.keywords);
        return flat(keywords).map((way) => ({ ...way, exact: way.exact && exact && one.exact && other.exact }));
      }),
    );
  }

  #areApart(sides: readonly (readonly Alternative[])[]): boolean {
    return sides.every((some, index) =>
      sides.slice(index + 1).every((others) =>
        some.every((one) =>
          others.every((other) => {
            this.#budget.spend(1 + sizeOf(one.keywords) + sizeOf(other.keywords));
            return areDisjoint(one.keywords, other.keywords);
          }),
        ),
      ),
    );
  }
}

/** One alternative, or none if no data is like that. */
function flat(schema: JsonObject): readonly Alternative[] {
  const { const: only, ...rest } = schema;
  const keywords: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).filter(([keyword]) => !SILENT.has(keyword) && !isAnnotation(keyword)),
  );
  const types = typesOf(schema);
  if (types !== undefined) keywords['type'] = [...types];
  if (Object.hasOwn(schema, 'const')) {
    const values = keywords['enum'] as readonly unknown[] | undefined;
    const isAmong = values === undefined || values.some((value) => jsonText(value) === jsonText(only));
    keywords['enum'] = isAmong ? [only] : [];
  }
  const values = keywords['enum'] as readonly unknown[] | undefined;
  if (values !== undefined && types !== undefined) {
    keywords['enum'] = values.filter((value) => allows(types, typeOfValue(value)));
  }
  if (isEmpty(keywords)) return [];
  const exact = !NARROWING.some((keyword) => Object.hasOwn(keywords, keyword));
  return [{ keywords: withoutAnyName(keywords), exact }];
}

function isEmpty({
  type,
  enum: values,
  not,
  minimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
}: JsonObject): boolean {
  if (
    (type as readonly unknown[] | undefined)?.length === 0 ||
    (values as readonly unknown[] | undefined)?.length === 0
  )
    return true;
  if (not === true || (typeof not === 'object' && not !== null && Object.keys(not).length === 0)) return true;
  const types = type as readonly string[] | undefined;
  const [only] = types?.length === 1 ? types : [];
  const isCrossed = (low: unknown, high: unknown): boolean =>
    typeof low === 'number' && typeof high === 'number' && low > high;
  if (only === 'number' || only === 'integer') return isCrossed(minimum, maximum);
  if (only === 'string') return isCrossed(minLength, maxLength);
  return only === 'array' && isCrossed(minItems, maxItems);
}

/** A pattern for all names says what `additionalProperties` does. */
export function withoutAnyName(keywords: JsonObject): JsonObject {
  const { patternProperties, properties, ...rest } = keywords;
  const entries = Object.entries((patternProperties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const [[pattern, schema] = []] = entries;
  if (entries.length !== 1 || pattern === undefined || !ANY_NAME.has(pattern)) return keywords;
  if (Object.keys(properties ?? {}).length > 0) return keywords;
  return { ...rest, additionalProperties: schema };
}

/** What is unevaluated after the merge is what is additional, if that has not been said. */
function closed({ keywords, exact }: Alternative, unevaluated: unknown): Alternative {
  if (keywords['additionalProperties'] !== undefined) return { keywords, exact };
  return { keywords: { ...keywords, additionalProperties: unevaluated }, exact };
}

/** Roughly what it costs to look at all that is said. */
export function sizeOf(keywords: JsonObject): number {
  const { properties = {}, patternProperties = {}, required = [], prefixItems = [], enum: values = [] } = keywords;
  const lists = [Object.keys(properties as object), Object.keys(patternProperties as object), required, prefixItems];
  return lists.reduce<number>((sum, each) => sum + (each as readonly unknown[]).length, weightOf(values));
}
