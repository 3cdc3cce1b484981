import { expect, it } from '@jest/globals';
import { Timeline } from './timeline.js';

it('counts what happens in windows of time, and gives rates of those that lie within a time', () => {
  const timeline = new Timeline(50);
  for (const time of [0, 49.9, 50, 120, 130, 149, 300]) timeline.record(time);
  expect(timeline.rates(0, 400)).toEqual([40, 20, 60, 0, 0, 0, 20, 0]);
  expect(timeline.rates(10, 149)).toEqual([20]);
  expect(timeline.rate(0, 150)).toBe(40);
  expect(timeline.peak(0, 150)).toBe(60);
  expect(timeline.rates(100, 100)).toEqual([]);
});
