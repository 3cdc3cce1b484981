import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import protobufjs from 'protobufjs';
import { protobuf } from '../src/protobuf/index.js';
import { alls, BLANK, SCHEMA, task } from './protobuf-schema.js';

const ALL = task('all');
const serializer = protobuf({ schema: SCHEMA, tasks: { all: 'all.All' } });

const root = protobufjs.parse(SCHEMA).root;
root.addJSON(protobufjs.common.get('google/protobuf/timestamp.proto')!.nested!);
const bare = root.resolveAll().lookupType('all.All');

test('what goes in comes out, and no two messages share anything', () => {
  fc.assert(
    fc.property(alls, (value) => {
      const bytes = serializer.serialize(value, ALL);
      const back = serializer.deserialize(bytes, ALL);
      expect(back).toEqual(value);
      expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
      expect(serializer.deserialize(bytes, ALL)).toEqual(value);
    }),
  );
});

test('the bytes are those of protobufjs by itself', () => {
  fc.assert(
    fc.property(alls, (value) => {
      const message = bare.fromObject(asProtobufjs(value) as object);
      expect(Buffer.from(serializer.serialize(value, ALL)).equals(bare.encode(message).finish())).toBe(true);
    }),
  );
});

test('what is not set is not sent, and comes back as it is in every language', () => {
  expect(serializer.serialize({}, ALL).byteLength).toBe(0);
  expect(serializer.serialize(BLANK, ALL).byteLength).toBe(0);
  expect(serializer.serialize({ double: undefined, inner: null, far: null, list: undefined }, ALL).byteLength).toBe(0);
  const blank = serializer.deserialize(Buffer.alloc(0), ALL);
  expect(blank).toStrictEqual(BLANK);
});

test('fields with presence keep what the others leave out', () => {
  const value = {
    maybeDouble: 0,
    maybeString: '',
    maybeBool: false,
    maybeUint64: 0n,
    maybeColour: 'NONE',
    inner: BLANK,
  };
  expect(serializer.deserialize(serializer.serialize(value, ALL), ALL)).toStrictEqual({ ...BLANK, ...value });
  expect(serializer.deserialize(serializer.serialize({ second: 0 }, ALL), ALL)).toStrictEqual({ ...BLANK, second: 0 });
});

describe('is given and comes back', () => {
  test.each([
    ['a small integer of 64 bits', { int64: 5 }, { int64: 5n }],
    ['a negative one', { sint64: -5, sfixed64: -5 }, { sint64: -5n, sfixed64: -5n }],
    ['the number of a name', { colour: 1, colours: [-2, 'RED'] }, { colour: 'RED', colours: ['BLUE', 'RED'] }],
    ['the sign of a zero', { double: -0, maybeDouble: -0 }, { double: -0, maybeDouble: -0 }],
    ['a fraction as a float', { float: 0.1 }, { float: Math.fround(0.1) }],
    ['NaN and infinities', { doubles: [NaN, Infinity, -Infinity] }, { doubles: [NaN, Infinity, -Infinity] }],
    ['a Uint8Array', { bytes: Uint8Array.of(1, 2) }, { bytes: Buffer.from([1, 2]) }],
    ['an object without a prototype', Object.assign(Object.create(null), { int32: 1 }), { int32: 1 }],
    [
      'an instance of a class',
      new (class Its {
        readonly int32 = 7;
      })(),
      { int32: 7 },
    ],
    [
      'an instance with getters',
      new (class Its extends class {
        get texts(): string[] {
          return ['inherited'];
        }
      } {
        readonly string = 'its';
        get inner(): object {
          return { string: this.string };
        }
        get helper(): number {
          return 1;
        }
        int32(): number {
          return 1;
        }
      })(),
      { string: 'its', texts: ['inherited'], inner: { ...BLANK, string: 'its' } },
    ],
    [
      'an instance that has nothing but a getter',
      new (class Its {
        get int32(): number {
          return 9;
        }
      })(),
      { int32: 9 },
    ],
    [
      'a number that an open enum has not',
      { colour: 7, colours: [1, -(2 ** 31)] },
      { colour: 7, colours: ['RED', -(2 ** 31)] },
    ],
    ['a Date', { at: new Date(-1) }, { at: new Date(-1) }],
    ['a byte order mark', { string: '\ufeffx' }, { string: '\ufeffx' }],
  ])('%s', (_, value: object, back) => {
    expect(serializer.deserialize(serializer.serialize(value, ALL), ALL)).toStrictEqual({ ...BLANK, ...back });
  });
});

