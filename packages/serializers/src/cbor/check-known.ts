import { types } from 'node:util';
import { hasToJson, isPlain, keysOf, refusedType, refuseMemory } from '../objects.js';

/**
 * For what it does not know cbor-x writes an empty object, and text for a `Date` of another realm.
 * @throws Error if there is such a thing in a value that it has encoded
 */
export function checkKnown(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (isKnown(value)) return;
  if (types.isDate(value)) throw refusedType('Date', 'it is of another realm, make one here');
  for (const inside of contentsOf(value)) checkKnown(inside);
}

/** Whether it is bytes or a date that cbor-x knows, or an array that it may not know but does not make empty. */
function isKnown(value: object): boolean {
  const isBytes = types.isTypedArray(value) || value instanceof ArrayBuffer || value.constructor === DataView;
  return isBytes || value instanceof Date;
}

function contentsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || types.isSet(value)) return value as Iterable<unknown>;
  if (types.isMap(value)) return [...value.keys(), ...value.values()];
  if (isPlain(value)) return Object.values(value as Record<string, unknown>);
  if (hasToJson(value)) return [value.toJSON()];
  refuseMemory(value);
  return keysOf(value).map((key): unknown => Reflect.get(value, key));
}
