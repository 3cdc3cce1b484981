import { afterEach, beforeEach, jest } from '@jest/globals';

/** So much later than its time a deadline may be told, in ms: the wheel turns every 4 ms. */
export const LATE_MS = 5;

/** For {@link useFakeClock}. */
export interface FakeClockOptions {
  /** What `Math.random()` gives, from 0 to below 1. @defaultValue chance as always */
  chance?: number;
}

/** Timers and clocks stand still in the tests of this file, until they are advanced. Everything else runs as always. */
export function useFakeClock({ chance }: FakeClockOptions = {}): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
    if (chance !== undefined) jest.spyOn(Math, 'random').mockReturnValue(chance);
  });
  afterEach(() => {
    if (chance !== undefined) jest.restoreAllMocks();
    jest.useRealTimers();
  });
}

/** Lets time go by, and everything go on that is ready to. */
export async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
  await turn();
}

/** Lets everything go on that is ready to. */
export async function turn(): Promise<void> {
  for (let n = 0; n < 3; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What a promise has come to so far: its result, its error, or `'pending'`. */
export async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const pending = new Promise((resolve) => setImmediate(resolve, 'pending'));
  return Promise.race([promise, pending]).catch((error: unknown) => error);
}
