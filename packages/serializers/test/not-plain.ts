import { runInNewContext, runInThisContext } from 'node:vm';

export type Make = () => unknown;

/** Where a value is made: Jest runs this file in a realm of its own. */
export const realms: readonly [string, (make: Make) => unknown][] = [
  ['this realm', (make) => make()],
  ['the realm around this', (make) => runInThisContext(`(${make.toString()})()`) as unknown],
  ['another realm', (make) => runInNewContext(`(${make.toString()})()`) as unknown],
];

export const memory: readonly [string, Make][] = [
  ['Uint16Array', () => new Uint16Array(8)],
  ['Int8Array', () => Int8Array.of(-1)],
  ['Uint8ClampedArray', () => Uint8ClampedArray.of(1)],
  ['Float64Array', () => Float64Array.of(1)],
  ['BigInt64Array', () => BigInt64Array.of(1n)],
  ['BigUint64Array', () => new BigUint64Array(0)],
  ['ArrayBuffer', () => new ArrayBuffer(8)],
  ['DataView', () => new DataView(new ArrayBuffer(8))],
];

/** What no format but structured_clone has a word for. */
export const strange: readonly [string, Make][] = [
  ['SharedArrayBuffer', () => new SharedArrayBuffer(8)],
  ['Error', () => Object.assign(new TypeError('text'), { code: 'CODE' })],
  ['RegExp', () => /a/u],
  ['Promise', () => Object.assign(Promise.resolve(1), { pid: 1 })],
  ['WeakMap', () => new WeakMap()],
  ['WeakSet', () => new WeakSet()],
  ['WeakRef', () => new WeakRef({})],
  ['Intl.NumberFormat', () => new Intl.NumberFormat()],
  ['symbol', () => Symbol('a')],
  ['symbol', () => Object(Symbol('a')) as unknown],
  ['function', () => () => 1],
  ['function', () => Date],
];

export const carried: readonly [string, Make, unknown][] = [
  ['bytes', () => Uint8Array.of(1, 2, 3).subarray(1), Buffer.from([2, 3])],
  ['shared bytes', () => new Uint8Array(new SharedArrayBuffer(3)), Buffer.alloc(3)],
  ['a Date', () => new Date(1234), new Date(1234)],
  [
    'a Map',
    () =>
      new Map<unknown, unknown>([
        ['a', [1]],
        [2, 'b'],
        [-1.5, null],
      ]),
    { a: [1], 2: 'b', '-1.5': null },
  ],
  ['a Set', () => new Set([1, 'a', [2]]), [1, 'a', [2]]],
  ['a plain object', () => ({ a: { b: [1] }, constructor: 'x' }), { a: { b: [1] }, constructor: 'x' }],
  ['an array', () => [1, [{ a: 2 }]], [1, [{ a: 2 }]]],
  ['an object without prototype', () => Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
  ['symbols as keys', () => ({ a: 1, [Symbol('b')]: 2 }), { a: 1 }],
  ['a number in a box', () => Object(1.5) as unknown, 1.5],
  ['text in a box', () => Object('é') as unknown, 'é'],
  ['a boolean in a box', () => Object(false) as unknown, false],
  ['a BigInt in a box', () => Object(2n) as unknown, 2n],
  [
    'an instance of a class',
    () =>
      new (class A {
        #b = 1;
        c = this.#b;
        get d() {
          return 1;
        }
      })(),
    { c: 1 },
  ],
  [
    'keys of a prototype',
    () => {
      class A {
        b = 2;
      }
      Object.assign(A.prototype, { a: 1 });
      return new A();
    },
    { b: 2 },
  ],
  [
    'toJSON',
    () =>
      new (class A {
        a = 1;
        toJSON() {
          return [this.a, { b: new Date(5) }];
        }
      })(),
    [1, { b: new Date(5) }],
  ],
  [
    'a class with a tag',
    () =>
      new (class A {
        a = 1;
        get [Symbol.toStringTag]() {
          return 'A';
        }
      })(),
    { a: 1 },
  ],
  ['bytes of a subclass', () => new (class A extends Uint8Array {})(2), Buffer.alloc(2)],
  ['a Date of a subclass', () => new (class A extends Date {})(7), new Date(7)],
  ['a Map of a subclass', () => new (class A extends Map<string, number> {})([['a', 1]]), { a: 1 }],
  ['an array of a subclass', () => new (class A extends Array<number> {})(1, 2), [1, 2]],
];

export class Point {
  constructor(readonly x: unknown) {}
}

/** What is encoded in its place. */
export class Json {
  readonly #of: () => unknown;
  constructor(of: () => unknown) {
    this.#of = of;
  }
  toJSON(): unknown {
    return this.#of();
  }
}

/** A value in all that values can be in. */
export function wrapped(value: unknown): unknown[] {
  return [value, { value }, [value], new Point(value), new Map([['a', value]]), new Set([value])];
}

/** Primitives in objects, which CBOR's library does not know. */
export const boxes: readonly [string, Make][] = [
  ['Number', () => Object(1) as unknown],
  ['BigInt', () => Object(1n) as unknown],
];
