import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { roundRobin } from '../../../src/strategies/round-robin.js';
import { fake, parts, request, seeded, servers } from './candidates.js';

/** What is picked in each step, where a step names the candidates, a letter for each. The same letters are the same array. */
function row(steps: readonly string[], chance = 0): string {
  const strategy = roundRobin(() => chance);
  const arrays = new Map(steps.map((keys) => [keys, Array.from(keys).map((key) => fake(key))]));
  return steps.map((keys) => strategy.pick(arrays.get(keys)!, request()).key).join('');
}

const times = (count: number, keys: string): string[] => new Array<string>(count).fill(keys);

/** The same by looking at everyone each time: who has had no turn for longest, and of those the first in the order given. */
function rowOfModel(steps: readonly string[]): string {
  const turns = new Map<string, number>();
  let now = 0;
  return steps
    .map((keys) => {
      now += 1;
      for (const key of keys) if (!turns.has(key)) turns.set(key, now);
      const picked = Array.from(keys).reduce((best, key) => (turns.get(key)! < turns.get(best)! ? key : best));
      now += 1;
      turns.set(picked, now);
      return picked;
    })
    .join('');
}

describe('round robin', () => {
  it.each([
    ['goes one after the other', times(7, 'abc'), 'abcabca'],
    ['goes on behind the one that was picked last', [...times(2, 'abcd'), ...times(4, 'acd')], 'abcdac'],
    ['goes on when the one that was picked last has left', [...times(3, 'abcd'), ...times(4, 'abd')], 'abcdabd'],
    ['serves a newcomer last', ['abc', ...times(5, 'abcx')], 'abcaxb'],
    ['serves a newcomer that comes first in order last as well', ['abc', ...times(5, 'xabc')], 'abcaxb'],
    ['gives whoever is back the place that it had', ['abcd', ...times(2, 'abd'), ...times(4, 'abcd')], 'abdcabd'],
    ['does not mind another order', [...times(4, 'abc'), ...times(4, 'cba')], 'abcabcab'],
    ['passes nobody over when the candidates are others each time', ['ab', 'ac', 'ab', 'ac', 'ab', 'ac'], 'aabcac'],
  ])('%s', (_name, steps, expected) => {
    expect(row(steps)).toBe(expected);
    expect(rowOfModel(steps)).toBe(expected);
  });

  it.each([
    [0.34, 'bcab'],
    [0.99, 'cabc'],
  ])('begins anywhere: with chance %d at %s', (chance, expected) => {
    expect(row(times(4, 'abc'), chance)).toBe(expected);
  });

  it('always picks who has had no turn for longest, whoever comes and goes', () => {
    const someKeys = fc
      .subarray(Array.from('abcdefg'), { minLength: 1 })
      .chain((keys) => fc.shuffledSubarray(keys, { minLength: keys.length }));
    const steps = fc
      .array(fc.tuple(someKeys, fc.integer({ min: 1, max: 9 })), { maxLength: 30 })
      .map((blocks) => blocks.flatMap(([keys, count]) => times(count, keys.join(''))));
    fc.assert(fc.property(steps, (all) => expect(row(all)).toBe(rowOfModel(all))));
  });

  it('is fair to all, to the request, while one comes and goes', () => {
    const strategy = roundRobin(seeded(1));
    const all = servers(5);
    const counts = new Map<string, number>();
    for (let n = 0; n < 4_000; n += 1) {
      const { key } = strategy.pick(n % 7 < 3 ? all.slice(0, 4) : all, request());
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const steady = all.slice(0, 4).map(({ key }) => counts.get(key)!);
    expect(Math.max(...steady) - Math.min(...steady)).toBeLessThanOrEqual(1);
  });

  it('forgets members that are long gone, and stays fair to those that are there', () => {
    const strategy = roundRobin(seeded(1));
    const stayed = servers(3);
    for (let n = 0; n < 5_000; n += 1) strategy.pick([...stayed, fake(`gone ${n}`)], request());
    expect(parts(strategy, stayed, 300)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });
});
