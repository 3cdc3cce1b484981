import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STRATEGIES, type StrategyName } from '../../../src/strategies/strategies.js';
import { anyCandidates, anyChance, fake, fakes, parts, picks, request, seeded, servers } from './candidates.js';

const NAMES = Object.keys(STRATEGIES) as StrategyName[];

it('there are these strategies', () => {
  expect(NAMES).toEqual([
    'round_robin',
    'random',
    'first',
    'weighted',
    'least_pending',
    'two_choices',
    'peak_ewma',
    'consistent_hash',
  ]);
});

describe.each(NAMES)('%s', (name) => {
  const make = STRATEGIES[name];

  it('picks one of the candidates, whatever they are and whatever chance says, and changes none of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyCandidates, fc.option(fc.string(), { nil: undefined })), { minLength: 1, maxLength: 8 }),
        anyChance,
        (steps, chance) => {
          const strategy = make(chance);
          for (const [candidates, hashKey] of steps) {
            const before = structuredClone(candidates);
            for (let n = 0; n < 4; n += 1) expect(candidates).toContain(strategy.pick(candidates, request(hashKey)));
            expect(candidates).toEqual(before);
          }
        },
      ),
    );
  });

  it('picks the only one', () => {
    expect(picks(make(seeded(1)), [fake('a', { pending: 7 })], 3)).toEqual(['a', 'a', 'a']);
  });

  it('picks the same with the same chance', () => {
    const candidates = fakes([1, 2, 3, 4]);
    expect(picks(make(seeded(5)), candidates, 50)).toEqual(picks(make(seeded(5)), candidates, 50));
  });

  it('never picks one that is no candidate any more', () => {
    const strategy = make(seeded(1));
    const [a, b, c] = fakes([1, 1, 1]);
    picks(strategy, [a!, b!, c!], 10);
    expect(new Set(picks(strategy, [a!, c!], 40))).not.toContain('b');
    expect(new Set(picks(strategy, [b!], 10))).toEqual(new Set(['b']));
  });
});

describe.each(NAMES.filter((name) => name !== 'first'))('%s', (name) => {
  it('gives equal ones the same part when nothing is under way', () => {
    for (const part of parts(STRATEGIES[name](seeded(3)), servers(8), 40_000)) expect(part).toBeCloseTo(1 / 8, 2);
  });

  it('lets clients that start at the same time begin at different ones', () => {
    const candidates = servers(10);
    const begun = Array.from({ length: 2_000 }, (_, n) => picks(STRATEGIES[name](seeded(n)), candidates, 1)[0]);
    for (const { key } of candidates) {
      const part = begun.filter((each) => each === key).length / begun.length;
      expect(Math.abs(part - 0.1)).toBeLessThan(0.025);
    }
  });
});

it('first picks the first in the order given, as long as it is a candidate', () => {
  const [a, b, c] = fakes([1, 5, 1]);
  const strategy = STRATEGIES.first(seeded(1));
  expect(picks(strategy, [a!, b!, c!], 2)).toEqual(['a', 'a']);
  expect(picks(strategy, [b!, c!], 2)).toEqual(['b', 'b']);
  expect(picks(strategy, [c!, a!], 2)).toEqual(['c', 'c']);
});
