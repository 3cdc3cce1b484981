import type { Serializer } from '../../contract/serializer.js';
import { SerializationError } from '../../errors/error-classes.js';
import { jsonText, utf8Text } from '../../serializers/json.js';

/** A value that JSON does not have, as Python LiberZMQ writes it: `{ "__type__": "set", "value": [1, 2] }`. */
interface TaggedValue {
  readonly __type__: string;
  readonly value: unknown;
}

/**
 * JSON with the tags of Python LiberZMQ: a `Date` goes out as a datetime in UTC, bytes as hex, a `Set` as a set.
 * Coming in, a tuple is an array, a decimal is a string (a number would lose digits), a custom object is its fields;
 * a date, and a datetime without a zone, are read as local time, as Python means them.
 * What JSON would lose without a word (a `Map`, a `BigInt`, `NaN` and `Infinity`, a function, an invalid date) is refused.
 */
export const taggedJson: Serializer = {
  name: 'json',
  contentType: 'application/json',
  serialize: (value) => Buffer.from(jsonText(value, tag)),
  deserialize(bytes) {
    refusePickle(bytes);
    const text = utf8Text(bytes);
    return text.includes('"__type__"') ? (JSON.parse(text, untag) as unknown) : (JSON.parse(text) as unknown);
  },
};

/** `JSON.stringify` calls `toJSON` first, so the value itself is read from the object that holds it. */
function tag(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (typeof original !== 'object' || original === null) {
    if (typeof original === 'bigint')
      throw new TypeError(`a BigInt at '${key}' has no place in JSON; send it as a string`);
    if (typeof original === 'function') throw new TypeError(`a function at '${key}' cannot be sent`);
    return value;
  }
  if (isTagged(original, 'Date')) return { __type__: 'datetime', value: isoWithOffset(original as Date, key) };
  if (ArrayBuffer.isView(original)) {
    const { buffer, byteOffset, byteLength } = original;
    return { __type__: 'bytes', value: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('hex') };
  }
  if (isTagged(original, 'ArrayBuffer'))
    return { __type__: 'bytes', value: Buffer.from(original as ArrayBuffer).toString('hex') };
  if (isTagged(original, 'Set')) return { __type__: 'set', value: [...(original as Set<unknown>)] };
  if (isTagged(original, 'Map'))
    throw new TypeError(`a Map at '${key}' has no place in JSON; send Object.fromEntries(map)`);
  return value;
}

/** Built-in objects of another realm are not instances of ours; their string tag tells. */
function isTagged(value: object, name: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}

function isoWithOffset(date: Date, key: string): string {
  if (Number.isNaN(date.getTime())) throw new TypeError(`the date at '${key}' is not a valid date`);
  return date.toISOString().replace('Z', '+00:00');
}

function untag(_key: string, value: unknown): unknown {
  if (
    typeof value !== 'object' ||
    value === null ||
    !Object.hasOwn(value, '__type__') ||
    !Object.hasOwn(value, 'value')
  )
    return value;
  const { __type__: type, value: inner } = value as TaggedValue;
  switch (type) {
    case 'datetime':
    case 'date':
      return readDate(type, inner);
    case 'bytes':
      return readHex(inner);
    case 'set':
      return new Set(readList(type, inner));
    case 'tuple':
      return readList(type, inner);
    case 'decimal':
    case 'object':
      return inner;
    default:
      return value;
  }
}

/** Without a zone, ECMAScript reads a date alone as UTC but a date with a time as local; both are local here. */
function readDate(type: string, value: unknown): Date {
  const date = new Date(type === 'date' ? `${String(value)}T00:00:00` : String(value));
  if (typeof value !== 'string' || Number.isNaN(date.getTime()))
    throw new TypeError(`'${String(value)}' is not a ${type}`);
  return date;
}

function readHex(value: unknown): Uint8Array {
  if (typeof value !== 'string' || value.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(value))
    throw new TypeError('bytes must be in hex');
  return Buffer.from(value, 'hex');
}

function readList(type: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`a ${type} must hold a list`);
  return value;
}

const PICKLE_PROTOCOL = 0x80;
const ZLIB = 0x78;
const BINARY_HEADER_BYTES = 5;

/** Python's `binary` serializer writes a flag byte, a length of four bytes, and a pickle, compressed if the flag is 1. */
function refusePickle(bytes: Uint8Array): void {
  const [first = 0] = bytes;
  const afterHeader = bytes[BINARY_HEADER_BYTES];
  const plain = first === PICKLE_PROTOCOL;
  const framed = (first === 0 && afterHeader === PICKLE_PROTOCOL) || (first === 1 && afterHeader === ZLIB);
  if (!plain && !framed) return;
  throw new SerializationError(
    'DECODE',
    "this is a Python pickle (the serializer 'binary' of Python LiberZMQ), which is refused: decoding one runs code of the sender's choice. Use serializer='json' on the Python side",
  );
}
