import { types } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { protobuf } from '../src/protobuf/index.js';
import { alls, BLANK, SCHEMA, task } from './protobuf-schema.js';

const ALL = task('all');
const of = (limits: object = {}): ReturnType<typeof protobuf> =>
  protobuf({ schema: SCHEMA, tasks: { all: 'all.All' }, ...limits });
const serializer = of();
const decode = (hex: string): unknown => serializer.deserialize(Buffer.from(hex.replaceAll(' ', ''), 'hex'), ALL);

/** So many messages, each in the one before. */
function nested(depth: number): object {
  return depth === 1 ? {} : { inner: nested(depth - 1) };
}

/** A tag of five bytes, or fewer. */
function tag(id: number, wire: number): string {
  const bytes = [];
  let rest = ((id << 3) | wire) >>> 0;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]).toString('hex');
}

describe('refuses', () => {
  test.each([
    ['a tag by itself', tag(3, 0)],
    ['a tag that ends early', '80'],
    ['a tag of more than 32 bits', 'ffffffff7f 00'],
    ['field 0', '00 00'],
    ['field 0 with a length', '02 00'],
    ['a type of the wire that there is not', '1e 00'],
    ['the end of a group that has not begun', '1c'],
    ['a group that does not end', tag(50, 3)],
    ['a group that ends as another', `${tag(50, 3)} ${tag(51, 4)}`],
    ['an integer of 11 bytes', `${tag(4, 0)} ffffffffffffffffffff01`],
    ['an integer of 32 bits in 11 bytes', `${tag(3, 0)} ffffffffffffffffffff01`],
    ['an integer that ends early', `${tag(4, 0)} ffff`],
    ['a double that ends early', `${tag(1, 1)} 00000000000000`],
    ['an integer of 8 bytes that ends early', `${tag(10, 1)} 00000000000000`],
    ['text of 4 GiB', `${tag(14, 2)} ffffffff0f`],
    ['text of 2 GiB', `${tag(14, 2)} ffffffff07`],
    ['text that ends early', `${tag(14, 2)} 03 6161`],
    ['text that is not UTF-8', `${tag(14, 2)} 02 c328`],
    ['long text that is not UTF-8', `${tag(14, 2)} 7f ${'61'.repeat(125)} c328`],
    ['half a surrogate pair', `${tag(28, 2)} 03 eda080`],
    ['a key that is not UTF-8', `${tag(33, 2)} 04 0a02c328`],
    ['bytes of 2 GiB', `${tag(15, 2)} ffffffff07`],
    ['a message that is longer than what holds it', `${tag(22, 2)} 02 ${tag(22, 2)} 05 0000000000`],
    ['a value that goes on behind its message', `${tag(22, 2)} 02 0900 00000000000000`],
    ['a million doubles in no bytes', `${tag(24, 2)} 80a4e803`],
    ['doubles and a half', `${tag(24, 2)} 0c ${'00'.repeat(12)}`],
    ['packed integers that end early', `${tag(25, 2)} 02 80 80`],
    ['packed large integers that end early', `${tag(26, 2)} 02 80 80 01`],
    ['packed names of an enum behind their end', `${tag(30, 2)} 01 80 01`],
    ['an entry that ends early', `${tag(33, 2)} 04 0a01`],
    ['an entry whose key goes on behind it', `${tag(33, 2)} 02 0a05 6161616161`],
    ['__proto__ as a key', `${tag(33, 2)} 0b 0a09 5f5f70726f746f5f5f`],
    ['an unknown field that ends early', `${tag(60, 2)} 05 00`],
    ['an unknown integer without an end', `${tag(60, 0)} ffff`],
    ['nanoseconds that make more than a second', `${tag(23, 2)} 06 10 8094ebdc03`],
    ['a time after the year 9999', `${tag(23, 2)} 07 08 ffffffffff7f`],
  ])('%s', (_, hex) => {
    expect(() => decode(hex)).toThrow();
    expect(decode('')).toEqual(BLANK);
  });
});

