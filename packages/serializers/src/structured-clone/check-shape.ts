import { types } from 'node:util';
import { tooDeep } from '../refusals.js';

const IN_DOUBT = -1;

/**
 * V8 reads any depth that its stack can take, and believes the length of an array with holes.
 * @throws Error if a value is nested deeper than it may be, or an array has more places than its encoding has bytes.
 */
export function checkShape(value: unknown, maxDepth: number, byteLength: number): void {
  if (!isContainer(value)) return;
  // Noting what has been seen takes longer than all the rest, and few values have a part twice.
  if (walkPlain(value, maxDepth, byteLength, byteLength) === IN_DOUBT) walk(value, maxDepth, byteLength, new Set());
}

/**
 * Walks through arrays and plain objects, as often as they are there. Parts that are in each other, or in many others, would keep it for ever.
 * @param left how many may be walked through.
 * @returns how many are left; {@link IN_DOUBT} if it has to be looked at more closely
 */
function walkPlain(value: object, depth: number, byteLength: number, left: number): number {
  if (depth < 1 || left < 1) return IN_DOUBT;
  let rest = left - 1;
  if (Array.isArray(value)) {
    const array = value as unknown[];
    if (array.length > byteLength) return IN_DOUBT;
    for (let i = 0; i < array.length && rest !== IN_DOUBT; i++) {
      const inside = array[i];
      if (typeof inside === 'object' && inside !== null) rest = walkPlain(inside, depth - 1, byteLength, rest);
    }
    return rest;
  }
  if (value.constructor !== Object) return ArrayBuffer.isView(value) || types.isDate(value) ? rest : IN_DOUBT;
  for (const key in value) {
    const inside = (value as Record<string, unknown>)[key];
    if (typeof inside === 'object' && inside !== null) rest = walkPlain(inside, depth - 1, byteLength, rest);
    if (rest === IN_DOUBT) return IN_DOUBT;
  }
  return rest;
}

function walk(value: object, depth: number, byteLength: number, seen: Set<object>): void {
  if (seen.has(value)) return;
  seen.add(value);
  if (depth < 1) throw tooDeep();
  if (Array.isArray(value) && value.length > byteLength)
    throw new RangeError('an array has far more places than values');
  for (const inside of contentsOf(value)) if (isContainer(inside)) walk(inside, depth - 1, byteLength, seen);
}

function contentsOf(value: object): Iterable<unknown> {
  if (types.isMap(value)) return mapContents(value);
  if (types.isSet(value)) return value as ReadonlySet<unknown>;
  return Array.isArray(value) ? (value as unknown[]) : (Object.values(value) as unknown[]);
}

function mapContents(map: ReadonlyMap<unknown, unknown>): unknown[] {
  return [...map.keys(), ...map.values()];
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
