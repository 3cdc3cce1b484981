import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { watchLimits } from '../../src/layers/watch-limits.js';
import { useFakeClock } from './fake-clock.js';

useFakeClock();

function watched(deadline: number, signals: AbortSignal[] = []) {
  const told: unknown[] = [];
  const listener = { expired: () => told.push('expired'), aborted: (reason: unknown) => told.push(reason) };
  return { told, stop: watchLimits({ deadline, signals }, listener) };
}

describe('the watch of limits', () => {
  it('is never early, and takes times longer than a timer of Node can', () => {
    const from = performance.now();
    const { told, stop } = watched(from + 3_000_000_000);
    jest.advanceTimersByTime(2_999_999_999);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual(['expired']);
    stop();
  });

  it('looks again where a timer has fired before the clock has reached its time', () => {
    const { told, stop } = watched(performance.now() + 10);
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 9.5);
    jest.advanceTimersByTime(10);
    expect(told).toEqual([]);
    clock.mockRestore();
    jest.advanceTimersByTime(1);
    expect(told).toEqual(['expired']);
    stop();
  });

  it('tells what has aborted, with as many as share a signal', () => {
    const controller = new AbortController();
    const watches = [1, 2].map(() => watched(Infinity, [controller.signal]));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort('enough');
    expect(watches.map(({ told }) => told)).toEqual([['enough'], ['enough']]);
    for (const { stop } of watches) stop();
  });

  it('leaves neither a timer nor a listener once it has ended', () => {
    const { signal } = new AbortController();
    const watches = [1, 2].map(() => watched(performance.now() + 100, [signal]));
    watches[0]?.stop();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const { stop } of watches) stop();
    expect([getEventListeners(signal, 'abort').length, jest.getTimerCount()]).toEqual([0, 0]);
  });
});
