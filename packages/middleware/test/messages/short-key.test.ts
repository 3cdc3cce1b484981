import { expect, it } from '@jest/globals';
import { shortKey } from '../../src/messages/short-key.js';

it('leaves short keys as they are, and makes long ones short, each another one', () => {
  const keys = [255, 256, 257, 1_000_000].map((length) => 'x'.repeat(length));
  const short = [...keys, `${'x'.repeat(256)}y`].map(shortKey);
  expect(short.slice(0, 2)).toEqual(keys.slice(0, 2));
  expect(short.slice(2).map(({ length }) => length)).toEqual([43, 43, 43]);
  expect(new Set(short).size).toBe(5);
});
