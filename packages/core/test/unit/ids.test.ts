import { describe, expect, it } from '@jest/globals';
import { IdRow, IdSeries, uuidv7 } from '../../src/ids.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SERIES = 65_536;

describe('uuidv7', () => {
  it('has the form of RFC 9562: version 7, variant 10', () => {
    for (let n = 0; n < 1_000; n += 1) expect(uuidv7()).toMatch(UUID_V7);
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

describe('a series of ids', () => {
  const NOW = Date.UTC(2026, 0, 1);
  const take = (series: IdSeries, count: number, now = NOW): string[] =>
    Array.from({ length: count }, () => series.next(now));

  it('has ids of the form of RFC 9562, which begin with the time', () => {
    const series = new IdSeries();
    for (const now of [0, 1, NOW, NOW + 1, 2 ** 48 - 1]) {
      for (const id of take(series, 300, now)) {
        expect(id).toMatch(UUID_V7);
        expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now);
      }
    }
  });

  it('counts in the last four digits within a millisecond, so that its ids sort in their order', () => {
    const series = new IdSeries();
    const ids = take(series, SERIES);
    expect(new Set(ids.map((id) => id.slice(0, -4))).size).toBe(1);
    expect([ids[0], ids[0x2a], ids[0x1a0], ids.at(-1)].map((id) => id!.slice(-4))).toEqual([
      '0000',
      '002a',
      '01a0',
      'ffff',
    ]);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(SERIES);
  });

  it('begins anew, elsewhere, when the digits are used up, and with each millisecond, a former one too', () => {
    const series = new IdSeries();
    const ids = [...take(series, SERIES), ...take(series, 3), ...take(series, 2, NOW + 1), ...take(series, 2)];
    expect(ids.slice(SERIES).map((id) => id.slice(-4))).toEqual([
      '0000',
      '0001',
      '0002',
      '0000',
      '0001',
      '0000',
      '0001',
    ]);
    expect(new Set(ids.map((id) => id.slice(0, -4))).size).toBe(4);
    expect(new Set(ids).size).toBe(SERIES + 7);
  });

  it('says what its last id is made of', () => {
    const series = new IdSeries();
    for (const now of [NOW, NOW, NOW, NOW + 1]) {
      const id = series.next(now);
      expect(series.prefix + series.number.toString(16).padStart(4, '0')).toBe(id);
    }
    expect(series.number).toBe(0);
  });

  it('has no id of another one', () => {
    const ids = Array.from({ length: 50 }, () => take(new IdSeries(), 50)).flat();
    expect(new Set(ids).size).toBe(2_500);
  });
});

describe('an id in a series', () => {
  it('is the prefix, and each number in four digits', () => {
    for (let number = 0; number < SERIES; number += 1) {
      const id = new IdRow().id('p-', number);
      if (id !== `p-${number.toString(16).padStart(4, '0')}`) throw new Error(`${number} is ${id}`);
    }
    const row = new IdRow();
    expect([0, 9, 0xff, 0x100, 0xffff].map((number) => row.id('', number))).toEqual([
      '0000',
      '0009',
      '00ff',
      '0100',
      'ffff',
    ]);
  });
});
