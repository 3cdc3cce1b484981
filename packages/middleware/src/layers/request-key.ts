import type { RequestOptions } from '@liberzmq/core';

/**
 * A text that two requests have in common only if they ask for the same: action, data, headers. The order of properties makes no difference.
 * @returns `undefined` if the data is more than JSON can tell, such as a `Map`, a `Date`, bytes or an instance of a class: two of these may look the same.
 */
export function requestKey(action: string, data: unknown, { headers = {} }: RequestOptions = {}): string | undefined {
  try {
    return JSON.stringify([action, headers, data === undefined ? [] : [data]], plain);
  } catch {
    return undefined;
  }
}

/** A `replacer` of JSON's, which gets values after their own `toJSON` and is called on what holds them. */
function plain(this: unknown, key: string, value: unknown): unknown {
  const given = (this as Record<string, unknown>)[key];
  if (given === null || typeof given === 'string' || typeof given === 'boolean') return given;
  if (typeof given === 'number' && Number.isFinite(given)) return given;
  // As in any object, a property that is undefined is as good as none; in an array it is not.
  if (given === undefined && !Array.isArray(this)) return given;
  if (Array.isArray(given)) return value;
  if (typeof given !== 'object' || !isPlain(given) || given !== value) throw new TypeError('not plain');
  return Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
