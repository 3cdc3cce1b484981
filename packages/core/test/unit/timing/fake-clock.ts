import { afterEach, beforeEach, jest } from '@jest/globals';

/** Timers and clocks stand still in the tests of this file, until they are advanced. Everything else runs as always. */
export function useFakeClock(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
}
