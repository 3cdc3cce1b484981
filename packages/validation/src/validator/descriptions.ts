const MOST_RECEIVED = 40;
const MOST_EXPECTED = 100;
const MOST_PATH = 200;
/** A text of which more would not be shown anyway is not looked at any further. */
const MOST_TEXT = MOST_RECEIVED;
const LARGEST_SHOWN = 2n ** 64n;

/** A value in a few words, of at most 40 characters: what kind it is, and the value itself where it is short. */
export function describeReceived(value: unknown): string {
  return shortened(received(value), MOST_RECEIVED);
}

/** What would have been right, in a few words. */
export function shortenExpected(expected: string): string {
  return shortened(expected, MOST_EXPECTED);
}

/** What is there, for a property that is not. */
export const NOTHING = 'nothing';

/** The JSON pointer of some keys. One that would be longer than 200 characters is cut off: whoever sends data chooses its keys. */
export function pointerOf(keys: readonly PropertyKey[]): string {
  return shortenPath(keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
}

function shortenPath(path: string): string {
  return shortened(path, MOST_PATH);
}

/** The keys of a JSON pointer. */
export function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What stands at some keys of a value; `found` is false where there is none of its own. */
export function valueAt(value: unknown, keys: readonly PropertyKey[]): { found: boolean; value: unknown } {
  let current = value;
  for (const key of keys) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) {
      return { found: false, value: undefined };
    }
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return { found: true, value: current };
}

function received(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${JSON.stringify(value.slice(0, MOST_TEXT))}`;
    case 'number':
    case 'boolean':
      return `${typeof value} ${String(value)}`;
    case 'bigint':
      return value < LARGEST_SHOWN && value > -LARGEST_SHOWN ? `bigint ${String(value)}` : 'bigint';
    case 'object':
      return objectReceived(value);
    default:
      return typeof value;
  }
}

function objectReceived(value: object | null): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `array of ${String(value.length)}`;
  if (ArrayBuffer.isView(value)) return `${String(value.byteLength)} bytes`;
  return Object.prototype.toString.call(value) === '[object Date]' ? 'date' : 'object';
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}
