import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TurnClock } from '../../../src/timing/turn-clock.js';

describe('a turn clock', () => {
  let time: number;

  beforeEach(() => {
    time = 1_000;
    jest.spyOn(Date, 'now').mockImplementation(() => time++);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const times = (clock: TurnClock, count: number): number[] => Array.from({ length: count }, () => clock.now());

  it('is looked at once for eight times in a turn', async () => {
    const clock = new TurnClock();
    expect(times(clock, 17)).toEqual([...new Array<number>(8).fill(1_000), ...new Array<number>(8).fill(1_001), 1_002]);
    await Promise.resolve();
    expect(clock.now()).toBe(1_002);
  });

  it('is looked at anew in each turn', async () => {
    const clock = new TurnClock();
    for (const expected of [1_000, 1_001, 1_002]) {
      expect(times(clock, 2)).toEqual([expected, expected]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});
