import { describe, expect, it } from '@jest/globals';
import { PrefixCounts } from '../../../src/pubsub/prefix-counts.js';

describe('PrefixCounts', () => {
  it('covers nothing at first', () => {
    const counts = new PrefixCounts();
    expect(counts.covers('news')).toBe(false);
    expect(counts.covers(undefined)).toBe(false);
    expect(counts.list()).toEqual({});
  });

  it('covers what begins with a prefix that is there', () => {
    const counts = new PrefixCounts();
    counts.add('news.');
    expect(['news.de', 'news.', 'news', 'old.news.de', ''].filter((topic) => counts.covers(topic))).toEqual([
      'news.de',
      'news.',
    ]);
    expect(counts.covers(undefined)).toBe(true);
  });

  it('covers everything with the empty prefix', () => {
    const counts = new PrefixCounts();
    counts.add('');
    expect(counts.covers('anything')).toBe(true);
    expect(counts.covers('')).toBe(true);
  });

  it('counts, so that one that goes leaves the others', () => {
    const counts = new PrefixCounts();
    counts.add('a');
    counts.add('a');
    counts.add('b');
    expect(counts.list()).toEqual({ a: 2, b: 1 });
    counts.remove('a');
    expect(counts.list()).toEqual({ a: 1, b: 1 });
    expect(counts.covers('a')).toBe(true);
    counts.remove('a');
    expect(counts.covers('a')).toBe(false);
    expect(counts.size).toBe(1);
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
