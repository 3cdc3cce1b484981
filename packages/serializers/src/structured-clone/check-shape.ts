import { types } from 'node:util';

/**
 * V8 reads any depth that its stack can take, and believes the length of an array with holes.
 * @throws Error if a value is nested deeper than it may be, or an array has more places than its encoding has bytes.
 */
export function checkShape(value: unknown, maxDepth: number, byteLength: number): void {
  if (isContainer(value)) walk(value, maxDepth, byteLength, new Set());
}

function walk(value: object, depth: number, byteLength: number, seen: Set<object>): void {
  if (seen.has(value)) return;
  seen.add(value);
  if (depth < 1) throw new Error('it is nested deeper than maxDepth');
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
