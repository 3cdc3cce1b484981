import { expect, test } from '@jest/globals';
import { Counter } from '../processes/counter.mjs';

/** Counts one message at each of these times, in ms. */
function counted(times: number[], every = 1) {
  let now = 0;
  const counter = new Counter({ afterMs: 100, ms: 200, every }, () => now);
  for (now of times) counter.count();
  return counter;
}

const steps = (from: number, to: number, step: number) =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

test('the rate is that between the two moments, and all are counted', () => {
  const counter = counted([...steps(0, 90, 1), ...steps(100, 300, 10), ...steps(301, 400, 1)]);
  expect(counter.rate).toBeCloseTo(100);
  expect(counter.received).toBe(91 + 21 + 100);
});

test('a pause at the end counts, though nothing comes before it is over', () => {
  const counter = counted([...steps(100, 200, 10), 600]);
  expect(counter.rate).toBeCloseTo((1_000 * 11) / 500);
});

test('with a look after every few messages the rate is the same', () => {
  expect(counted(steps(0, 400, 1), 16).rate).toBeCloseTo(1_000);
});

test('too few messages have no rate', () => {
  expect(counted([150]).rate).toBeNaN();
});