describe('reads', () => {
  test.each([
    [
      'an unknown field of each type',
      `${tag(60, 0)} ff01 ${tag(61, 1)} ${'00'.repeat(8)} ${tag(62, 2)} 0161 ${tag(63, 5)} 00000000`,
      {},
    ],
    [
      'an unknown group, and others in it',
      `${tag(60, 3)} ${tag(1, 0)} 05 ${tag(61, 3)} ${tag(61, 4)} ${tag(60, 4)} ${tag(3, 0)} 07`,
      { int32: 7 },
    ],
    ['a known field of another type', `${tag(3, 2)} 0161 ${tag(14, 0)} 05 ${tag(22, 5)} 00000000 ${tag(33, 0)} 00`, {}],
    ['an unknown name of an enum', `${tag(16, 0)} 07 ${tag(30, 2)} 02 0107`, { colour: 7, colours: ['RED', 7] }],
    ['a negative int32 in ten bytes', `${tag(3, 0)} ffffffffffffffffff01`, { int32: -1 }],
    ['a boolean that is more than 1', `${tag(13, 0)} 8004`, { bool: true }],
    [
      'numbers packed and one by one',
      `${tag(25, 0)} 02 ${tag(25, 2)} 02 0406 ${tag(32, 2)} 04 09000000 ${tag(32, 5)} 08000000`,
      { numbers: [1, 2, 3], apart: [9, 8] },
    ],
    [
      'an entry without a key or value',
      `${tag(33, 2)} 00 ${tag(34, 2)} 00 ${tag(35, 2)} 00 ${tag(36, 2)} 00`,
      { byText: { '': '' }, byNumber: { 0: BLANK }, byFlag: { false: 0 }, byLarge: { 0: 'NONE' } },
    ],
    ['an entry with more than that', `${tag(33, 2)} 08 0a0161 120162 1805`, { byText: { a: 'b' } }],
    [
      'keys named as what objects inherit',
      `${tag(33, 2)} 0d 0a0b 636f6e7374727563746f72`,
      { byText: { constructor: '' } },
    ],
    ['a time without its parts', `${tag(23, 2)} 00`, { at: new Date(0) }],
    ['nanoseconds, to the millisecond', `${tag(23, 2)} 04 10 ff887a`, { at: new Date(1) }],
  ])('%s', (_, hex, value) => {
    expect(decode(hex)).toStrictEqual({ ...BLANK, ...value });
  });
});

test('every truncation gives an Error, or a message', () => {
  fc.assert(
    fc.property(alls, (value) => {
      const bytes = serializer.serialize(value, ALL);
      for (let length = 0; length < bytes.byteLength; length += 1 + (length >> 4))
        expectMessageOrError(() => serializer.deserialize(bytes.subarray(0, length), ALL));
    }),
    { numRuns: 30 },
  );
});

test('hostile bytes give a message or an Error, and harm nothing that comes later', () => {
  const good = { ...BLANK, int32: 5, texts: ['as it was'], inner: { ...BLANK, byText: { a: 'b' } } };
  const bytes = serializer.serialize(good, ALL);
  const mutations = fc.tuple(alls, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }));
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    mutations.map(([value, flips]) => {
      const copy = Buffer.from(serializer.serialize({ ...value, int32: 1 }, ALL));
      for (const [at, byte] of flips) copy[at % copy.length] = byte;
      return copy;
    }),
  );
  fc.assert(
    fc.property(hostile, (given) => {
      expectMessageOrError(() => serializer.deserialize(given, ALL));
      expect(serializer.deserialize(bytes, ALL)).toEqual(good);
    }),
    { numRuns: 500 },
  );
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('the depth is limited in both directions', () => {
  expect(serializer.deserialize(serializer.serialize(nested(100), ALL), ALL)).toMatchObject(nested(100));
  expect(() => serializer.serialize(nested(101), ALL)).toThrow('it is nested deeper than maxDepth');
  const endless = of({ maxDepth: Infinity });
  expect(() => serializer.deserialize(endless.serialize(nested(101), ALL), ALL)).toThrow(
    'it is nested deeper than maxDepth',
  );
  const group = (levels: number): string => tag(60, 3).repeat(levels) + tag(60, 4).repeat(levels);
  expect(decode(group(99))).toEqual(BLANK);
  expect(() => decode(group(100))).toThrow('it is nested deeper than maxDepth');
  expect(() => decode(tag(60, 3).repeat(1_000_000))).toThrow('it is nested deeper than maxDepth');
  const inMap = (depth: number): object => (depth === 1 ? {} : { byNumber: { 1: inMap(depth - 1) } });
  expect(() => of({ maxDepth: 3 }).serialize(inMap(4), ALL)).toThrow(
    'All.byNumber["1"].byNumber["1"].byNumber["1"]: it is nested deeper',
  );
  const flat = of({ maxDepth: 1 });
  expect(flat.deserialize(flat.serialize({ numbers: [1], byText: { a: 'b' } }, ALL), ALL)).toMatchObject({
    numbers: [1],
  });
  expect(() => flat.serialize({ at: new Date(0) }, ALL)).toThrow('All.at: it is nested deeper');
});

