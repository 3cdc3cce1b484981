import type { Serializer } from '@liberzmq/core';
import fc from 'fast-check';
import { cbor, compressed, msgpack, structuredCloneSerializer, type SerializerOptions } from '../src/index.js';

/** A format and what it can carry. */
export interface Format {
  readonly name: string;
  readonly make: (options?: SerializerOptions) => Serializer;
  readonly values: fc.Arbitrary<unknown>;
  /** What it cannot encode. */
  readonly refused: unknown;
}

const key = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text !== '__proto__');

/** Data made of these leaves, arrays and objects. */
function dataOf(leaves: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(...leaves);
  return fc.letrec((tie) => ({
    data: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('data')),
      fc.dictionary(key, tie('data'), { noNullPrototype: true }),
    ),
  })).data;
}

const leaves = [
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.integer(),
  // Only structured_clone keeps the sign of a zero.
  fc.double().map((number) => (number === 0 ? 0 : number)),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2500-01-01') }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
];

const richLeaves = [
  ...leaves,
  fc.bigInt(),
  fc.uniqueArray(fc.integer()).map((items) => new Set(items)),
  fc.uniqueArray(fc.tuple(fc.string(), fc.integer()), { selector: ([name]) => name }).map((items) => new Map(items)),
  fc.float64Array(),
  fc.int16Array(),
];

export const formats: readonly Format[] = [
  { name: 'msgpack', make: msgpack, values: dataOf(leaves), refused: { much: 2n ** 64n } },
  { name: 'cbor', make: cbor, values: dataOf(richLeaves), refused: { sign: Symbol('sign') } },
  {
    name: 'structured_clone',
    make: structuredCloneSerializer,
    values: dataOf(richLeaves),
    refused: { call: () => undefined },
  },
  {
    name: 'compressed_msgpack',
    make: (options) => compressed(msgpack(options), { thresholdBytes: 0 }),
    values: dataOf(leaves),
    refused: { much: 2n ** 64n },
  },
];

/** So many arrays, each in the one before. */
export function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
