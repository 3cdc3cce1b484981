import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { consistentHash } from '../../../src/strategies/consistent-hash.js';
import { twoChoices } from '../../../src/strategies/two-choices.js';
import { anyCandidates, anyChance, anyWeight, fake, picks, request, seeded, servers, type Fake } from './candidates.js';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How many may be under way at each, when one more comes. */
function capacities(candidates: readonly Fake[]): number[] {
  const allPending = sum(candidates.map(({ pending }) => pending)) + 1;
  const totalWeight = sum(candidates.map(({ weight }) => weight));
  return candidates.map(({ weight }) => {
    const share = (allPending * weight) / totalWeight;
    return Math.ceil(1.25 * share + 2 * Math.sqrt(share)) + 1;
  });
}

/** An exponential distribution with the mean 1. */
const exponential = (random: () => number): number => -Math.log(1 - random());

/**
 * Requests for keys that are all different come by chance and take as long as chance has it, so that so many are under way at each of a hundred on average.
 * @returns which part of them has not gone to the owner of its key
 */
function partElsewhere(underWayAtEach: number): number {
  const candidates = servers(100);
  const idle = servers(100);
  const random = seeded(7);
  const [strategy, owners] = [consistentHash(random), consistentHash(random)];
  const meanPause = 1 / (candidates.length * underWayAtEach);
  const warmUp = 5 / meanPause;
  let running: { readonly at: Fake; readonly until: number }[] = [];
  let now = 0;
  let elsewhere = 0;
  for (let n = 0; n < warmUp + 4_000; n += 1) {
    now += meanPause * exponential(random);
    for (const { at } of running.filter(({ until }) => until <= now)) at.pending -= 1;
    running = running.filter(({ until }) => until > now);
    const asked = request(`user:${n}`);
    const at = strategy.pick(candidates, asked);
    at.pending += 1;
    running.push({ at, until: now + exponential(random) });
    if (n >= warmUp && owners.pick(idle, asked).key !== at.key) elsewhere += 1;
  }
  return elsewhere / 4_000;
}

