import { afterEach, beforeEach, jest } from '@jest/globals';

/** So much later than its time a deadline may be told, in ms. */
export const LATE_MS = 5;

/** Timers and clocks stand still in the tests of this file, until they are advanced. Chance is `0`: pauses are half as long as they may be, lives as long. */
export function useFakeClock(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
    jest.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
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
