import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalText } from '../../src/messages/canonical-text.js';

it.each<[string, unknown, string]>([
  ['sorted properties', { b: 1, a: { d: [2], c: 'x' } }, '{"a":{"c":"x","d":[2]},"b":1}'],
  ['no property that is undefined', { a: undefined, b: () => 1 }, '{}'],
  ['nothing as null', undefined, 'null'],
  ['what JSON has as null by its name', [NaN, Infinity, -Infinity], '[NaN,Infinity,-Infinity]'],
  ['nothing in an array as null', [undefined], '[null]'],
  ['-0 as 0', -0, '0'],
  ['a date as its text', new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [
    'bytes as base64',
    [Buffer.from('hi'), new Uint8Array([104, 105]), new Uint8Array([104, 105]).buffer],
    '[b"aGk=",b"aGk=",b"aGk="]',
  ],
  ['a view by its own bytes', new DataView(Uint8Array.from([0, 104, 105]).buffer, 1), 'b"aGk="'],
  ['a large integer', 12n, '12n'],
  [
    'a map and a set whatever their order',
    [
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
      new Set([2, 1]),
    ],
    '[m{"a":2,"b":1},s[1,2]]',
  ],
  ['text that is no Unicode', '\ud800', '"\\ud800"'],
])('has %s', (_what, value, expected) => {
  expect(canonicalText(value)).toBe(expected);
});

describe('is the same', () => {
  it('for data that has been through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalText(JSON.parse(JSON.stringify(value)))).toBe(canonicalText(value));
      }),
    );
  });

  it('only for the same data', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [a, b] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        const same = canonicalText(a) === canonicalText(b);
        if (same) expect(a).toEqual(b);
      }),
    );
  });

  it.each<[string, unknown, unknown]>([
    ['bytes and their base64', Buffer.from('hi'), 'aGk='],
    ['a map and an object', new Map([['a', 1]]), { a: 1 }],
    ['a set and an array', new Set([1]), [1]],
    ['a number and a large integer', 12, 12n],
    ['a number and a text', 12, '12'],
    ['one text and two', ['a,b'], ['a', 'b']],
    ['null and the text of it', null, 'null'],
    ['no limit and an infinite one', { max: null }, { max: Infinity }],
    ['an infinite number and the text of it', Infinity, 'Infinity'],
  ])('but not for %s', (_what, one, other) => {
    expect(canonicalText(one)).not.toBe(canonicalText(other));
  });
});
