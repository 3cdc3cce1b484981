import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { weighted } from '../../../src/strategies/weighted.js';
import { anyWeight, fake, fakes, parts, picks, request, seeded, worstDeviation } from './candidates.js';

const inOrder = () => weighted(() => 0);
const row = (weights: readonly number[], times: number): string => picks(inOrder(), fakes(weights), times).join('');

describe('weighted round robin', () => {
  it.each([
    // What nginx's commit message gives.
    [[5, 1, 1], 'aabacaaaabacaa'],
    [[1, 1, 1], 'abcabc'],
    [[2, 1], 'abaaba'],
    [[4, 2, 1], 'abacabaabacaba'],
    [[0.5, 0.25, 0.25], 'abcaabca'],
    [[1_000, 250], 'aabaaaabaa'],
  ])('with the weights %j goes %s', (weights, expected) => {
    expect(row(weights, expected.length)).toBe(expected);
  });

  it('gives each what its weight says, never a whole request too much, and seldom more than one too little', () => {
    fc.assert(
      fc.property(fc.array(anyWeight, { minLength: 1, maxLength: 8 }), (weights) => {
        const strategy = inOrder();
        const candidates = fakes(weights);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const counts = new Map(candidates.map(({ key }) => [key, 0]));
        let [most, least] = [0, 0];
        for (let n = 1; n <= 200; n += 1) {
          const { key } = strategy.pick(candidates, request());
          counts.set(key, counts.get(key)! + 1);
          const ahead = candidates.map((each) => counts.get(each.key)! - (n * each.weight) / total);
          most = Math.max(most, ...ahead);
          least = Math.min(least, ...ahead);
        }
        expect(most).toBeLessThan(1);
        expect(least).toBeGreaterThan(-1.5);
      }),
    );
  });

  it('goes on with weights that change, as far as each had come', () => {
    const strategy = inOrder();
    expect(picks(strategy, fakes([1, 1]), 1)).toEqual(['a']);
    // Half a request is due to b, however much it weighs now.
    expect(picks(strategy, fakes([3, 1]), 5).join('')).toBe('baaab');
    expect(picks(strategy, fakes([300, 100]), 4).join('')).toBe('aaab');
  });

  it('gives each what its weights say while they change all the time', () => {
    const strategy = weighted(seeded(1));
    const shares = [0, 0, 0];
    const counts = new Map(['a', 'b', 'c'].map((key) => [key, 0]));
    for (let n = 0; n < 3_000; n += 1) {
      // One of them starts slowly, again and again.
      const weights = [1, 2, Math.max(0.1, (n % 100) / 100)];
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [at, weight] of weights.entries()) shares[at]! += weight / total;
      const { key } = strategy.pick(fakes(weights), request());
      counts.set(key, counts.get(key)! + 1);
    }
    for (const [at, count] of [...counts.values()].entries()) expect(Math.abs(count - shares[at]!)).toBeLessThan(2);
  });

  it('gives nobody more for having been away', () => {
    const strategy = weighted(seeded(2));
    const [a, b, c] = fakes([1, 1, 2]);
    picks(strategy, [a!, b!, c!], 10);
    picks(strategy, [a!, b!], 1_000);
    expect(worstDeviation(parts(strategy, [a!, b!, c!], 400), [1, 1, 2])).toBeLessThan(0.02);
  });

  it('does not overrun a newcomer, nor keep it waiting, however many have come and gone', () => {
    const strategy = weighted(seeded(3));
    const stayed = fakes([1, 1, 1]);
    for (let n = 0; n < 3_000; n += 1) picks(strategy, [...stayed, fake(`gone ${n}`)], 1 + (n % 5));
    const row = picks(strategy, [...stayed, fake('new')], 12);
    expect(row.filter((key) => key === 'new').length).toBeGreaterThanOrEqual(2);
    expect(row.filter((key) => key === 'new').length).toBeLessThanOrEqual(4);
  });

  it('lets each client begin elsewhere in the row, about as often at each member as its weight says', () => {
    const candidates = fakes([5, 3, 1, 1]);
    const counts = new Map(candidates.map(({ key }) => [key, 0]));
    for (let seed = 0; seed < 4_000; seed += 1) {
      const [key] = picks(weighted(seeded(seed)), candidates, 1);
      counts.set(key!, counts.get(key!)! + 1);
    }
    const got = [...counts.values()].map((count) => count / 4_000);
    expect(worstDeviation(got, [5, 3, 1, 1])).toBeLessThan(0.3);
  });
});
