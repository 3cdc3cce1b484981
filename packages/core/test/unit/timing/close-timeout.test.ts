import { describe, expect, it } from '@jest/globals';
import { DEFAULTS } from '../../../src/defaults.js';
import { closeOptionsError, closeTimeout } from '../../../src/timing/close-timeout.js';

describe('closeTimeout', () => {
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
  ])('of %p is %d', (options, timeoutMs) => {
    expect(closeTimeout(options)).toBe(timeoutMs);
    expect(closeOptionsError(options)).toBeUndefined();
  });

  it.each([{ timeoutMs: -1 }, { timeoutMs: NaN }, { timeoutMs: '5' }, { drain: 'no' }, { force: true }])(
    'refuses %p',
    (options) => {
      expect(() => closeTimeout(options as object)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
      expect(closeOptionsError(options as object)).toMatchObject({ code: 'BAD_OPTION' });
    },
  );
});
