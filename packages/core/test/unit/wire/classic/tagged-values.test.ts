import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deflateSync } from 'node:zlib';
import { ClassicCodec } from '../../../../src/wire/classic/envelope.js';
import { json } from '../../../../src/serializers/json.js';
import { taggedJson } from '../../../../src/wire/classic/tagged-values.js';
import { jsonValue } from '../../json-value.js';
import { useTimeZone } from '../../time-zone.js';

// Five hours behind UTC in January, four in July.
useTimeZone('America/New_York');

const codec = new ClassicCodec(() => json);
const written = (value: unknown): unknown => JSON.parse(Buffer.from(taggedJson.serialize(value)).toString('utf8'));
const read = (text: string | Uint8Array): unknown => codec.decodeValue(Buffer.from(text), 'a message');
const readTagged = (type: string, value: unknown): unknown => read(JSON.stringify({ __type__: type, value }));
const roundTrip = (value: unknown): unknown => read(taggedJson.serialize(value));

describe('the time zone of these tests', () => {
  it('is not UTC', () => {
    expect(new Date(2024, 0, 1).getTimezoneOffset()).toBe(300);
  });
});

describe('a value that goes out in the classic dialect', () => {
  const date = new Date(Date.UTC(2024, 0, 2, 3, 4, 5, 67));
  const datetime = { __type__: 'datetime', value: '2024-01-02T03:04:05.067+00:00' };
  const bytes = { __type__: 'bytes', value: '00ff10' };

  it.each([
    ['a Date', date, datetime],
    ['a Uint8Array', Uint8Array.of(0, 255, 16), bytes],
    ['a Buffer', Buffer.of(0, 255, 16), bytes],
    ['a view of part of a buffer', new Uint8Array([9, 0, 255, 16, 9]).subarray(1, 4), bytes],
    ['a DataView', new DataView(Uint8Array.of(9, 0, 255, 16).buffer, 1), bytes],
    ['an ArrayBuffer', Uint8Array.of(0, 255, 16).buffer, bytes],
    ['no bytes at all', new Uint8Array(0), { __type__: 'bytes', value: '' }],
    ['a Set', new Set([1, 'a', null]), { __type__: 'set', value: [1, 'a', null] }],
    ['an empty Set', new Set(), { __type__: 'set', value: [] }],
    ['a Set of dates', new Set([date]), { __type__: 'set', value: [datetime] }],
    ['an array of tagged values', [date, Buffer.of(0, 255, 16)], [datetime, bytes]],
    ['a tagged value deep inside', { a: { b: [{ c: date }] } }, { a: { b: [{ c: datetime }] } }],
    [
      'an object of a class',
      new (class Point {
        x = 1;
      })(),
      { x: 1 },
    ],
    ['what knows its own JSON', { at: { toJSON: () => 'text' } }, { at: 'text' }],
    ['plain JSON', { a: [1, 'x', true, null, { b: {} }] }, { a: [1, 'x', true, null, { b: {} }] }],
  ])('%s', (_what, value, expected) => {
    expect(written(value)).toEqual(expected);
  });

  it.each([
    ['at the top', undefined, null],
    ['in an object, as if it were not there', { a: undefined, b: 1 }, { b: 1 }],
    ['in an array, in whose places it stands', [undefined, 1], [null, 1]],
  ])('undefined %s', (_where, value, expected) => {
    expect(written(value)).toEqual(expected);
  });

  it('does not change what it is made from', () => {
    const value = { at: date, tags: new Set(['a']), raw: Buffer.of(1) };
    taggedJson.serialize(value);
    expect(value).toEqual({ at: new Date(date), tags: new Set(['a']), raw: Buffer.of(1) });
  });

  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  it.each([
    ['a Map', { list: [{ prices: new Map() }] }, /a Map at 'prices'.*Object\.fromEntries/],
    ['an empty Map too', { m: new Map() }, /a Map at 'm'/],
    ['a BigInt', { total: 5n }, /a BigInt at 'total'.*string/],
    ['a function', { then: () => 0 }, /a function at 'then'/],
    ['an invalid Date', { at: new Date(NaN) }, /the date at 'at' is not a valid date/],
    ['one in an array, by its place', { list: [1, 2, 3n] }, /a BigInt at '2'/],
    ['one in a Set', { tags: new Set([new Map()]) }, /a Map at '0'/],
    ['a circle', { circle }, /circular/i],
  ])('refuses %s, and says where it stands and in what', (_what, value, where) => {
    const encode = (): unknown => codec.encodeValue(value, "a message on 'news'");
    expect(encode).toThrow(
      expect.objectContaining({ name: 'SerializationError', code: 'ENCODE', outcome: 'not-sent' }),
    );
    expect(encode).toThrow(where);
    expect(encode).toThrow(/^cannot encode a message on 'news' as json: /);
  });

  it.each([new Map(), 5n, () => 0, new Date(NaN)])('refuses %p at the top as well', (value) => {
    expect(() => codec.encodeValue(value, 'a result')).toThrow(
      expect.objectContaining({ code: 'ENCODE', message: expect.stringMatching(/^cannot encode a result/) }),
    );
  });
});

