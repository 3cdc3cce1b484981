import { expect, test } from '@jest/globals';
import { verdict, type Target } from '../targets.mjs';

const rate: Target = { atLeast: 4, aim: 6 };
const time: Target = { atMost: 1.15, aim: 1 };

test.each([
  [rate, 3.99, 'missed'],
  [rate, 4, 'met'],
  [rate, 6, 'aim reached'],
  [rate, NaN, 'missed'],
  [time, 1.2, 'missed'],
  [time, 1.15, 'met'],
  [time, 1, 'aim reached'],
])('%j, measured %d: %s', (target, ratio, expected) => {
  expect(verdict(target, ratio)).toBe(expected);
});
