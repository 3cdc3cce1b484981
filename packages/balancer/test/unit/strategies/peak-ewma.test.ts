import { describe, expect, it } from '@jest/globals';
import { peakEwma } from '../../../src/strategies/peak-ewma.js';
import { fake, parts, request, seeded, type Fake } from './candidates.js';

type Facts = Partial<Omit<Fake, 'key'>>;

/** Which part of the requests the first one of two gets. */
function partOfFirst(first: Facts, second: Facts): number {
  return parts(peakEwma(seeded(1)), [fake('a', first), fake('b', second)], 2_000)[0]!;
}

describe('peak ewma', () => {
  it.each<[string, Facts, Facts]>([
    ['the quicker one', { latencyMs: 10 }, { latencyMs: 11 }],
    ['the slower one, once the quicker one has more to do', { latencyMs: 30 }, { latencyMs: 10, pending: 3 }],
    ['the quicker one, even if it has a little more to do', { latencyMs: 10, pending: 2 }, { latencyMs: 31 }],
    ['one of which nothing is known, if it has nothing to do', {}, { latencyMs: 0.001 }],
    ['a slow one rather than one of which nothing is known yet', { latencyMs: 1e6, pending: 100 }, { pending: 1 }],
    ['of those of which nothing is known the one with less to do', { pending: 1 }, { pending: 2 }],
    [
      'the heavier one, if both have the same to do',
      { latencyMs: 10, pending: 2, weight: 2 },
      { latencyMs: 10, pending: 2 },
    ],
    [
      'the lighter one, if it has less to do for its weight',
      { latencyMs: 10, pending: 1 },
      { latencyMs: 10, pending: 5, weight: 3 },
    ],
  ])('picks %s', (_name, first, second) => {
    expect(partOfFirst(first, second)).toBe(1);
    expect(partOfFirst(second, first)).toBe(0);
  });

  it.each<[string, Facts, Facts]>([
    ['both are the same', { latencyMs: 10, pending: 1 }, { latencyMs: 10, pending: 1 }],
    ['both are so quick that it says nothing', { latencyMs: 0.01 }, { latencyMs: 0.09 }],
    ['nothing is known of either', {}, {}],
  ])('picks any when %s', (_name, first, second) => {
    expect(partOfFirst(first, second)).toBeCloseTo(0.5, 1);
  });

  it('leaves a light one its part while nothing is under way, and does not have every request go to the heavier', () => {
    const candidates = [1, 1, 1, 1, 1, 1, 1, 1, 1, 0.1].map((weight, n) =>
      fake(`m${n}`, { weight, latencyMs: 5 + (n % 3) }),
    );
    const part = parts(peakEwma(seeded(2)), candidates, 40_000)[9]!;
    expect(part).toBeGreaterThan(0.5 / 91);
    expect(part).toBeLessThan((2 / 91) * 10);
  });

  it('sends one request to a newcomer until it has answered', () => {
    const known = Array.from({ length: 4 }, (_, n) => fake(`m${n}`, { latencyMs: 20, pending: 3 }));
    const newcomer = fake('new');
    const strategy = peakEwma(seeded(3));
    const candidates = [...known, newcomer];
    for (let n = 0; n < 500; n += 1) strategy.pick(candidates, request()).pending += 1;
    expect(newcomer.pending).toBe(1);
  });
});