describe('a value that comes in in the classic dialect', () => {
  it.each([
    ['datetime', '2024-01-02T03:04:05.067+00:00', Date.UTC(2024, 0, 2, 3, 4, 5, 67)],
    ['datetime', '2024-01-02T03:04:05+02:00', Date.UTC(2024, 0, 2, 1, 4, 5)],
    ['datetime', '2024-01-02T03:04:05Z', Date.UTC(2024, 0, 2, 3, 4, 5)],
    // As Python's isoformat() writes microseconds.
    ['datetime', '2024-01-02T03:04:05.067891+00:00', Date.UTC(2024, 0, 2, 3, 4, 5, 67)],
    // Without a zone: the local one.
    ['datetime', '2024-01-02T03:04:05', Date.UTC(2024, 0, 2, 8, 4, 5)],
    ['datetime', '2024-07-02T03:04:05.500000', Date.UTC(2024, 6, 2, 7, 4, 5, 500)],
    ['date', '2024-01-02', Date.UTC(2024, 0, 2, 5)],
    ['date', '2024-07-02', Date.UTC(2024, 6, 2, 4)],
  ])('the %s %s is a Date', (type, value, time) => {
    const date = readTagged(type, value) as Date;
    expect(Object.prototype.toString.call(date)).toBe('[object Date]');
    expect(date.getTime()).toBe(time);
  });

  it('bytes are a Buffer', () => {
    const bytes = readTagged('bytes', '00ffAb');
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect(bytes).toEqual(Buffer.of(0, 255, 171));
    expect(readTagged('bytes', '')).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['set', [1, 'a', 1], new Set([1, 'a'])],
    ['tuple', [1, 'a'], [1, 'a']],
    ['decimal', '12345678901234567890.12', '12345678901234567890.12'],
    ['object', { name: 'Ada', age: 36 }, { name: 'Ada', age: 36 }],
  ])('a %s', (type, value, expected) => {
    expect(readTagged(type, value)).toEqual(expected);
  });

  it('is read inside others', () => {
    const text = `{"__type__":"object","value":{"at":{"__type__":"datetime","value":"2024-01-02T00:00:00Z"},
      "parts":{"__type__":"tuple","value":[{"__type__":"set","value":[{"__type__":"bytes","value":"01"}]}]}}}`;
    expect(read(text)).toEqual({ at: new Date(Date.UTC(2024, 0, 2)), parts: [new Set([Buffer.of(1)])] });
  });

  it.each([{ __type__: 'complex', value: 1 }, { __type__: 'set' }, { value: [1] }, { __type__: 5, value: [1] }])(
    '%j stays as it is: it is none of the tags',
    (value) => {
      expect(read(JSON.stringify(value))).toEqual(value);
    },
  );

  it.each([
    ['datetime', 'soon'],
    ['datetime', 5],
    ['datetime', null],
    ['date', '2024-13-01'],
    ['date', '2024-01-02T03:04:05'],
    ['date', ['2024-01-02']],
    ['bytes', 'xyz0'],
    ['bytes', '012'],
    ['bytes', [1, 2]],
    ['bytes', '0x10'],
    ['set', 'abc'],
    ['set', { length: 1 }],
    ['tuple', null],
  ])('refuses a %s that is %j', (type, value) => {
    expect(() => readTagged(type, value)).toThrow(
      expect.objectContaining({ name: 'SerializationError', code: 'DECODE', message: expect.stringMatching(type) }),
    );
  });

  it.each(['', ' ', '{', 'undefined', 'NaN', "{'a': 1}", '{"a":1}x', '\ufeff{}'])('refuses %j', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: 'SerializationError', code: 'DECODE' }));
  });

  it.each([
    ['a byte that stands for nothing', [0x22, 0xff, 0x22]],
    ['half a character', [0x22, 0xc3, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character in more bytes than it needs', [0x22, 0xc0, 0xaf, 0x22]],
  ])('refuses UTF-8 with %s, instead of replacing it', (_what, bytes) => {
    expect(() => read(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'DECODE', message: expect.stringContaining('UTF-8') }),
    );
  });

  it('reads text in every script', () => {
    expect(read('{"名":"Zoë 🙂"}')).toEqual({ 名: 'Zoë 🙂' });
  });

  it.each(['', ',"x":{"__type__":"set","value":[]}'])('pollutes no prototype with __proto__ (%j)', (more) => {
    const value = read(
      `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}${more}}`,
    ) as object;
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((value as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.getPrototypeOf(read('{}')));
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
  });

  it('refuses nesting that is too deep to read, with an error', () => {
    const deep = `${'['.repeat(200_000)}{"__type__":"x"}${']'.repeat(200_000)}`;
    expect(() => read(deep)).toThrow(expect.objectContaining({ code: 'DECODE' }));
  });
});

