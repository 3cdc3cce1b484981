import { describe, expect, it } from '@jest/globals';
import { PrefixCounts } from '../../../src/pubsub/prefix-counts.js';

describe('PrefixCounts', () => {
  it('counts, so that one that goes leaves the others', () => {
    const counts = new PrefixCounts();
    counts.add('a');
    counts.add('a');
    counts.add('b');
    expect(counts.list()).toEqual({ a: 2, b: 1 });
    counts.remove('a');
    expect(counts.list()).toEqual({ a: 1, b: 1 });
    expect(counts.count('a')).toBe(1);
    counts.remove('a');
    expect(counts.count('a')).toBe(0);
    expect([...counts]).toEqual([['b', 1]]);
  });

  it('takes it when one goes that never came', () => {
    const counts = new PrefixCounts();
    counts.remove('a');
    counts.add('a');
    expect(counts.list()).toEqual({ a: 1 });
  });

  it('lists a prefix that is called __proto__', () => {
    const counts = new PrefixCounts();
    counts.add('__proto__');
    expect(Object.entries(counts.list())).toEqual([['__proto__', 1]]);
  });
});
