import type { Enum } from 'protobufjs';
import { refused } from './refusal.js';
import type { Scalar } from './scalars.js';
import { WIRE } from './wire.js';

/** What protobufjs makes of the syntax, the edition and the options; its own encoders and decoders go by it, its types leave it out. */
interface Featured {
  readonly _features?: { readonly enum_type?: string };
}

/** Whether an enum has the numbers in the schema only, as in proto2; else it has all of 32 bits. */
export function isClosed(type: Enum): boolean {
  return (type as Featured)._features?.enum_type === 'CLOSED';
}

/** The values of an enum: their names, or their numbers where they have none. @param zero the number that stands for nothing. */
export function enumScalar(
  name: string,
  numbersByName: Readonly<Record<string, number>>,
  zero: number,
  closed: boolean,
): Scalar {
  const numberOf = new Map<unknown, number>();
  const nameOf = new Map<number, string>();
  for (const [each, number] of Object.entries(numbersByName)) {
    numberOf.set(each, number).set(number, number);
    if (!nameOf.has(number)) nameOf.set(number, each);
  }
  const unnamed = (value: unknown): number | undefined =>
    !closed && typeof value === 'number' && (value | 0) === value ? value : undefined;
  return {
    wire: WIRE.varint,
    zero: nameOf.get(zero) ?? zero,
    isZero: (value) => numberOf.get(value) === zero,
    write(writer, value) {
      const number = numberOf.get(value) ?? unnamed(value);
      if (number === undefined) throw refused(value, `a value of ${name}: ${[...nameOf.values()].join(', ')}`);
      writer.int32(number);
    },
    read(reader) {
      const number = reader.int32();
      return nameOf.get(number) ?? unnamed(number);
    },
  };
}