test('a message of protobufjs itself is a value as well', () => {
  const message = bare.create({ int32: 4, texts: ['x'] });
  expect(serializer.deserialize(serializer.serialize(message, ALL), ALL)).toEqual({ ...BLANK, int32: 4, texts: ['x'] });
});

test('bytes are views of what came in', () => {
  const packet = Buffer.from(serializer.serialize({ bytes: Buffer.from('view'), string: 'text' }, ALL));
  const back = serializer.deserialize(new Uint8Array(packet.buffer, packet.byteOffset, packet.byteLength), ALL);
  expect((back as { bytes: Buffer }).bytes.buffer).toBe(packet.buffer);
});

test('proto2: groups, required fields, presence, unpacked numbers; and extensions', () => {
  const schema = `syntax = "proto2";
    message Old {
      required int32 id = 1; optional string text = 2 [default = "none"]; repeated int32 numbers = 3;
      optional group Part = 4 { optional int32 x = 1; } repeated group Piece = 5 { optional Old old = 1; } extensions 100 to 199;
    }
    extend Old { optional string note = 100; }`;
  const old = protobuf({ schema, tasks: { old: 'Old' } });
  const value = {
    id: 0,
    numbers: [1, -1],
    part: { x: 1 },
    piece: [{}, { old: { id: 5, numbers: [], piece: [] } }],
    '.note': 'extended',
  };
  const bytes = old.serialize(value, task('old'));
  expect(old.deserialize(bytes, task('old'))).toStrictEqual(value);
  const type = protobufjs.parse(schema).root.resolveAll().lookupType('Old');
  expect(Buffer.from(bytes).equals(type.encode(type.fromObject(value)).finish())).toBe(true);
  expect(() => old.serialize({ text: 'x' }, task('old'))).toThrow('Old.id: is required, and missing');
  expect(() => old.deserialize(Buffer.from('120178', 'hex'), task('old'))).toThrow('Old.id is required, and missing');
});

test('two members of a oneof, one of them from a getter', () => {
  class Its {
    readonly first = 'x';
    get second(): number {
      return 2;
    }
  }
  expect(() => serializer.serialize(new Its(), ALL)).toThrow('All: has first and second');
});

test('a closed enum: numbers that it has not count as fields that are not known', () => {
  const schema = `syntax = "proto2"; enum E { A = 1; B = 2; }
    message M { optional E one = 1; repeated E packed = 2 [packed = true]; repeated E each = 3; map<string, E> by_name = 4;
      oneof choice { E its = 5; string text = 6; } }`;
  const closed = protobuf({ schema, tasks: { m: 'M' } });
  const decode = (hex: string): unknown => closed.deserialize(Buffer.from(hex.replaceAll(' ', ''), 'hex'), task('m'));
  const none = { packed: [], each: [], byName: {} };
  expect(decode('0807')).toStrictEqual(none);
  expect(decode('0802 0807')).toStrictEqual({ ...none, one: 'B' });
  expect(decode('1203 010702 1801 1807 1802')).toStrictEqual({ ...none, packed: ['A', 'B'], each: ['A', 'B'] });
  expect(decode('2205 0a0161 1002 2205 0a0162 1007 2203 0a0163')).toStrictEqual({
    ...none,
    byName: { a: 'B', c: 'A' },
  });
  expect(decode('320178 2807')).toStrictEqual({ ...none, text: 'x' });
  expect(() => closed.serialize({ one: 7 }, task('m'))).toThrow('M.one: must be a value of E: A, B, not 7');
  const value = { ...none, one: 'A', byName: { x: 'B' } };
  expect(decode(Buffer.from(closed.serialize(value, task('m'))).toString('hex'))).toStrictEqual(value);
});

