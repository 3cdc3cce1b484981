import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { BodyBlock } from '@liberzmq/core';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { formats } from './formats.js';
import { decode, msgpack } from './hostile.js';

const library = new Packr({ useRecords: false, variableMapSize: true });
const values = formats.find(({ name }) => name === 'msgpack')!.values;

/** Plain data of the sizes at which a head changes its form. */
const edges: unknown[] = [
  ...[0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, -32, -33, -128, -129, -32_768, -32_769],
  ...[-(2 ** 31), -(2 ** 31) - 1, 0.1, -0.5, 5e-324, Infinity, -Infinity, NaN],
  ...[0, 1, 19, 20, 21, 31, 32, 33, 255, 256, 65_535, 65_536, 300_000].flatMap((length) => [
    'a'.repeat(length),
    'é'.repeat(length),
    '測'.repeat(length),
    '😀'.repeat(length),
    `${'a'.repeat(length)}é`,
    Buffer.alloc(length, 7),
  ]),
  ...[0, 1, 8, 9, 15, 16, 65_535, 65_536].flatMap((length) => [
    Array.from({ length }, (_, i) => i),
    Object.fromEntries(Array.from({ length }, (_, i) => [`key ${String(i)}`, i])),
  ]),
  ...[0, 1, 999, 1_000, 1_234_567_890_123, 2 ** 32 * 1000, 2 ** 32 * 1000 + 1, -1, -1_500].map((ms) => new Date(ms)),
  ...[0n, -1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)],
  ...[[1.5, 'a'], [[], {}], [undefined, null, true], new Array(3), { '': 0, 1: 1, constructor: 'x', ünïcödé: {} }],
];

function blockOf(many: readonly unknown[]): Buffer {
  const block = msgpack.serializeMany!();
  for (const value of many) block.add(value, Infinity);
  return Buffer.from(block.finish());
}

