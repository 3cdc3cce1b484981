import { randomBytes } from 'node:crypto';
import { types } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { SerializerFactory, type BodyBlock, type Serializer } from '@liberzmq/core';
import fc from 'fast-check';
import { formats, nested } from './formats.js';

const RECORD = { id: 7, name: 'Ada', tags: ['x', 'y'], at: 1.5, note: 'as it was', bytes: Buffer.from('bytes') };

describe.each(formats)('$name', ({ name, make, values, refused }) => {
  const serializer = make();

  test('is registered by its name, and made once', () => {
    expect(SerializerFactory.names()).toContain(name);
    expect(SerializerFactory.get(name).name).toBe(name);
    expect(SerializerFactory.get(name)).toBe(SerializerFactory.get(name));
  });

  test('what goes in comes out', () => {
    fc.assert(
      fc.property(values, (value) => expect(serializer.deserialize(serializer.serialize(value))).toEqual(value)),
    );
  });

  test('reads a view into other memory, as a Uint8Array too', () => {
    const bytes = serializer.serialize(RECORD);
    const inside = Buffer.concat([Buffer.alloc(13, 0xff), bytes, Buffer.alloc(9, 0xff)]);
    const view = new Uint8Array(inside.buffer, inside.byteOffset + 13, bytes.byteLength);
    expect(serializer.deserialize(view)).toMatchObject({ id: 7, name: 'Ada', tags: ['x', 'y'] });
  });

  test('every truncation, and every byte too many, is refused', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = serializer.serialize(value);
        const accepted = Array.from(bytes.keys()).filter((length) => isDecoded(serializer, bytes.subarray(0, length)));
        expect(accepted).toEqual([]);
        expect(() => serializer.deserialize(Buffer.concat([bytes, Buffer.from([1])]))).toThrow();
      }),
      { numRuns: 30 },
    );
  });

  test('hostile bytes give a value or an Error, and harm nothing that comes later', () => {
    const good = serializer.serialize(RECORD);
    const mutations = fc.tuple(values, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      mutations.map(([value, flips]) => {
        const copy = Buffer.from(serializer.serialize(value));
        for (const [at, byte] of flips) copy[at % copy.length] = byte;
        return copy;
      }),
    );
    fc.assert(
      fc.property(bytes, (hostile) => {
        expectValueOrError(() => serializer.deserialize(hostile));
        expectValueOrError(() => serializer.deserializeMany?.(hostile));
        expect(serializer.deserialize(good)).toEqual(RECORD);
      }),
      { numRuns: 500 },
    );
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('no key reaches a prototype', () => {
    const value = JSON.parse('{"constructor":{"prototype":{"polluted":1}},"a":{"prototype":{"polluted":1}}}') as object;
    expect(serializer.deserialize(serializer.serialize(value))).toEqual(value);
    const own = JSON.parse('{"__proto__":{"polluted":1}}') as object;
    expectValueOrError(() => {
      const back = serializer.deserialize(serializer.serialize(own)) as object;
      expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(serializer.deserialize(serializer.serialize({}))));
      expect(Reflect.get(back, 'polluted')).toBeUndefined();
    });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('the depth is limited in both directions', () => {
    expect(serializer.deserialize(serializer.serialize(nested(100)))).toEqual(nested(100));
    expect(() => serializer.serialize(nested(101))).toThrow('nested deeper than maxDepth');
    const bytes = make({ maxDepth: 101 }).serialize(nested(101));
    expect(() => serializer.deserialize(bytes)).toThrow('nested deeper than maxDepth');
    expect(() => serializer.serialize(nested(100_000))).toThrow();
    expect(serializer.deserialize(serializer.serialize('still well'))).toBe('still well');
  });

  test('the size is limited in both directions', () => {
    const bytes = serializer.serialize('a'.repeat(100));
    const small = make({ maxBytes: 50 });
    expect(() => small.serialize('a'.repeat(100))).toThrow('more than maxBytes, 50');
    expect(() => small.deserialize(bytes)).toThrow('more than maxBytes, 50');
    expect(small.deserialize(small.serialize('a'.repeat(30)))).toBe('a'.repeat(30));
  });

  test.each([{ maxDepth: 0 }, { maxBytes: 1.5 }, { maxDepth: '9' }, { depth: 9 }])(
    'refuses the options %j',
    (options) => {
      expect(() => make(options as object)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    },
  );

  test('what cannot be encoded throws an Error, and what comes next is not touched', () => {
    expect(() => serializer.serialize(refused)).toThrow();
    expect(serializer.deserialize(serializer.serialize(RECORD))).toEqual(RECORD);
  });

  test('what it returned is never written over', () => {
    const kept: [Uint8Array, unknown][] = [];
    for (let i = 0; i < 5_000; i++) {
      const value = { i, text: String(i).repeat(1 + (i % 7)), big: i % 997 === 0 ? 'x'.repeat(100_000) : '' };
      kept.push([serializer.serialize(value), value]);
      if (i % 501 === 0) expect(() => serializer.serialize(refused)).toThrow();
    }
    for (const [bytes, value] of kept) expect(serializer.deserialize(bytes)).toEqual(value);
  });

  test('a little that is kept does not keep a lot in memory', () => {
    expect(serializer.serialize(randomBytes(8_000_000)).byteLength).toBeGreaterThan(8_000_000);
    for (let i = 0; i < 10; i++) expect(serializer.serialize('small').buffer.byteLength).toBeLessThan(1_100_000);
  });

  test('two of them, and many calls in turn, do not mix', async () => {
    const other = make({ maxDepth: 9 });
    const turn = async (i: number, its: Serializer): Promise<void> => {
      const bytes = its.serialize({ i });
      await Promise.resolve();
      expect(its.deserialize(bytes)).toEqual({ i });
    };
    await Promise.all(Array.from({ length: 500 }, (_, i) => turn(i, i % 2 === 0 ? serializer : other)));
  });
});

describe.each(formats.filter(({ make }) => make().serializeMany !== undefined))(
  'a block of $name',
  ({ make, values, refused }) => {
    const serializer = make();
    const begin = (): BodyBlock => serializer.serializeMany!();
    const finished = (block: BodyBlock): unknown[] => serializer.deserializeMany!(Buffer.from(block.finish()));

    test('what goes in comes out, in order', () => {
      const record = fc.record({ id: fc.nat(), name: fc.string() }, { requiredKeys: ['id'], noNullPrototype: true });
      fc.assert(
        fc.property(fc.array(fc.oneof(values, record, record)), (many) => {
          const block = begin();
          for (const value of many) expect(block.add(value, Infinity)).toEqual(expect.any(Number));
          expect(finished(block)).toEqual(many);
        }),
      );
    });

    test('one alone is as serialize gives it', () => {
      fc.assert(
        fc.property(values, (value) => {
          const block = begin();
          block.add(value, Infinity);
          expect(Buffer.from(block.finishAlone!())).toEqual(Buffer.from(serializer.serialize(value)));
        }),
      );
    });

    test('what happens to a value afterwards changes nothing', () => {
      const block = begin();
      const value = { id: 1, list: [1] };
      for (let id = 0; id < 3; id++) {
        value.id = id;
        block.add(value, Infinity);
        value.list.push(9);
      }
      value.id = -1;
      expect(finished(block)).toEqual([
        { id: 0, list: [1] },
        { id: 1, list: [1, 9] },
        { id: 2, list: [1, 9, 9] },
      ]);
    });

    test('a value that cannot be encoded, or is too large, leaves the block as it was', () => {
      const block = begin();
      const large = { id: 1, large: 'x'.repeat(1000) };
      block.add({ id: 0 }, 500);
      expect(() => block.add(refused, 500)).toThrow();
      const bytes = block.add(large, 500) as Uint8Array;
      expect(serializer.deserialize(bytes)).toEqual(large);
      block.add({ id: 2, large: '' }, 500);
      expect(() => block.add(nested(500), 500)).toThrow('nested deeper');
      block.add({ id: 3, large: '' }, 500);
      expect(finished(block)).toEqual([{ id: 0 }, { id: 2, large: '' }, { id: 3, large: '' }]);
    });

    test('two blocks at a time, and single values between, do not mix', () => {
      const [one, two] = [begin(), begin()];
      for (let id = 0; id < 200; id++) {
        one.add({ id, one: 'one' }, Infinity);
        two.add(id % 3 === 0 ? { two: id, id } : { id, two: id }, Infinity);
        expect(serializer.deserialize(serializer.serialize({ id }))).toEqual({ id });
      }
      expect(finished(one)).toEqual(Array.from({ length: 200 }, (_, id) => ({ id, one: 'one' })));
      expect(finished(two)).toEqual(Array.from({ length: 200 }, (_, id) => ({ id, two: id })));
    });

    test('every truncation gives fewer values or an Error, and the block after it is whole', () => {
      const block = begin();
      for (let id = 0; id < 20; id++) block.add({ id, name: `n${String(id)}` }, Infinity);
      const bytes = Buffer.from(block.finish());
      const all = serializer.deserializeMany!(bytes);
      for (let length = 0; length < bytes.length; length++) {
        expectValueOrError(() => {
          const some = serializer.deserializeMany!(bytes.subarray(0, length));
          expect(some.length).toBeLessThan(all.length);
          expect(some).toEqual(all.slice(0, some.length));
        });
      }
      expect(serializer.deserializeMany!(bytes)).toEqual(all);
    });
  },
);

/** Whatever is thrown by what is called, but for a failed expectation, has to be an Error. */
function expectValueOrError(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!types.isNativeError(error)) throw new TypeError('what was thrown is no Error', { cause: error });
    expect(error).not.toHaveProperty('matcherResult');
  }
}

function isDecoded(serializer: Serializer, bytes: Uint8Array): boolean {
  try {
    serializer.deserialize(bytes);
    return true;
  } catch {
    return false;
  }
}
