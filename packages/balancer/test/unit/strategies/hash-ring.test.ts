import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hash32 } from '../../../src/strategies/hash32.js';
import { HashRing } from '../../../src/strategies/hash-ring.js';
import { anyCandidates, fake, servers, type Fake } from './candidates.js';

const KEYS = Array.from({ length: 20_000 }, (_, n) => `user:${n}`);

/** To whom each key belongs, by the keys of candidates. */
function owners(candidates: readonly Fake[]): string[] {
  const ring = new HashRing(candidates);
  return KEYS.map((key) => candidates[ring.ownerOf(ring.pointFor(hash32(key)))]!.key);
}

/** Which part of all keys belongs to each of the candidates. */
function partsOf(candidates: readonly Fake[]): number[] {
  const counts = new Map(candidates.map(({ key }) => [key, 0]));
  for (const owner of owners(candidates)) counts.set(owner, counts.get(owner)! + 1);
  return [...counts.values()].map((count) => count / KEYS.length);
}

const weighing = (weights: readonly number[]): Fake[] =>
  servers(weights.length).map(({ key }, n) => fake(key, { weight: weights[n]! }));

describe('a hash ring', () => {
  it.each([2, 3, 10, 50])('spreads keys over %d equal candidates within a third of their share', (count) => {
    for (const part of partsOf(servers(count))) expect(Math.abs(part * count - 1)).toBeLessThan(1 / 3);
  });

  it.each([[[1, 1, 2]], [[1, 2, 3, 4]], [[1, 1, 1, 1, 0.1]], [[0.01, 0.02, 0.01]], [[500, 1_000, 250]]])(
    'gives each of %j its share, as near as the number of its points allows',
    (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [n, part] of partsOf(weighing(weights)).entries()) {
        const leastPoints = (100 * weights[n]!) / Math.max(...weights);
        expect(Math.abs((part * total) / weights[n]! - 1)).toBeLessThan(4 / Math.sqrt(leastPoints));
      }
    },
  );

  it.each([3, 10, 50])('moves the keys of one of %d that leaves, and no others', (count) => {
    const all = servers(count);
    const before = owners(all);
    for (const gone of [0, 1, count - 1]) {
      const after = owners(all.filter((_each, n) => n !== gone));
      const others = before.filter((owner, n) => owner !== all[gone]!.key && owner !== after[n]);
      expect(others).toEqual([]);
      const moved = before.filter((owner) => owner === all[gone]!.key).length;
      expect(moved / KEYS.length).toBeLessThan(4 / 3 / count);
      expect(moved / KEYS.length).toBeGreaterThan(2 / 3 / count);
    }
  });

  it('spreads the keys of one that leaves over those that stay', () => {
    const all = servers(10);
    const [before, after] = [owners(all), owners(all.slice(1))];
    const heirs = new Map<string, number>();
    for (const [n, owner] of before.entries()) {
      if (owner === all[0]!.key) heirs.set(after[n]!, (heirs.get(after[n]!) ?? 0) + 1);
    }
    const inherited = [...heirs.values()];
    expect(inherited).toHaveLength(9);
    expect(Math.max(...inherited)).toBeLessThan((3 / 9) * inherited.reduce((sum, count) => sum + count, 0));
  });

  it('moves keys from one alone whose weight falls, and to one alone whose weight rises', () => {
    const [full, half] = [owners(weighing([1, 1, 1, 1])), owners(weighing([1, 0.5, 1, 1]))];
    const own = weighing([1, 1])[1]!.key;
    const moves = full.filter((owner, n) => owner !== half[n]);
    expect(new Set(moves)).toEqual(new Set([own]));
    expect(moves.length / KEYS.length).toBeGreaterThan(0.07);
    expect(moves.length / KEYS.length).toBeLessThan(0.18);
  });

  it.each([2 ** 3, 2 ** 9, 2 ** -6])('is the same when all weigh %d times as much', (factor) => {
    const weights = [1, 2, 3, 0.5];
    expect(owners(weighing(weights.map((weight) => weight * factor)))).toEqual(owners(weighing(weights)));
  });

  it('does not depend on the order of the candidates', () => {
    const shuffles = anyCandidates.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffles, ([all, shuffled]) => {
        const [one, other] = [new HashRing(all), new HashRing(shuffled)];
        expect(other.size).toBe(one.size);
        const points = Array.from({ length: one.size }, (_, point) => point);
        const ownersIn = (ring: HashRing, candidates: readonly Fake[]): string[] =>
          points.map((point) => candidates[ring.ownerOf(point)]!.key);
        expect(ownersIn(other, shuffled)).toEqual(ownersIn(one, all));
      }),
      { numRuns: 30 },
    );
  });

  it('has a point for each candidate, however little it weighs, and goes round', () => {
    fc.assert(
      fc.property(anyCandidates, fc.integer({ min: 0, max: 0xffffffff }), (candidates, hash) => {
        const ring = new HashRing(candidates);
        const seen = new Set<number>();
        let point = ring.pointFor(hash);
        for (let n = 0; n < ring.size; n += 1) {
          seen.add(ring.ownerOf(point));
          point = ring.next(point);
        }
        expect(seen.size).toBe(candidates.length);
        expect(point).toBe(ring.pointFor(hash));
        expect(ring.size).toBeLessThanOrEqual(800 * candidates.length);
      }),
    );
  });
});
