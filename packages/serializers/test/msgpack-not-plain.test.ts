import { describe, expect, test } from '@jest/globals';
import { Packr } from 'msgpackr';
import { msgpack as msgpackOf } from '../src/index.js';
import { msgpack } from './hostile.js';
import { carried, Json, memory, Point, realms, strange, wrapped } from './not-plain.js';

describe.each(realms)('what was made in %s', (_, inRealm) => {
  test.each([...memory, ...strange])('%s is refused', (type, make) => {
    for (const value of wrapped(inRealm(make))) {
      expect(() => msgpack.serialize(value)).toThrow(`a value of the type ${type} cannot be encoded`);
      const block = msgpack.serializeMany!();
      block.add({ a: 1 }, Infinity);
      expect(() => block.add(value, Infinity)).toThrow(`a value of the type ${type} cannot be encoded`);
      expect(msgpack.deserializeMany!(block.finish() as Uint8Array)).toEqual([{ a: 1 }]);
    }
  });

  test.each(carried)('%s is carried, and not a byte of anything else', (__, make, back) => {
    const value = inRealm(make);
    const bytes = Buffer.from(msgpack.serialize(value));
    expect(msgpack.deserialize(bytes)).toEqual(back);
    msgpack.serialize('x'.repeat(1_000));
    expect(Buffer.from(msgpack.serialize(value)).equals(bytes)).toBe(true);
    const inside = { a: back };
    for (const outer of [{ a: value }, new Point(value), new Map([['a', value]])])
      expect(msgpack.deserialize(msgpack.serialize(outer))).toEqual('x' in outer ? { x: back } : inside);
    const block = msgpack.serializeMany!();
    for (const row of [{ a: 1 }, { a: value }, value]) block.add(row, Infinity);
    expect(msgpack.deserializeMany!(block.finish() as Uint8Array)).toEqual([{ a: 1 }, inside, back]);
  });
});

describe('what is not plain', () => {
  test('means to msgpackr what it means here', () => {
    const library = new Packr({ useRecords: false, variableMapSize: true });
    const value = [new Point([1, new Point(2)]), new Map([['a', 1]]), new Set([1]), Object.create(null), Buffer.of(1)];
    expect(library.unpack(Buffer.from(msgpack.serialize(value)))).toEqual(library.unpack(library.pack(value)));
    expect(library.unpack(Buffer.from(msgpack.serialize(new Map([[1.5, 1]]))))).toEqual({ 1.5: 1 });
  });

  test('is checked as everything else is', () => {
    const own = msgpackOf({ maxDepth: 3 });
    const deep: unknown[] = [new Point([]), new Map([['a', []]]), new Set([[]])];
    for (const value of deep) {
      expect(own.serialize([value])).toBeInstanceOf(Uint8Array);
      expect(() => own.serialize([[value]])).toThrow('nested deeper');
    }
    expect(() => own.serialize([[[new Point(1)]]])).toThrow('nested deeper');
    expect(() => own.serialize([[[new Map()]]])).toThrow('nested deeper');
    expect(() => own.serialize(new Point('\ud800'))).toThrow('UTF-8');
    expect(() => own.serialize(new Map([['__proto__', 1]]))).toThrow('__proto__');
    expect(() => own.serialize({ at: new Date(NaN) })).toThrow('a Date is invalid');
    expect(() => own.serialize(new Point(new Date(NaN)))).toThrow('a Date is invalid');
    expect(() => own.serialize({ big: 2n ** 64n })).toThrow('larger than the 64 bits');
    expect(() => own.serialize(Object.defineProperty({}, '__proto__', { value: 1, enumerable: true }))).toThrow(
      '__proto__',
    );
  });

  test.each([[true], [null], [undefined], [1n], [{}], [Symbol('a')]])('%p is no key of a Map', (key) => {
    expect(() =>
      msgpack.serialize(
        new Map<unknown, unknown>([
          ['a', 1],
          [key, 2],
        ]),
      ),
    ).toThrow('neither text nor a number');
  });

  test('a Map whose keys are the same to the receiver is refused', () => {
    expect(() =>
      msgpack.serialize(
        new Map<unknown, unknown>([
          [1, 'a'],
          ['1', 'b'],
        ]),
      ),
    ).toThrow('the same as text');
  });

  test.each([100, Infinity])('what refers to itself is refused at a maxDepth of %p', (maxDepth) => {
    const [map, set, point] = [new Map<string, unknown>(), new Set(), new Point(0) as { x: unknown }];
    const json: Json = new Json(() => json);
    map.set('a', map);
    set.add(set);
    point.x = point;
    for (const value of [map, set, point, json])
      expect(() => msgpackOf({ maxDepth }).serialize(value)).toThrow(/nested (deeper|too deeply)/);
  });

  test('many keys, and large contents', () => {
    for (const length of [15, 16, 70_000]) {
      const entries = Array.from({ length }, (_, i) => [`key ${String(i)}`, i] as const);
      const expected = Object.fromEntries(entries);
      expect(msgpack.deserialize(msgpack.serialize(new Map(entries)))).toEqual(expected);
      expect(msgpack.deserialize(msgpack.serialize(Object.assign(new Point(0), expected)))).toEqual({
        x: 0,
        ...expected,
      });
    }
    const large = new Uint8Array(1_000_000).fill(7);
    expect(msgpack.deserialize(msgpack.serialize(new Point(large)))).toEqual({ x: Buffer.from(large) });
  });

  test('may change, and encode others, while it is encoded', () => {
    const inner: Uint8Array[] = [];
    class Restless {
      before = 'a'.repeat(1_000);
      later = new Json(() => msgpack.serialize([1, new Point(1)]).byteLength);
      after = 'c'.repeat(300);
      constructor() {
        Object.defineProperty(this, 'now', { enumerable: true, get: () => this.#change() });
        Object.assign(this, { last: 1 });
      }
      #change(): number {
        inner.push(msgpack.serialize({ inner: inner.length, text: 'b'.repeat(3_000) }));
        Reflect.deleteProperty(this, 'last');
        return inner.length;
      }
    }
    const read = msgpack.deserialize(msgpack.serialize([new Restless(), 'end']));
    expect(read).toEqual([
      { before: 'a'.repeat(1_000), later: 6, after: 'c'.repeat(300), now: 1, last: undefined },
      'end',
    ]);
    expect(msgpack.deserialize(inner[0]!)).toEqual({ inner: 0, text: 'b'.repeat(3_000) });
  });
});
