import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { Cancellation } from '../../../src/timing/cancellation.js';
import { Limited } from '../../../src/timing/limited.js';
import type { AbortSource } from '../../../src/timing/on-abort.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

/** Notes what it is told. */
class Watched extends Limited {
  readonly told: unknown[] = [];

  constructor(deadline: number, signals: AbortSource[] = []) {
    super();
    this.watch({ deadline, signals });
  }

  override expire(): void {
    this.told.push('expired');
  }

  override onAborted(reason: unknown): void {
    this.told.push(reason);
  }

  stop(): void {
    this.unwatch();
  }
}

describe('something limited', () => {
  it('is told when its time is up: never early, also where that is far away', () => {
    const watched = new Watched(performance.now() + 30_000_000);
    jest.advanceTimersByTime(29_999_999);
    expect(watched.told).toEqual([]);
    jest.advanceTimersByTime(5);
    expect(watched.told).toEqual(['expired']);
    watched.stop();
  });

  it('is told what has aborted, with as many as share a signal', () => {
    const controller = new AbortController();
    const watches = [1, 2].map(() => new Watched(Infinity, [controller.signal]));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort('enough');
    expect(watches.map(({ told }) => told)).toEqual([['enough'], ['enough']]);
    for (const each of watches) each.stop();
  });

  it('is told of what aborts inside this library, too', () => {
    const cancellation = new Cancellation();
    const watched = new Watched(Infinity, [cancellation]);
    cancellation.abort('enough');
    expect(watched.told).toEqual(['enough']);
    watched.stop();
  });

  it('leaves neither a timer nor a listener once it has ended', () => {
    const { signal } = new AbortController();
    const watches = [1, 2].map(() => new Watched(performance.now() + 100, [signal]));
    watches[0]?.stop();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const each of watches) each.stop();
    expect([getEventListeners(signal, 'abort').length, jest.getTimerCount()]).toEqual([0, 0]);
    jest.advanceTimersByTime(200);
    expect(watches.map(({ told }) => told)).toEqual([[], []]);
  });
});