describe('plain data', () => {
  test('has the bytes that msgpackr gives it, and is read as by msgpackr', () => {
    const check = (value: unknown): void => {
      const bytes = Buffer.from(msgpack.serialize(value));
      expect(bytes.equals(library.pack(value))).toBe(true);
      expect(msgpack.deserialize(bytes)).toEqual(library.unpack(Buffer.from(bytes)));
    };
    for (const value of edges) check(value);
    fc.assert(fc.property(values, check), { numRuns: 300 });
  });

  test('is read from any form of it', () => {
    const forms =
      'd9 01 61; da 0001 61; db 00000001 61; dc 0001 07; dd 00000001 07; de 0001 a1 61 07; df 00000001 01 07';
    const others =
      'ca 3fc00000; cf 0000000000000001; d3 ffffffffffffffff; d0 80; d1 8000; d2 80000000; d7 ff 0000000500000001';
    for (const hex of `${forms}; ${others}`.split('; ')) {
      const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
      expect(msgpack.deserialize(bytes)).toEqual(library.unpack(Buffer.from(bytes)));
    }
  });

  test('hostile bytes that are accepted mean what they mean to msgpackr', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(values, flips, (value, changes) => {
        const bytes = Buffer.from(msgpack.serialize(value));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        let read;
        try {
          read = msgpack.deserialize(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        expect(read).toEqual(library.unpack(Buffer.from(bytes)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('half a surrogate pair is refused, wherever it is', () => {
    for (const text of ['\ud800', 'a\udc00', `${'a'.repeat(100)}\ud83d`, `é\ud83d${'é'.repeat(70_000)}`]) {
      expect(() => msgpack.serialize({ text })).toThrow('surrogate');
      expect(() => msgpack.serialize({ [text]: 1 })).toThrow('surrogate');
    }
    expect(msgpack.deserialize(msgpack.serialize('\ufffd'.repeat(40)))).toBe('\ufffd'.repeat(40));
  });

  test('keys that all objects were given are not those of one', () => {
    Object.defineProperty(Object.prototype, 'inherited', { value: 1, enumerable: true, configurable: true });
    try {
      const rows = [{ a: 1 }, { a: 2 }, { a: { b: 3 } }];
      expect(Object.keys(msgpack.deserialize(msgpack.serialize({ a: 1 })) as object)).toEqual(['a']);
      const read = msgpack.deserializeMany!(blockOf(rows)) as object[];
      expect(read.map((row) => Object.entries(row))).toEqual(rows.map((row) => Object.entries(row)));
    } finally {
      Reflect.deleteProperty(Object.prototype, 'inherited');
    }
  });

  test('texts that are alike are not taken for each other', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => `${String(i % 7)}x${String(i)}`);
    expect(msgpack.deserialize(msgpack.serialize(texts))).toEqual(texts);
    const keyed = Object.fromEntries(texts.map((text, i) => [text, i]));
    expect(msgpack.deserialize(msgpack.serialize(keyed))).toEqual(keyed);
  });

  test('arrays in each other that claim all bytes there are do not take much memory', () => {
    const bytes = Buffer.concat([Buffer.from('dd000fffff'.repeat(99), 'hex'), Buffer.alloc(1_048_575)]);
    expect(() => msgpack.deserialize(bytes)).toThrow('the bytes end before the value does');
  });

  test('a timestamp that no Date has is refused', () => {
    expect(() => decode(msgpack, 'c7 0c ff 00000000 7fffffffffffffff')).toThrow('out of range');
  });
});

describe('a block', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const record = fc.record(
    { id: fc.nat(), name: fc.string(), data: values },
    { requiredKeys: ['id'], noNullPrototype: true },
  );

  test('is a sequence of MessagePack that means the same to msgpackr', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(values, record, record)), (many) => {
        const bytes = blockOf(many);
        const rows = (bytes.length === 0 ? [] : library.unpackMultiple(bytes)) as unknown[][];
        expect(meaning(rows)).toEqual(many);
        expect(msgpack.deserializeMany!(bytes)).toEqual(many);
      }),
    );
  });

  test('hostile rows give values or an Error, and nothing of them is in what comes later', () => {
    const good = blockOf([1, { id: 1, name: 'a' }, { id: 2, name: 'b' }]);
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(record, { minLength: 2, maxLength: 5 }), flips, (many, changes) => {
        const bytes = blockOf(many);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          expect(msgpack.deserializeMany!(bytes)).toEqual(expect.any(Array));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toHaveProperty('matcherResult');
        }
        expect(msgpack.deserializeMany!(good)).toEqual([1, { id: 1, name: 'a' }, { id: 2, name: 'b' }]);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['allowed', 'not allowed'])('of very many objects is read where making code is %s', (how) => {
    if (how === 'not allowed') {
      jest.spyOn(globalThis, 'Function').mockImplementation(() => {
        throw new EvalError('Code generation from strings disallowed for this context');
      });
    }
    const odd = { 'a"b\\': 1, [`\u2028${how}`]: 2, constructor: 3, 7: 4, toString: 5, '': 6, '${x}`': 7, __proto: 8 };
    const many = Array.from({ length: 2_500 }, (_, id) => ({ ...odd, id, list: [id, String(id)] }));
    const read = msgpack.deserializeMany!(blockOf(many)) as object[];
    expect(read).toEqual(many);
    expect(read.map((object) => Object.keys(object))).toEqual(many.map((object) => Object.keys(object)));
    expect(read.every((object) => Object.getPrototypeOf(object) === Object.prototype)).toBe(true);
  });

  test('forgets shapes when there are very many of them', () => {
    for (let round = 0; round < 200; round++) {
      const many = Array.from({ length: 40 }, (_, i) => ({ [`${String(round)} ${String(i % 31)}`]: i }));
      expect(msgpack.deserializeMany!(blockOf(many))).toEqual(many);
    }
  });

  test('takes values whose keys are not what they seem, or change, as others', () => {
    const inherits = Object.assign(Object.create({ a: 1 }) as object, { b: 2 });
    const changes: Record<string, unknown> = { a: 1, b: 2, c: 3 };
    Object.defineProperty(changes, 'a', { enumerable: true, get: () => Reflect.deleteProperty(changes, 'b') });
    const bytes = blockOf([{ a: 0 }, inherits, { a: 1 }, changes, { a: 2 }]);
    expect(msgpack.deserializeMany!(bytes)).toEqual([{ a: 0 }, { a: 1, b: 2 }, { a: 1 }, { a: true, c: 3 }, { a: 2 }]);
  });

  test('may be finished while a value is being added to it, which is then not in it', () => {
    const block = msgpack.serializeMany!();
    let bytes: Uint8Array | string | undefined;
    block.add({ id: 0 }, Infinity);
    block.add({ id: 1, text: 'x'.repeat(1_000) }, Infinity);
    const finishing = {
      text: 'y'.repeat(500_000),
      get id() {
        bytes = block.finish();
        return 2;
      },
    };
    block.add(finishing, Infinity);
    msgpack.serialize('something else, where the slab goes on');
    expect(msgpack.deserializeMany!(bytes as Uint8Array)).toEqual([{ id: 0 }, { id: 1, text: 'x'.repeat(1_000) }]);
  });

  test('very many blocks at a time keep little memory each', () => {
    const blocks = Array.from({ length: 2_000 }, () => msgpack.serializeMany!());
    for (let id = 0; id < 3; id++) for (const block of blocks) block.add({ id, text: 'text' }, Infinity);
    const buffers = new Set(blocks.map((block: BodyBlock) => (block.finish() as Uint8Array).buffer));
    expect([...buffers].reduce((bytes, { byteLength }) => bytes + byteLength, 0)).toBeLessThan(4_000_000);
    for (const block of blocks.slice(0, 20))
      expect(msgpack.deserializeMany!(block.finish() as Uint8Array)).toHaveLength(3);
  });
});

/** The rows of a block as the README describes them. */
function meaning(rows: readonly unknown[][]): unknown[] {
  const shapes: string[][] = [];
  return rows.map(([head, ...items]) => {
    if (head === null) return items[0];
    if (Array.isArray(head)) shapes.push(head as string[]);
    const keys = typeof head === 'number' ? shapes[head] : shapes.at(-1);
    return Object.fromEntries(keys!.map((key, i) => [key, items[i]]));
  });
}
