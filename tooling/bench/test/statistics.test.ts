import { expect, test } from '@jest/globals';
import { percentile, ratio, spread } from '../statistics.mjs';

test.each([
  [[3], { median: 3, lowest: 3, highest: 3 }],
  [[5, 1, 3], { median: 3, lowest: 1, highest: 5 }],
  [[4, 1, 3, 2], { median: 2.5, lowest: 1, highest: 4 }],
  [[], { median: NaN, lowest: NaN, highest: NaN }],
])('the spread of %j', (values, expected) => {
  expect(spread(values)).toEqual(expected);
});

test('values are left in the order in which they were measured', () => {
  const values = [3, 1, 2];
  spread(values);
  expect(values).toEqual([3, 1, 2]);
});

test.each([
  [0, 1],
  [0.5, 50],
  [0.99, 99],
  [1, 100],
])('percentile %d of 1 to 100 is %d', (share, expected) => {
  const sorted = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(sorted, share)).toBe(expected);
});

test('a ratio is that of the medians, its range that of single rounds', () => {
  expect(ratio([20, 40, 30], [10, 10, 5])).toEqual({ median: 3, lowest: 2, highest: 6 });
});
