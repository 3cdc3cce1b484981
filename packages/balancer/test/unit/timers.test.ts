import { describe, expect, it, jest } from '@jest/globals';
import { pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { after, every, LONGEST_TIMER_MS } from '../../src/timers.js';

useFakeClock();

const DAY_MS = 24 * 3_600 * 1_000;

describe.each([
  ['after', after],
  ['every', every],
])('%s', (what, start) => {
  it('runs when the time is up', async () => {
    const run = jest.fn();
    const timer = start(1_000, run);
    await pass(999);
    expect(run).not.toHaveBeenCalled();
    await pass(1_002);
    expect(run).toHaveBeenCalledTimes(what === 'after' ? 1 : 2);
    clearInterval(timer);
  });

  it('takes a time that is too long for a timer for the longest that there is', async () => {
    const run = jest.fn();
    const timer = start(30 * DAY_MS, run);
    await pass(LONGEST_TIMER_MS - 1);
    expect(run).not.toHaveBeenCalled();
    await pass(1);
    expect(run).toHaveBeenCalledTimes(1);
    clearInterval(timer);
  });

  it('never runs after Infinity', () => {
    expect(start(Infinity, () => undefined)).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });
});
