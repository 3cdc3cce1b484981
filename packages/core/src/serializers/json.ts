import { isUtf8 } from 'node:buffer';
import type { BodyBlock, Serializer } from '../contract/serializer.js';

const REPLACEMENT = '\ufffd';

/** Bytes as text. @throws TypeError where they are not UTF-8, instead of putting replacement characters in their place. */
export function utf8Text(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  // Without one of those characters nothing was replaced. To look for one costs nothing in a text that is all ASCII.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) throw new TypeError('the bytes are not valid UTF-8');
  return text;
}

type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** Its declaration leaves out that there may be no text. */
const stringify = JSON.stringify as (value: unknown, replacer?: Replacer) => string | undefined;

/** A value as JSON. What JSON has no word for at all, `undefined` first of all, is `null`. */
export function jsonText(value: unknown, replacer?: Replacer): string {
  return stringify(value, replacer) ?? 'null';
}

/** Many values as one JSON array, whose text is put together at the end. */
class JsonBlock implements BodyBlock {
  readonly #texts: string[] = [];

  add(value: unknown, mostBytes: number): number | Uint8Array {
    const text = jsonText(value);
    if (text.length >= mostBytes) return Buffer.from(text);
    this.#texts.push(text);
    return text.length + 1;
  }

  finishAlone(): string {
    return this.#texts[0] ?? '';
  }

  finish(): string {
    return `[${this.#texts.join(',')}]`;
  }
}

/** JSON in UTF-8, as `JSON.stringify` and `JSON.parse` have it. An `undefined` at the top becomes `null`. */
export const json: Serializer = {
  name: 'json',
  contentType: 'application/json',
  bytes: 'nowhere',
  serialize: (value) => Buffer.from(jsonText(value)),
  deserialize: (bytes) => JSON.parse(utf8Text(bytes)) as unknown,
  serializeMany: () => new JsonBlock(),
  deserializeMany: (bytes) => JSON.parse(utf8Text(bytes)) as unknown[],
};
