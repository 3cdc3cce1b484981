import { describe, expect, it } from '@jest/globals';
import { uuidv7 } from '../../src/ids.js';

describe('uuidv7', () => {
  it('has the form of RFC 9562: version 7, variant 10', () => {
    for (let n = 0; n < 1_000; n += 1) {
      expect(uuidv7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('begins with the time in ms, as the example of RFC 9562, A.6 does', () => {
    expect(uuidv7(Date.UTC(2022, 1, 22, 19, 22, 22)).slice(0, 13)).toBe('017f22e2-79b0');
    expect(uuidv7(1).slice(0, 13)).toBe('00000000-0001');
  });

  it('sorts as text by time', () => {
    const times = [0, 1, 255, 65_536, Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 1) + 1, 2 ** 48 - 1];
    const ids = times.map((time) => uuidv7(time));
    expect([...ids].reverse().sort()).toEqual(ids);
  });

  it('takes the present time by itself', () => {
    const before = Date.now();
    const time = Number.parseInt(uuidv7().replace('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it('is unique, also within a millisecond', () => {
    const ids = new Set(Array.from({ length: 20_000 }, () => uuidv7(1_700_000_000_000)));
    expect(ids.size).toBe(20_000);
  });

  it('has all its other bits at random', () => {
    const randomBits = (id: string): bigint => BigInt(`0x${id.slice(15).replaceAll('-', '')}`);
    let [everSet, alwaysSet] = [0n, ~0n];
    for (let n = 0; n < 500; n += 1) {
      const bits = randomBits(uuidv7(0));
      everSet |= bits;
      alwaysSet &= bits;
    }
    // 76 bits behind the version, of which the two of the variant are 10.
    expect(everSet.toString(16)).toBe('fffbfffffffffffffff');
    expect(alwaysSet.toString(16)).toBe('8000000000000000');
  });

  it('does not repeat its random part when the pool of randomness is filled anew', () => {
    const tails = new Set(Array.from({ length: 20_000 }, () => uuidv7(0).slice(-12)));
    expect(tails.size).toBe(20_000);
  });
});
