import { types } from 'node:util';
import { hasToJson, isPlain, keysOf, refuseMemory } from '../objects.js';
import { tooDeep } from '../refusals.js';

/** Where objects are written to that are not plain. */
interface ForeignTarget {
  value(value: unknown, depth: number): void;
  mapHead(length: number): void;
  key(key: string): void;
  binary(bytes: Uint8Array): void;
  timestamp(date: Date): void;
}

/**
 * Writes an object that is not plain, or not of this realm.
 * @param depth how many levels may begin here.
 * @throws Error if it holds what MessagePack has no word for
 */
export function writeForeign(writer: ForeignTarget, value: object, depth: number): void {
  if (types.isUint8Array(value)) writer.binary(value);
  else if (types.isDate(value)) writer.timestamp(value);
  else if (isPlain(value)) writeKeys(writer, value, Object.keys(value), depth);
  else if (hasToJson(value)) writer.value(value.toJSON(), depth);
  else if (types.isMap(value)) writeMap(writer, value, depth);
  else if (types.isSet(value)) writer.value(Array.from(value), depth);
  else if (types.isBoxedPrimitive(value)) writer.value(value.valueOf(), depth);
  else {
    refuseMemory(value);
    writeKeys(writer, value, keysOf(value), depth);
  }
}

function writeKeys(writer: ForeignTarget, object: object, keys: readonly string[], depth: number): void {
  if (depth < 1) throw tooDeep();
  writer.mapHead(keys.length);
  for (const key of keys) {
    writer.key(key);
    writer.value(Reflect.get(object, key), depth - 1);
  }
}

function writeMap(writer: ForeignTarget, map: ReadonlyMap<unknown, unknown>, depth: number): void {
  if (depth < 1) throw tooDeep();
  const entries = Array.from(map);
  const names = new Set<string>();
  writer.mapHead(entries.length);
  for (const [key, item] of entries) {
    if (typeof key === 'string') writer.key(key);
    else if (typeof key === 'number') writer.value(key, 0);
    else throw new Error('a key of a Map is neither text nor a number');
    names.add(String(key));
    writer.value(item, depth - 1);
  }
  if (names.size < entries.length) throw new Error('a Map has a number and the same as text for keys');
}
