import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WeightedDraw } from '../../../src/strategies/weighted-draw.js';
import { anyCandidates, anyChance, fakes, seeded, worstDeviation } from './candidates.js';

/** How often each position is drawn. */
function counted(size: number, times: number, draw: () => number): number[] {
  const counts = new Array<number>(size).fill(0);
  for (let n = 0; n < times; n += 1) counts[draw()]! += 1;
  return counts.map((count) => count / times);
}

describe('a draw by weight', () => {
  it.each([[[1, 1, 1, 1]], [[3, 1]], [[1, 2, 3, 4]], [[0.1, 0.4, 0.5]], [[1_000, 3_000]]])(
    'draws each of %j as often as its weight says',
    (weights) => {
      const candidates = fakes(weights);
      const draw = new WeightedDraw(seeded(1));
      expect(
        worstDeviation(
          counted(weights.length, 40_000, () => draw.one(candidates)),
          weights,
        ),
      ).toBeLessThan(0.05);
    },
  );

  it.each([
    [[1, 1, 1, 1], 2, [1, 1, 0, 1]],
    [[5, 1], 0, [0, 1]],
    [[1, 2, 3, 4], 3, [1, 2, 3, 0]],
    [[1, 2, 3, 4], 0, [0, 2, 3, 4]],
    [[1, 100, 3], 1, [1, 0, 3]],
  ])('of %j draws another one than number %d as if that one were not there', (weights, first, rest) => {
    const candidates = fakes(weights);
    const draw = new WeightedDraw(seeded(2));
    const got = counted(weights.length, 40_000, () => draw.other(candidates, first));
    expect(got[first]).toBe(0);
    const others = rest.flatMap((_weight, n) => (n === first ? [] : n));
    expect(
      worstDeviation(
        others.map((n) => got[n]!),
        others.map((n) => rest[n]!),
      ),
    ).toBeLessThan(0.05);
  });

  it('never draws the same one twice, nor one that is not there, whatever the weights and whatever chance says', () => {
    fc.assert(
      fc.property(
        anyCandidates.filter((all) => all.length > 1),
        anyChance,
        (candidates, chance) => {
          const draw = new WeightedDraw(chance);
          for (let n = 0; n < 20; n += 1) {
            const first = draw.one(candidates);
            const second = draw.other(candidates, first);
            expect(candidates[first]).toBeDefined();
            expect(candidates[second]).toBeDefined();
            expect(second).not.toBe(first);
          }
        },
      ),
    );
  });

  it('weighs anew what is another array', () => {
    const draw = new WeightedDraw(() => 0.6);
    const steps = [fakes([1, 1]), fakes([9, 1]), fakes([1, 9]), fakes([1])];
    expect(steps.map((candidates) => draw.one(candidates))).toEqual([1, 0, 1, 0]);
    expect(steps.map((candidates) => draw.relativeWeight(candidates, candidates[0]!))).toEqual([1, 1.8, 0.2, 1]);
  });
});
