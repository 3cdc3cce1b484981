import * as integers from './integers.js';
import type { MeteredReader, MeteredWriter } from './memory.js';
import { Refusal, refused } from './refusal.js';
import { WIRE } from './wire.js';

/** One value of a field. */
export interface Element {
  readonly wire: number;
  /** @param depth how many messages may begin here. @throws Refusal if it is of another kind */
  write(writer: MeteredWriter, value: unknown, depth: number): void;
  /**
   * @param before what the field has already: a message is merged into it.
   * @returns `undefined` for what the schema does not know, which then counts as though it had not come.
   */
  read(reader: MeteredReader, depth: number, before?: unknown): unknown;
}

/** A value that is no message. */
export interface Scalar extends Element {
  /** What a field that is not on the wire has, unless it tells that it is absent. */
  readonly zero: unknown;
  isZero(value: unknown): boolean;
  /** Many in a row behind one length, where that is faster than one by one. */
  readonly numbers?: Numbers;
}

interface Numbers {
  check(value: unknown): void;
  write(writer: MeteredWriter, values: unknown): void;
  read(reader: MeteredReader, values: unknown): void;
}

type NumberKind = 'double' | 'float' | 'int32' | 'uint32' | 'sint32' | 'fixed32' | 'sfixed32';
/** Not among the types of the library that this is compiled for, but in each Node that it runs on. */
interface WellFormedText {
  isWellFormed(): boolean;
}

const { int32, uint32, int64, uint64 } = integers;
const EMPTY = Buffer.alloc(0);

function numbers(
  kind: NumberKind,
  wire: number,
  check: (value: unknown) => number,
  write: Scalar['write'],
  read: Scalar['read'],
): Scalar {
  const kinds = `${kind}s` as const;
  return {
    wire,
    zero: 0,
    isZero: (value) => Object.is(value, 0),
    write,
    read,
    numbers: {
      check,
      write: (writer, values) => void writer[kinds](values as number[]),
      read: (reader, values) => void reader[kinds](values as number[]),
    },
  };
}

function integers64(wire: number, write: Scalar['write'], read: Scalar['read']): Scalar {
  return { wire, zero: 0n, isZero: (value) => value === 0n || value === 0, write, read };
}

const bool: Scalar = {
  wire: WIRE.varint,
  zero: false,
  isZero: (value) => value === false,
  write(writer, value) {
    if (typeof value !== 'boolean') throw refused(value, 'true or false');
    writer.bool(value);
  },
  read: (reader) => reader.bool(),
};

const string: Scalar = {
  wire: WIRE.length,
  zero: '',
  isZero: (value) => value === '',
  write(writer, value) {
    if (typeof value !== 'string') throw refused(value, 'a string');
    if (!(value as unknown as WellFormedText).isWellFormed()) throw new Refusal('has half a surrogate pair in it');
    writer.string(value);
  },
  read: (reader) => reader.stringVerify(),
};

const bytes: Scalar = {
  wire: WIRE.length,
  zero: EMPTY,
  isZero: (value) => value instanceof Uint8Array && value.byteLength === 0,
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw refused(value, 'a Buffer or Uint8Array');
    writer.bytes(value);
  },
  read: (reader) => reader.bytes(),
};

/** The kinds of value, by their names in a schema. */
export const SCALARS: Readonly<Record<string, Scalar>> = {
  double: numbers(
    'double',
    WIRE.bits64,
    double,
    (writer, value) => void writer.double(double(value)),
    (reader) => reader.double(),
  ),
  float: numbers(
    'float',
    WIRE.bits32,
    float,
    (writer, value) => void writer.float(float(value)),
    (reader) => reader.float(),
  ),
  int32: numbers(
    'int32',
    WIRE.varint,
    int32,
    (writer, value) => void writer.int32(int32(value)),
    (reader) => reader.int32(),
  ),
  uint32: numbers(
    'uint32',
    WIRE.varint,
    uint32,
    (writer, value) => void writer.uint32(uint32(value)),
    (reader) => reader.uint32(),
  ),
  sint32: numbers(
    'sint32',
    WIRE.varint,
    int32,
    (writer, value) => void writer.sint32(int32(value)),
    (reader) => reader.sint32(),
  ),
  fixed32: numbers(
    'fixed32',
    WIRE.bits32,
    uint32,
    (writer, value) => void writer.fixed32(uint32(value)),
    (reader) => reader.fixed32(),
  ),
  sfixed32: numbers(
    'sfixed32',
    WIRE.bits32,
    int32,
    (writer, value) => void writer.sfixed32(int32(value)),
    (reader) => reader.sfixed32(),
  ),
  int64: integers64(WIRE.varint, (writer, value) => void writer.int64(int64(value)), integers.readInt64),
  uint64: integers64(WIRE.varint, (writer, value) => void writer.uint64(uint64(value)), integers.readUint64),
  sint64: integers64(WIRE.varint, (writer, value) => void writer.sint64(int64(value)), integers.readSint64),
  fixed64: integers64(WIRE.bits64, (writer, value) => void writer.fixed64(uint64(value)), integers.readFixed64),
  sfixed64: integers64(WIRE.bits64, (writer, value) => void writer.sfixed64(int64(value)), integers.readSfixed64),
  bool,
  string,
  bytes,
};

function double(value: unknown): number {
  if (typeof value === 'number') return value;
  throw refused(value, 'a number');
}

/** The fraction is rounded to what a float has; a number that is too large for it is refused. */
function float(value: unknown): number {
  if (typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value))) return value;
  throw refused(value, 'a number of 32 bits');
}