describe('a Python pickle', () => {
  // pickle.dumps({'a': 1}, protocol=4)
  const pickle = Buffer.from('80049509000000000000007d948c0161944b01732e', 'hex');
  const framed = (flag: number, body: Uint8Array): Buffer => {
    const header = Buffer.alloc(5);
    header.writeUInt8(flag);
    header.writeUInt32BE(body.length, 1);
    return Buffer.concat([header, body]);
  };

  it.each([
    ['plain', pickle],
    ['framed', framed(0, pickle)],
    ['framed and compressed', framed(1, deflateSync(pickle))],
  ])('that is %s is refused by name, with the way out', (_how, bytes) => {
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({
        name: 'SerializationError',
        code: 'DECODE',
        message: expect.stringMatching(/pickle.*refused.*serializer='json'/),
      }),
    );
  });
});

describe('bytes that are neither text nor a pickle', () => {
  it.each([[[0, 0, 0, 0, 1, 0x7b]], [[1, 0, 0, 0, 1, 0x7b]], [[1, 0, 0, 0, 1, 0x80]], [[2, 0, 0, 0, 1, 0x80]], [[0]]])(
    '%j are refused, and not called one',
    (bytes) => {
      expect(() => read(Uint8Array.from(bytes))).toThrow(
        expect.objectContaining({ code: 'DECODE', message: expect.not.stringContaining('pickle') }),
      );
    },
  );
});

describe('the tagged values', () => {
  const plain = jsonValue.filter((value) => !JSON.stringify(value).includes('__type__'));

  it('give back any JSON value', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  const { rich } = fc.letrec<{ rich: unknown }>((tie) => ({
    rich: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      fc.boolean(),
      fc.constant(null),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(tie('rich')),
      fc.dictionary(fc.string(), tie('rich')),
      fc.array(tie('rich')).map((values) => new Set(values)),
    ),
  }));

  it('give back dates, bytes and sets inside of each other', () => {
    fc.assert(
      fc.property(rich, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  const tags = ['datetime', 'date', 'decimal', 'bytes', 'set', 'tuple', 'object', 'binary', ''];
  const anyTagged = fc.record({ __type__: fc.oneof(fc.constantFrom(...tags), fc.jsonValue()), value: fc.jsonValue() });
  const anyBytes = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
    fc.oneof(anyTagged, fc.array(anyTagged)).map((value) => Buffer.from(JSON.stringify(value))),
    fc.tuple(fc.constantFrom(0x80, 0, 1), fc.uint8Array()).map(([first, rest]) => Buffer.from([first, ...rest])),
  );

  it('make a value of any bytes, or a SerializationError, and nothing else', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(outcomeOf(() => codec.decodeValue(bytes, 'a message'))).toMatch(/^(a value|SerializationError DECODE)$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('make bytes of any value, or a SerializationError, and nothing else', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(outcomeOf(() => codec.encodeValue(value, 'a message'))).toMatch(/^(a value|SerializationError ENCODE)$/);
      }),
      { numRuns: 500 },
    );
  });
});

function outcomeOf(run: () => unknown): string {
  try {
    run();
    return 'a value';
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    return `${name} ${String(code)}`;
  }
}
