import { describe, expect, it } from '@jest/globals';
import { isThenable } from '../../../src/timing/is-thenable.js';

describe('isThenable', () => {
  it.each([
    [Promise.resolve(), true],
    [{ then: () => undefined }, true],
    [{ then: 1 }, false],
    [{}, false],
    [null, false],
    [undefined, false],
    ['then', false],
    [() => undefined, false],
  ])('says of %p %p', (value, expected) => {
    expect(isThenable(value)).toBe(expected);
  });
});
