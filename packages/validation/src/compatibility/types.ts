import { TYPE, type JsonObject } from '../contract/json-form.js';

/** What a schema allows that says nothing of types. */
export const ALL_TYPES: readonly string[] = ['string', 'number', 'boolean', 'null', 'object', 'array'];

/** The types that a schema allows, also those that JSON has not; `undefined`: all. */
export function typesOf(schema: JsonObject): ReadonlySet<string> | undefined {
  const said = schema['type'] ?? schema[TYPE];
  if (said === undefined) return undefined;
  const names = (Array.isArray(said) ? said : [said]) as readonly unknown[];
  return new Set(names.map((name) => (name === 'void' ? 'undefined' : String(name))));
}

/** The types of both. */
export function commonTypes(
  some: ReadonlySet<string> | undefined,
  others: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (some === undefined || others === undefined) return some ?? others;
  const common = [...some].filter((type) => allows(others, type));
  if (some.has('number') && others.has('integer') && !common.includes('number')) common.push('integer');
  return new Set(common);
}

/** Whether all values of a type are allowed. */
export function allows(types: ReadonlySet<string>, type: string): boolean {
  return types.has(type) || (type === 'integer' && types.has('number'));
}

/** The type of a value that is JSON. */
export function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Whether none of the types is the other's. */
export function areApart(some: string, other: string): boolean {
  const isNumber = (type: string): boolean => type === 'integer' || type === 'number';
  return some !== other && !(isNumber(some) && isNumber(other));
}