test('a time that came in pieces is put together, also between tags', () => {
  const schema = `edition = "2023"; import "google/protobuf/timestamp.proto";
    message M { google.protobuf.Timestamp at = 1; google.protobuf.Timestamp apart = 2 [features.message_encoding = DELIMITED];
      map<string, google.protobuf.Timestamp> by_name = 3; }`;
  const its = protobuf({ schema, tasks: { m: 'M' } });
  const decode = (hex: string): unknown => its.deserialize(Buffer.from(hex.replaceAll(' ', ''), 'hex'), task('m'));
  expect(decode('0a02 0864 0a06 1080cab5ee01')).toStrictEqual({ at: new Date(100_500), byName: {} });
  expect(decode('0a06 1080cab5ee01 0a02 0864')).toStrictEqual({ at: new Date(100_500), byName: {} });
  expect(decode('13 0864 14 13 1080cab5ee01 14')).toStrictEqual({ apart: new Date(100_500), byName: {} });
  expect(decode('1a0f 0a0161 1202 0864 1206 1080cab5ee01')).toStrictEqual({ byName: { a: new Date(100_500) } });
  const value = { at: new Date(-1), apart: new Date(-1_500), byName: {} };
  expect(decode(Buffer.from(its.serialize(value, task('m'))).toString('hex'))).toStrictEqual(value);
});

test('a message that came in pieces is put together, and of a oneof the last one counts', () => {
  const join = (...values: object[]): unknown =>
    serializer.deserialize(Buffer.concat(values.map((value) => serializer.serialize(value, ALL))), ALL);
  expect(join({ inner: { int32: 1, texts: ['a'] } }, { inner: { string: 'b', texts: ['c'] } })).toEqual({
    ...BLANK,
    inner: { ...BLANK, int32: 1, string: 'b', texts: ['a', 'c'] },
  });
  expect(join({ first: 'x' }, { third: {} }, { second: 3 })).toStrictEqual({ ...BLANK, second: 3 });
  expect(join({ int32: 5 }, { byText: { a: 'b' } }, { byText: { a: 'c', d: 'e' } })).toEqual({
    ...BLANK,
    int32: 5,
    byText: { a: 'c', d: 'e' },
  });
});

test('a newer schema is read by an older one, and the other way', () => {
  const newer = protobuf({
    schema: 'syntax = "proto3"; message M { int32 a = 1; string b = 2; M m = 3; fixed32 c = 4; double d = 5; }',
    tasks: { m: 'M' },
  });
  const older = protobuf({ schema: 'syntax = "proto3"; message M { int32 a = 1; }', tasks: { m: 'M' } });
  const bytes = newer.serialize({ a: 1, b: 'new', m: { a: 2 }, c: 3, d: 4 }, task('m'));
  expect(older.deserialize(bytes, task('m'))).toStrictEqual({ a: 1 });
  expect(newer.deserialize(older.serialize({ a: 1 }, task('m')), task('m'))).toStrictEqual({ a: 1, b: '', c: 0, d: 0 });
});

/** In the words of protobufjs: integers of 64 bits as text, times in their parts. */
function asProtobufjs(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) {
    const seconds = Math.floor(value.getTime() / 1000);
    return { seconds, nanos: (value.getTime() - seconds * 1000) * 1e6 };
  }
  if (Array.isArray(value)) return value.map(asProtobufjs);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, asProtobufjs(inside)]));
}
