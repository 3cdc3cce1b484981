import { refused } from './refusal.js';
import type { Scalar } from './scalars.js';

/** The key of a map: text in an object, a value of its own kind on the wire. */
export interface MapKey {
  readonly scalar: Scalar;
  /** @throws Refusal if the text is not what the key is when it is read. */
  parse(text: string): unknown;
}

const WHOLE_NUMBER = /^(?:0|-?[1-9]\d{0,19})$/;

export function mapKeyOf(kind: string, scalar: Scalar): MapKey {
  if (kind === 'string') return { scalar, parse: (text) => text };
  if (kind === 'bool') return { scalar, parse: truth };
  const convert: (text: string) => unknown = typeof scalar.zero === 'bigint' ? BigInt : Number;
  return {
    scalar,
    parse(text) {
      if (!WHOLE_NUMBER.test(text)) throw refused(text, 'a whole number');
      return convert(text);
    },
  };
}

function truth(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw refused(text, 'true or false');
  return text === 'true';
}
