import { isAnyArrayBuffer, isMap, isSet } from 'node:util/types';

/**
 * A text that two values have in common only if they are the same data, whichever serializer has carried one of them: JSON with sorted properties, dates as JSON has them, and
 * what JSON does not have (bytes, large integers, maps and sets, `NaN` and `Infinity`) in a form that it does not have either.
 * @throws RangeError if it is too deep, or contains itself
 */
export function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      // As JSON does, for which -0 is 0; but it has null for what is not finite, which is another value.
      return Number.isFinite(value) ? JSON.stringify(value) : String(value);
    case 'bigint':
      return `${String(value)}n`;
    case 'object':
      return value === null ? 'null' : ofObject(value);
    default:
      // As JSON has it in an array, and as it comes out where there is no data.
      return 'null';
  }
}

function ofObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (isAnyArrayBuffer(value)) return `b"${Buffer.from(value).toString('base64')}"`;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return `b"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"`;
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return canonicalText((toJSON as () => unknown).call(value));
  if (isSet(value)) return `s[${[...value].map(canonicalText).sort().join()}]`;
  const isOfMap = isMap(value);
  const entries: [unknown, unknown][] = isOfMap ? [...value] : definedEntries(value);
  const properties = entries.map(([key, each]) => `${canonicalText(key)}:${canonicalText(each)}`);
  return `${isOfMap ? 'm' : ''}{${properties.sort().join()}}`;
}

/** A property that is undefined, or a function, is none. */
function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(
    ([, each]) => each !== undefined && typeof each !== 'function' && typeof each !== 'symbol',
  );
}
