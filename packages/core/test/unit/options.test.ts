import { describe, expect, it } from '@jest/globals';
import { badOption, checkOptions, describe as describeValue, option } from '../../src/options/check-options.js';

const CHECKS = { timeoutMs: option.duration, name: option.string, any: option.any };

describe('checkOptions', () => {
  it('names an unknown option, where it was given, and the known ones', () => {
    expect(() => checkOptions('Client', { timeout: 5 }, CHECKS)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        code: 'BAD_OPTION',
        message: "Client: unknown option 'timeout'; known are timeoutMs, name, any",
      }),
    );
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])('does not know %s by inheritance', (key) => {
    const options = Object.fromEntries([[key, 1]]);
    expect(() => checkOptions('Client', options, CHECKS)).toThrow(`unknown option '${key}'`);
  });

  it('names an unknown option although its value is undefined', () => {
    expect(() => checkOptions('Client', { timeout: undefined }, CHECKS)).toThrow("unknown option 'timeout'");
  });

  it('says what a value must be, and what it is', () => {
    expect(() => checkOptions('sendRequest', { timeoutMs: '5' }, CHECKS)).toThrow(
      "sendRequest: option 'timeoutMs' must be a number of milliseconds above 0, or Infinity, not '5'",
    );
  });

  it('says which option is missing', () => {
    expect(() => checkOptions('Client', { name: 'x' }, CHECKS, ['timeoutMs'])).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: "Client: option 'timeoutMs' is missing" }),
    );
    expect(() => checkOptions('Client', { name: 'x', timeoutMs: 5 }, CHECKS, ['timeoutMs', 'name'])).not.toThrow();
  });

  it('takes undefined as left out', () => {
    expect(() => checkOptions('Client', { timeoutMs: undefined }, CHECKS)).not.toThrow();
    expect(() => checkOptions('Client', { timeoutMs: undefined }, CHECKS, ['timeoutMs'])).toThrow('is missing');
  });

  it.each([[null], ['text'], [5], [[]], [() => 0], [undefined]])('refuses %p in the place of options', (options) => {
    expect(() => checkOptions('Client', options as object, CHECKS)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(/^Client: options must be/) }),
    );
  });

  it('takes options without a prototype', () => {
    const options = Object.assign(Object.create(null) as object, { name: 'x' });
    expect(() => checkOptions('Client', options, CHECKS)).not.toThrow();
  });
});

const NOT_NUMBERS = [NaN, '5', true, null, {}, [5], 5n];

describe.each([
  ['duration', [1, 0.5, 60_000, Infinity], [0, -1, -Infinity, ...NOT_NUMBERS]],
  ['durationOrZero', [0, 0.5, 60_000, Infinity], [-1, -Infinity, ...NOT_NUMBERS]],
  ['limit', [1, 2, 100_000, Infinity], [0, 1.5, -1, -Infinity, ...NOT_NUMBERS]],
  ['finiteDuration', [0, 1, 0x7fff_ffff], [-1, 1.5, 0x8000_0000, Infinity, ...NOT_NUMBERS]],
  ['finiteDurationAboveZero', [1, 0x7fff_ffff], [0, -1, 1.5, 0x8000_0000, Infinity, ...NOT_NUMBERS]],
  ['record', [{}, { a: 1 }], [[], 'x', 5, null, () => 0]],
  ['headers', [{}, { a: 'b', c: '' }], [{ a: 1 }, { a: 'b', c: undefined }, ['x'], 'x', null]],
  [
    'context',
    [{ deadline: Infinity, signal: AbortSignal.abort() }],
    [{}, { deadline: 5 }, { deadline: NaN, signal: AbortSignal.abort() }, { deadline: 5, signal: {} }, null, 5],
  ],
  ['boolean', [true, false], [0, 1, 'true', null, {}]],
  ['string', ['x', ' '], ['', 5, null, {}, ['x']]],
  ['callback', [() => 0, Date], ['f', null, {}]],
  ['object', [{}, new Map()], ['x', 5, null, () => 0]],
  ['signal', [new AbortController().signal, AbortSignal.abort()], [{}, null, new AbortController(), true, 'x']],
  ['any', [0, null, 'x', NaN], []],
] as const)('option.%s', (kind, good: readonly unknown[], bad: readonly unknown[]) => {
  it('takes what will do', () => {
    expect(good.filter((value) => option[kind](value) !== undefined)).toEqual([]);
  });

  it('refuses all else', () => {
    expect(bad.filter((value) => option[kind](value) === undefined)).toEqual([]);
  });
});

describe('option', () => {
  it('takes the signal of another realm', () => {
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
    expect(option.signal(signal)).toBeUndefined();
  });

  it('takes what has some methods, its own or not', () => {
    const check = option.having('a map', 'get', 'set');
    expect(check(new Map())).toBeUndefined();
    for (const value of [undefined, null, 1, {}, new Set(), { get: 1, set: 1 }]) expect(check(value)).toBe('a map');
  });

  it('takes one of some words, and lists them', () => {
    const check = option.oneOf('wait', 'reject');
    expect(check('reject')).toBeUndefined();
    expect(check('Wait')).toBe("one of 'wait', 'reject'");
    expect(check(undefined)).toBeDefined();
  });
});

describe('badOption', () => {
  it('is a ConfigurationError', () => {
    expect(badOption('no')).toMatchObject({ name: 'ConfigurationError', code: 'BAD_OPTION', message: 'no' });
  });
});

describe('a value in a message', () => {
  it.each([
    ['text', "'text'"],
    ['5', "'5'"],
    [5, '5'],
    [NaN, 'NaN'],
    [5n, '5'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ a: 1 }, 'an object'],
    [[1], 'an array'],
    [[], 'an empty array'],
    [() => 0, 'a function'],
    ['x'.repeat(61), `'${'x'.repeat(57)}...'`],
    ['x'.repeat(60), `'${'x'.repeat(60)}'`],
  ])('%p reads %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});
