import { describe, expect, it } from '@jest/globals';
import { TopicStore } from '../../../src/pubsub/topic-store.js';
import { topicPattern } from '../../../src/pubsub/topic-pattern.js';

/** Publishes so many messages on a topic, which are kept. */
function publish(store: TopicStore, topic: string, count = 1): void {
  for (let left = count; left > 0; left -= 1) {
    const log = store.use(topic);
    log.sequence += 1;
    log.keep({ sequence: log.sequence, codec: 'json', body: Buffer.from(topic), headers: undefined }, 3);
  }
}

function patterns(...texts: string[]) {
  return texts.map(topicPattern);
}

/** What is kept, as the numbers of each topic. */
function numbersOf(kept: ReturnType<TopicStore['last']>): Record<string, number[]> {
  return Object.fromEntries(kept.map(({ topic, messages }) => [topic, messages.map(({ sequence }) => sequence)]));
}

describe('topics', () => {
  it('count from 0, each for itself', () => {
    const store = new TopicStore();
    publish(store, 'a', 2);
    publish(store, 'b');
    publish(store, 'a');
    expect(store.numbers(patterns('>'))).toEqual({ a: 3, b: 1 });
    expect(store.numbers(patterns('b', 'c'))).toEqual({ b: 1 });
    expect([store.get('a')?.sequence, store.get('b')?.sequence, store.get('c')]).toEqual([3, 1, undefined]);
  });

  it('are so many at most: those are forgotten on which nothing was published for longest', () => {
    const store = new TopicStore(3);
    for (const topic of ['a', 'b', 'c', 'a', 'd', 'a', 'c', 'e']) publish(store, topic);
    expect(Object.keys(store.numbers(patterns('>'))).sort()).toEqual(['a', 'c', 'e']);
    expect(['b', 'd'].map((topic) => store.get(topic))).toEqual([undefined, undefined]);
    expect(store.get('a')?.sequence).toBe(3);
  });

  it('that may have been forgotten go on behind every number that they may have had', () => {
    const store = new TopicStore(2);
    publish(store, 'a', 7);
    publish(store, 'b', 3);
    publish(store, 'c');
    expect([store.get('c')?.start, store.get('c')?.sequence]).toEqual([7, 8]);
    publish(store, 'a');
    expect([store.get('a')?.start, store.get('a')?.sequence]).toEqual([7, 8]);
    expect(store.get('b')).toBeUndefined();
  });
});

describe('what is kept for a subscriber', () => {
  const store = new TopicStore(3);
  publish(store, 'gone', 10);
  for (const topic of ['a', 'b', 'c']) publish(store, topic, 5);

  it('is the last of each topic', () => {
    expect(numbersOf(store.last(patterns('a', 'c', '*')))).toEqual({ a: [5], b: [5], c: [15] });
    expect(numbersOf(store.last(patterns('none')))).toEqual({});
  });

  it('is what it has missed, of topics that it does not know from the beginning', () => {
    const missed = store.missed(patterns('*'), new Map(Object.entries({ a: 4, b: 1 })), []);
    expect(numbersOf(missed)).toEqual({ a: [5], b: [3, 4, 5], c: [13, 14, 15] });
    expect(missed.map(({ start }) => start)).toEqual([undefined, undefined, undefined]);
  });

  it('is the last once more where it asks for that and has missed nothing', () => {
    const read = new Map(Object.entries({ a: 5, b: 5, c: 14 }));
    expect(numbersOf(store.missed(patterns('*'), read, patterns('a', 'c')))).toEqual({ a: [5], b: [], c: [15] });
  });

  it('begins with where a topic starts that it knows from before it was forgotten', () => {
    const missed = store.missed(patterns('c'), new Map([['c', 6]]), []);
    expect(missed.map(({ topic, start }) => [topic, start])).toEqual([['c', 10]]);
  });
});
