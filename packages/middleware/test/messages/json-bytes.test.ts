import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonBytes } from '../../src/messages/json-bytes.js';

const LOTS = 1e9;

it('is exactly the size as JSON where nothing is to be escaped', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'Z', '7', ' ', 'é', '中', '😀') });
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any')),
      fc.dictionary(text, tie('any')),
    ),
  })).any;
  fc.assert(
    fc.property(value, (given) => {
      // JSON has no -0.
      const json = JSON.stringify(given);
      expect(jsonBytes(JSON.parse(json), LOTS)).toBe(Buffer.byteLength(json));
    }),
  );
});

const cyclic: Record<string, unknown> = { a: 1 };
cyclic['self'] = cyclic;
const shared = { text: 'ab' };

describe('counts', () => {
  it.each<[string, unknown, number]>([
    ['bytes as they are', new Uint8Array(100), 100],
    ['a Buffer as it is', Buffer.alloc(7), 7],
    ['an ArrayBuffer as it is', new ArrayBuffer(9), 9],
    ['a view as it is', new Float64Array(2), 16],
    ['bytes in an object', { a: Buffer.alloc(10) }, 2 + 4 + 10],
    ['a date as its text', new Date(0), JSON.stringify(new Date(0)).length],
    ['nothing as null', undefined, 4],
    ['a large integer by its digits', 12n, 2],
    ['no property that is undefined or a function', { a: undefined, b: () => 1 }, 2],
    ['a map as an object', new Map([['a', 1]]), JSON.stringify({ a: 1 }).length],
    ['a set as an array', new Set([1, 2]), JSON.stringify([1, 2]).length],
    ['what contains itself once', cyclic, JSON.stringify({ a: 1, self: '' }).length - 2],
    ['what is there twice as often as it is there', [shared, shared], JSON.stringify([shared, shared]).length],
    ['a hole as null', new Array(2), JSON.stringify([null, null]).length],
  ])('%s', (_what, value, expected) => {
    expect(jsonBytes(value, LOTS)).toBe(expected);
  });

  it('and calls nothing that the value brings along', () => {
    const toJSON = () => {
      throw new Error('called');
    };
    expect(jsonBytes(Object.defineProperty({ a: 1 }, 'toJSON', { value: toJSON }), LOTS)).toBe(7);
  });

  it('deeper than the stack is', () => {
    let deep: unknown = 1;
    for (let n = 0; n < 200_000; n += 1) deep = [deep];
    expect(jsonBytes(deep, LOTS)).toBe(400_001);
  });
});

describe('stops', () => {
  it.each<[string, unknown]>([
    ['at a text that is too long', 'x'.repeat(1_000)],
    ['at an array that is too long, without looking at it', new Array(4e9)],
    ['in the middle of many', Array.from({ length: 1_000 }, () => ({ a: [1] }))],
    ['at many bytes', [Buffer.alloc(1_000), 1]],
  ])('%s', (_what, value) => {
    expect(jsonBytes(value, 100)).toBeGreaterThan(100);
  });

  it('before it has looked at the rest', () => {
    const rest = {
      get late(): never {
        throw new Error('it was looked at');
      },
    };
    expect(jsonBytes(['x'.repeat(200), rest], 100)).toBeGreaterThan(100);
  });
});