describe('consistent hashing', () => {
  it('picks the same one for the same key, whoever asks and however often', () => {
    const candidates = servers(10);
    const [one, other] = [consistentHash(seeded(1)), consistentHash(seeded(2))];
    for (let n = 0; n < 500; n += 1) {
      const picked = one.pick(candidates, request(`user:${n}`));
      expect(one.pick(candidates, request(`user:${n}`))).toBe(picked);
      expect(other.pick([...candidates].reverse(), request(`user:${n}`))).toBe(picked);
    }
  });

  it('takes no text for none', () => {
    const candidates = servers(10);
    const strategy = consistentHash(seeded(1));
    const picked = Array.from({ length: 50 }, () => strategy.pick(candidates, request('')).key);
    expect(new Set(picked).size).toBe(1);
  });

  it('spreads requests without a key by two choices', () => {
    const candidates = servers(5);
    for (const [n, each] of candidates.entries()) each.pending = n;
    const row = picks(consistentHash(seeded(4)), candidates, 1_000);
    expect(row).toEqual(picks(twoChoices(seeded(4)), candidates, 1_000));
    expect(new Set(row).size).toBe(4);
  });

  it('sends a key to the same other one while its own is no candidate, and back afterwards', () => {
    const all = servers(6);
    const strategy = consistentHash(seeded(1));
    const own = strategy.pick(all, request('key'));
    const others = all.filter((each) => each !== own);
    const heir = strategy.pick(others, request('key'));
    expect(strategy.pick([...others].reverse(), request('key'))).toBe(heir);
    expect(strategy.pick(all, request('key'))).toBe(own);
  });

  it('picks the same for some of the candidates, whether they are there for one request or for long', () => {
    fc.assert(
      fc.property(fc.subarray(servers(12), { minLength: 1 }), fc.string(), fc.nat({ max: 3 }), (some, key, pending) => {
        const all = servers(12);
        const left = all.filter((each) => some.some((other) => other.key === each.key));
        for (const each of left.slice(1)) each.pending = pending;
        const strategy = consistentHash(seeded(1));
        strategy.pick(all, request(key));
        const expected = consistentHash(seeded(1)).pick(left, request(key));
        for (let n = 0; n < 3; n += 1) expect(strategy.pick(left, request(key))).toBe(expected);
        expect(strategy.pick([...left], request(key))).toBe(expected);
      }),
    );
  });

  it('fills one after the other with a key that everybody asks for, each up to its capacity', () => {
    const candidates = servers(8);
    const strategy = consistentHash(seeded(1));
    const reached: string[] = [];
    for (let n = 0; n < 4_000; n += 1) {
      const before = capacities(candidates);
      const picked = strategy.pick(candidates, request('hot'));
      if (!reached.includes(picked.key)) reached.push(picked.key);
      picked.pending += 1;
      expect(picked.pending).toBeLessThanOrEqual(before[candidates.indexOf(picked)]!);
    }
    const filled = reached.map((key) => candidates.find((each) => each.key === key)!.pending);
    // 1.25 times their share of 500 and 2 times the root of it, and one, until nothing is left for the last ones.
    expect(filled.slice(0, 5)).toEqual(new Array(5).fill(671));
    expect(sum(filled)).toBe(4_000);
  });

  it.each([0.05, 0.1, 0.5, 1, 3, 10])(
    'leaves nearly all requests for different keys where they belong, with %d under way at each of a hundred',
    (underWayAtEach) => {
      expect(partElsewhere(underWayAtEach)).toBeLessThan(0.01);
    },
  );

  it('comes close to 1.25 times the share, the more is under way', () => {
    const most = [1, 10, 100, 1_000, 10_000].map((share) => {
      const candidates = servers(20);
      const [first, ...others] = candidates as [Fake, ...Fake[]];
      // A key of the first one, which has so much that it is just full, and the others what is left of 20 shares.
      const strategy = consistentHash(seeded(1));
      const key = Array.from({ length: 1_000 }, (_, n) => `key ${n}`).find(
        (each) => strategy.pick(candidates, request(each)) === first,
      );
      const isTaken = (pending: number): boolean => {
        first.pending = pending;
        others.forEach((each, n) => (each.pending = Math.floor((20 * share - 1 - pending + n) / others.length)));
        return strategy.pick(candidates, request(key)) === first;
      };
      let pending = share;
      while (isTaken(pending)) pending += 1;
      return pending / share;
    });
    expect(most).toEqual([5, 2, 1.46, 1.315, 1.2701]);
  });

  it('always finds one with room, whatever the weights and what is under way', () => {
    fc.assert(
      fc.property(anyCandidates, fc.string(), (candidates, key) => {
        const room = capacities(candidates);
        const picked = consistentHash(seeded(1)).pick(candidates, request(key));
        expect(picked.pending).toBeLessThan(room[candidates.indexOf(picked)]!);
      }),
    );
  });

  it('never gives one more than its capacity, whatever the keys, the weights and what is under way', () => {
    const arrivals = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat()), { minLength: 20, maxLength: 150 });
    fc.assert(
      fc.property(
        fc.array(anyWeight, { minLength: 1, maxLength: 8 }),
        arrivals,
        anyChance,
        (weights, steps, chance) => {
          const candidates = weights.map((weight, n) => fake(`m${n}`, { weight }));
          const strategy = consistentHash(chance);
          let excess = 0;
          const underWay: Fake[] = [];
          for (const [key, done] of steps) {
            const room = capacities(candidates);
            const picked = strategy.pick(candidates, request(`key ${key}`));
            picked.pending += 1;
            excess = Math.max(excess, picked.pending - room[candidates.indexOf(picked)]!);
            underWay.push(picked);
            if (done % 3 === 0) underWay.splice(done % underWay.length, 1)[0]!.pending -= 1;
          }
          expect(excess).toBe(0);
        },
      ),
    );
  });

  it('sends what finds its own one full to others than the requests for another key of the same', () => {
    const candidates = servers(20);
    const strategy = consistentHash(seeded(1));
    const own = strategy.pick(candidates, request('key 0'));
    const same = Array.from({ length: 2_000 }, (_, n) => `key ${n}`).filter(
      (key) => strategy.pick(candidates, request(key)) === own,
    );
    own.pending = 1_000;
    const heirs = new Set(same.map((key) => strategy.pick(candidates, request(key)).key));
    expect(heirs.has(own.key)).toBe(false);
    expect(heirs.size).toBeGreaterThan(10);
  });
});
