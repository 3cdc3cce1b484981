import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { copiedValue } from '../../src/messages/copied-value.js';

class Money {
  readonly amount = 1;
}

describe('copies', () => {
  it.each<[string, unknown]>([
    ['what JSON has', { a: [1, 'x', null, true, { b: [] }] }],
    ['nothing', undefined],
    ['a Buffer', Buffer.from('bytes')],
    ['bytes', { a: new Uint8Array([1, 2]), b: new Float32Array([0.5]) }],
    ['a view', new DataView(new ArrayBuffer(3))],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['dates, maps and sets', [new Date(5), new Map([[{ a: 1 }, [2]]]), new Set([[1]])]],
    ['large integers', [12n]],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: [1] })],
    ['a key that is a special one', JSON.parse('{"__proto__":[1]}')],
  ])('%s', (_what, value) => {
    const copy = copiedValue(value);
    expect(copy).toEqual({ value });
    if (typeof value === 'object') expect(copy?.value).not.toBe(value);
    if (typeof value === 'object') expect(Object.getPrototypeOf(copy?.value)).toBe(Object.getPrototypeOf(value));
  });

  it('any value of JSON, sharing nothing with it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = copiedValue(value)?.value;
        expect(copy).toEqual(value);
        const objects = (each: unknown): object[] =>
          typeof each === 'object' && each !== null ? [each, ...Object.values(each).flatMap(objects)] : [];
        const own = new Set(objects(value));
        expect(objects(copy).filter((each) => own.has(each))).toEqual([]);
      }),
    );
  });

  it('what contains itself, and what is there twice', () => {
    const shared = [1];
    const value: Record<string, unknown> = { one: shared, two: shared };
    value['self'] = value;
    const copy = copiedValue(value)?.value as Record<string, unknown>;
    expect(copy['self']).toBe(copy);
    expect(copy['one']).toBe(copy['two']);
    expect(copy['one']).not.toBe(shared);
  });

  it('a slice without the memory around it', () => {
    const slice = new Uint8Array(1_000_000).subarray(5, 8);
    expect((copiedValue(slice)?.value as Uint8Array).buffer.byteLength).toBe(3);
  });

  it('a large array', () => {
    const value = Array.from({ length: 300_000 }, (_each, n) => n);
    expect((copiedValue(value)?.value as unknown[]).length).toBe(300_000);
  });
});

it.each<[string, unknown]>([
  ['an instance of a class', [new Money()]],
  ['a function', { a: () => 1 }],
  ['a symbol', Symbol('s')],
  ['an error', new Error('no')],
  ['a promise', Promise.resolve()],
  [
    'what throws when it is read',
    {
      get bad(): never {
        throw new Error('no');
      },
    },
  ],
  ['what is too deep', Array.from({ length: 100_000 }).reduce((inner) => [inner], 'x')],
])('does not copy %s', (_what, value) => {
  expect(copiedValue(value)).toBeUndefined();
});
