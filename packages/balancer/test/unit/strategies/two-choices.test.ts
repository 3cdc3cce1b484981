import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { twoChoices } from '../../../src/strategies/two-choices.js';
import { anyCandidates, anyChance, fake, fakes, parts, request, seeded, servers } from './candidates.js';

describe('two choices', () => {
  it('never picks the one that has most under way for its weight, if it is alone in that', () => {
    fc.assert(
      fc.property(anyCandidates, anyChance, (others, chance) => {
        const busiest = fake('busiest', { weight: 0.001, pending: 21 });
        const strategy = twoChoices(chance);
        const candidates = [...others, busiest];
        for (let n = 0; n < 10; n += 1) expect(strategy.pick(candidates, request())).not.toBe(busiest);
      }),
    );
  });

  it('picks by rank as often as pairs say', () => {
    const candidates = servers(4);
    for (const [n, each] of candidates.entries()) each.pending = n;
    // Of the six pairs, three have the first one as the better, two the second, and one the third.
    const got = parts(twoChoices(seeded(1)), candidates, 30_000);
    for (const [n, part] of [3 / 6, 2 / 6, 1 / 6, 0].entries()) expect(got[n]).toBeCloseTo(part, 1);
  });

  it.each([
    [[2, 4], 'two for 2 against four for 4', 2 / 6],
    [[2, 1], 'more for its weight at the first one', 0],
    [[0, 8], 'nothing at the first one', 1],
  ])('compares what is under way for the weight: %j, %s', ([first, second], _why, expected) => {
    const candidates = fakes([2, 4]);
    candidates[0]!.pending = first!;
    candidates[1]!.pending = second === 1 ? 1 : second!;
    expect(parts(twoChoices(seeded(2)), candidates, 20_000)[0]).toBeCloseTo(expected, 1);
  });

  it('draws by weight while nothing is under way', () => {
    const got = parts(twoChoices(seeded(3)), fakes([1, 2, 3, 4]), 40_000);
    for (const [n, part] of [0.1, 0.2, 0.3, 0.4].entries()) expect(Math.abs(got[n]! - part)).toBeLessThan(0.01);
  });
});
