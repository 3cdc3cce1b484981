import { describe, expect, test } from '@jest/globals';
import { decode, encode, msgpack, cbor, structuredClone } from './hostile.js';

describe('msgpack refuses', () => {
  test.each([
    ['nothing', ''],
    ['text that is not UTF-8', 'a2 c3 28'],
    ['half a surrogate pair', 'a3 ed a0 80'],
    ['__proto__ as a key', '81 a9 5f5f70726f746f5f5f 80'],
    ['__proto__ as a long key', '81 d9 09 5f5f70726f746f5f5f 80'],
    ['a key that is an array', '81 90 01'],
    ['the byte c1', 'c1'],
    ['a record of msgpackr', 'd4 72 40 91 a1 61 01'],
    ['an Error of msgpackr', 'c7 00 65 92 a5 4572726f72 a1 61'],
    ['a RegExp of msgpackr', 'c7 00 78 92 a1 61 a0'],
    ['a Set of msgpackr', 'c7 00 73 91 01'],
    ['a reference of msgpackr', 'd6 70 00000001'],
    ['strings of msgpackr in a bundle', 'd6 62 00000006 c1 01 a0 a1 61'],
    ['a BigInt of msgpackr', 'c7 01 42 05'],
    ['an array of 4 billion', 'dd ffffffff 01'],
    ['arrays of 4 billion in each other', 'dd ffffffff dd ffffffff'],
    ['a map of 4 billion', 'df ffffffff 01 01'],
    ['4 GiB of text', 'db ffffffff 61'],
    ['4 GiB of bytes', 'c6 ffffffff 61'],
    ['an extension of 4 GiB', 'c9 ffffffff ff 61'],
    ['a timestamp of 5 bytes', 'c7 05 ff 0000000000'],
  ])('%s', (_, hex) => {
    expect(() => decode(msgpack, hex)).toThrow();
  });

  test.each([
    ['a row that is no array', '01'],
    ['a row without a head', '90'],
    ['a row of a value and another', '93 c0 01 02'],
    ['keys that are not there', '92 00 01'],
    ['a number of keys that is negative', '92 ff 01'],
    ['keys that are not text', '92 91 01 01'],
    ['more values than keys', '93 91 a1 61 01 02'],
    ['fewer values than keys', '92 92 a1 61 a1 62 01'],
    ['__proto__ among the keys', '92 91 a9 5f5f70726f746f5f5f 80'],
    ['keys more than 32 times', '92 91 a1 61 01'.repeat(33)],
  ])('a block with %s', (_, hex) => {
    expect(() => msgpack.deserializeMany!(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow();
  });

  test('a value in a block that is deeper, or larger, than one may be', () => {
    const deep = (levels: number): Buffer => Buffer.from(`92c0${'91'.repeat(levels)}01`, 'hex');
    expect(msgpack.deserializeMany!(deep(100))).toHaveLength(1);
    expect(() => msgpack.deserializeMany!(deep(101))).toThrow('nested deeper');
  });
});

test('a block remembers nothing of the one before', () => {
  const rows = (hex: string): unknown => msgpack.deserializeMany!(Buffer.from(hex, 'hex'));
  expect(rows('9291a16101' + '920002')).toEqual([{ a: 1 }, { a: 2 }]);
  expect(() => rows('920002')).toThrow('does not go with its keys');
});

describe('cbor refuses', () => {
  test.each([
    ['nothing', ''],
    ['text that is not UTF-8', '62 c3 28'],
    ['__proto__ as a key', 'a1 69 5f5f70726f746f5f5f a0'],
    ['a key that is an array', 'a1 80 01'],
    ['a length without end', '9f 01 ff'],
    ['a break by itself', 'ff'],
    ['a reserved head', '1c'],
    ['a simple value', 'e0'],
    ['a record of cbor-x', 'd9dfff 83 19e000 81 6161 01'],
    ['strings of cbor-x in a bundle', 'd9dff9 82 1a00000006 cf 01'],
    ['an Error', 'd81b 82 65 4572726f72 61 61'],
    ['a shared reference', 'd81c 80'],
    ['a reference', 'd81d 00'],
    ['packed values', 'd833 84 80 80 80 01'],
    ['a date as text that is no date', 'c0 64 32303234'],
    ['a date as text that is a number', 'c0 01'],
    ['a date that is text', 'c1 64 32303234'],
    ['a date that is an array', 'c1 80'],
    ['a tag on a tag', 'c1 c1 01'],
    ['a fraction', 'c4 82 01 01'],
    ['a BigInt of 2000 bytes', `c2 5907d0 ${'ff'.repeat(2000)}`],
    ['a typed array of half an element', 'd84e 43 000000'],
    ['an array of 4 billion', '9a ffffffff 01'],
    ['an array of 2 to the 64', '9b ffffffffffffffff 01'],
    ['a map of 4 billion', 'ba ffffffff 01 01'],
    ['4 GiB of text', '7a ffffffff 61'],
    ['4 GiB of bytes', '5a ffffffff 61'],
  ])('%s', (_, hex) => {
    expect(() => decode(cbor, hex)).toThrow();
  });

  test('a value that encodes another meanwhile', () => {
    const value = { toJSON: () => cbor.serialize(1) };
    class Late {
      toJSON(): unknown {
        return value.toJSON();
      }
    }
    expect(() => cbor.serialize(new Late())).toThrow('encodes another');
    expect(decode(cbor, encode(cbor, 'after'))).toBe('after');
  });
});

describe('structured_clone', () => {
  test('keeps values that refer to themselves, and to each other', () => {
    const value: Record<string, unknown> = { list: [] };
    value.self = value;
    value.same = value.list;
    const back = decode(structuredClone, encode(structuredClone, value)) as typeof value;
    expect(back.self).toBe(back);
    expect(back.same).toBe(back.list);
  });

  test('makes __proto__ a property of the object itself', () => {
    const back = decode(structuredClone, encode(structuredClone, JSON.parse('{"__proto__":{"a":1}}'))) as object;
    expect(Object.keys(back)).toEqual(['__proto__']);
    expect(Reflect.get(back, 'a')).toBeUndefined();
  });

  test('refuses an array with far more places than values', () => {
    const holes: unknown[] = [];
    holes[1_000_000] = 1;
    expect(() => encode(structuredClone, holes)).toThrow('far more places');
    expect(() => decode(structuredClone, 'ff0f 61 ffffffff0f 40 00 ffffffff0f')).toThrow('far more places');
  });
});
