import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leastPending } from '../../../src/strategies/least-pending.js';
import { anyChance, fake, fakes, parts, request, seeded } from './candidates.js';

const pending = (...all: readonly number[]): ReturnType<typeof fake>[] =>
  all.map((each, n) => fake(`m${n}`, { pending: each }));

describe('least pending', () => {
  it('picks the one with the fewest, among equal weights', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 10 }), anyChance, (all, chance) => {
        const strategy = leastPending(chance);
        const picked = strategy.pick(pending(...all), request());
        expect(picked.pending).toBe(Math.min(...all));
      }),
    );
  });

  it('picks any of those that have the fewest, each as often as the others', () => {
    const got = parts(leastPending(seeded(1)), pending(1, 0, 2, 0, 0), 30_000);
    expect(got.map((part) => Math.round(part * 30) / 30)).toEqual([0, 1 / 3, 0, 1 / 3, 1 / 3]);
  });

  it.each([
    ['nothing under way', [0, 0], [3, 1], 5 / 6],
    ['one under way at the heavy one', [1, 0], [3, 1], 1 / 2],
    ['what each has is what its weight says', [3, 1], [3, 1], 5 / 6],
    ['more than a request too much at the light one', [0, 2], [3, 1], 1],
    ['more than a request too much at the heavy one', [6, 0], [3, 1], 0],
  ])(
    'of different weights, with %s, leaves to chance what is less than a request',
    (_name, [a, b], weights, expected) => {
      const candidates = fakes(weights);
      candidates[0]!.pending = a!;
      candidates[1]!.pending = b!;
      expect(parts(leastPending(seeded(2)), candidates, 20_000)[0]).toBeCloseTo(expected, 1);
    },
  );
});
