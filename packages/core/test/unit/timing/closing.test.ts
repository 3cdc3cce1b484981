import { describe, expect, it, jest } from '@jest/globals';
import { DEFAULTS } from '../../../src/defaults.js';
import { Closing } from '../../../src/timing/closing.js';

const NOTHING = (): Promise<void> => Promise.resolve();

describe('the end of something that is closed', () => {
  it.each([
    [undefined, DEFAULTS.closeTimeoutMs],
    [{}, DEFAULTS.closeTimeoutMs],
    [{ timeoutMs: undefined, drain: undefined }, DEFAULTS.closeTimeoutMs],
    [{ drain: true }, DEFAULTS.closeTimeoutMs],
    [{ timeoutMs: 0 }, 0],
    [{ timeoutMs: 20 }, 20],
    [{ timeoutMs: Infinity }, Infinity],
    [{ drain: false }, 0],
    [{ timeoutMs: 20, drain: false }, 0],
  ])('with the options %p has %d ms', async (options, timeoutMs) => {
    const end = jest.fn(NOTHING);
    await new Closing('the pool').begin(options, end);
    expect(end.mock.calls).toEqual([[timeoutMs]]);
  });

  it.each([{ timeoutMs: -1 }, { timeoutMs: NaN }, { timeoutMs: '5' }, { drain: 'no' }, { force: true }])(
    'does not begin with %p',
    async (options) => {
      const closing = new Closing('the pool');
      const end = jest.fn(NOTHING);
      await expect(closing.begin(options as object, end)).rejects.toMatchObject({ code: 'BAD_OPTION' });
      expect([closing.hasBegun, end.mock.calls]).toEqual([false, []]);
    },
  );

  it('comes once: whoever comes later has the promise of the first', async () => {
    const closing = new Closing('the pool');
    const end = jest.fn(NOTHING);
    const first = closing.begin(undefined, end);
    expect(closing.begin({ timeoutMs: 0 }, end)).toBe(first);
    await first;
    expect(closing.begin(undefined, end)).toBe(first);
    expect(end).toHaveBeenCalledTimes(1);
  });

  it('has begun for whoever asks while it ends, and is rejected with what goes wrong', async () => {
    const closing = new Closing('the pool');
    const states: boolean[] = [closing.hasBegun];
    const failed = closing.begin(undefined, async () => {
      states.push(closing.hasBegun);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(states).toEqual([false, true]);
  });

  it.each(["request 'add'", 'connect', 'a new member'])('refuses %s when it has begun, and says why', async (what) => {
    const closing = new Closing('the pool');
    expect(() => closing.refuse(what)).not.toThrow();
    await closing.begin(undefined, NOTHING);
    expect(() => closing.refuse(what)).toThrow(
      expect.objectContaining({
        code: 'CLOSED',
        outcome: 'not-sent',
        message: `${what} was refused: the pool is closed`,
      }),
    );
  });
});