test('the stack holds where the depth has no limit', () => {
  const endless = of({ maxDepth: Infinity });
  expect(() => endless.deserialize(Buffer.from(tag(60, 3).repeat(200_000), 'hex'), ALL)).toThrow(
    'it is nested too deeply',
  );
  expect(endless.deserialize(endless.serialize({ int32: 1 }, ALL), ALL)).toMatchObject({ int32: 1 });
});

test('the size is limited in both directions', () => {
  const large = { string: 'a'.repeat(100) };
  const small = of({ maxBytes: 50 });
  expect(() => small.serialize(large, ALL)).toThrow('more than maxBytes, 50');
  expect(() => small.deserialize(serializer.serialize(large, ALL), ALL)).toThrow('more than maxBytes, 50');
  expect(small.deserialize(small.serialize({ int32: 1 }, ALL), ALL)).toMatchObject({ int32: 1 });
});

test('what it returned is never written over, and a little does not keep a lot in memory', () => {
  const kept: [Uint8Array, object][] = [];
  for (let i = 0; i < 3_000; i++) {
    const value = {
      int32: i,
      string: String(i).repeat(1 + (i % 7)),
      bytes: Buffer.alloc(i % 499 === 0 ? 100_000 : 3, i),
    };
    kept.push([serializer.serialize(value, ALL), value]);
    if (i % 501 === 0) expect(() => serializer.serialize({ string: 'half', int32: 'wrong' }, ALL)).toThrow();
  }
  for (const [bytes, value] of kept) expect(serializer.deserialize(bytes, ALL)).toEqual({ ...BLANK, ...value });
  serializer.serialize({ bytes: Buffer.alloc(8_000_000) }, ALL);
  for (let i = 0; i < 10; i++) expect(serializer.serialize({ int32: 1 }, ALL).buffer.byteLength).toBeLessThan(100_000);
});

test('no code is generated from text, as with --disallow-code-generation-from-strings', () => {
  const { Function: generate } = globalThis;
  try {
    globalThis.Function = (() => {
      throw new EvalError('code is generated');
    }) as unknown as FunctionConstructor;
    const its = of();
    expect(its.deserialize(its.serialize({ inner: { int32: 1 } }, ALL), ALL)).toMatchObject({ inner: { int32: 1 } });
  } finally {
    globalThis.Function = generate;
  }
});

test('two of them, and many calls in turn, do not mix', async () => {
  const other = of({ maxDepth: 9 });
  const turn = async (int32: number, its: typeof serializer): Promise<void> => {
    const bytes = its.serialize({ int32 }, ALL);
    await Promise.resolve();
    expect(its.deserialize(bytes, ALL)).toEqual({ ...BLANK, int32 });
  };
  await Promise.all(Array.from({ length: 500 }, (_, i) => turn(i, i % 2 === 0 ? serializer : other)));
});

/** Whatever is thrown, but for a failed expectation, has to be an Error; what is given has no foreign prototype. */
function expectMessageOrError(call: () => unknown): void {
  try {
    const message = call() as object;
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
    expect(Object.keys(BLANK).filter((name) => !Object.hasOwn(message, name))).toEqual([]);
  } catch (error) {
    if (!types.isNativeError(error)) throw new TypeError('what was thrown is no Error', { cause: error });
    expect(error).not.toHaveProperty('matcherResult');
  }
}
