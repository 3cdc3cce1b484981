import { describe, expect, it } from '@jest/globals';
import { MOST_PUBLISHERS, Sequences } from '../../../src/pubsub/sequences.js';
import { REPEATED } from '../../../src/pubsub/topic-progress.js';
import { MOST_TOPICS } from '../../../src/pubsub/topic-store.js';

/** What is said of these numbers of one topic, one after the other. */
function takeAll(sequences: Sequences, publisher: string, topic: string, ...numbers: number[]): number[] {
  return numbers.map((number) => sequences.of(publisher, topic, number)?.take(number) ?? 0);
}

function met(...ids: string[]): Sequences {
  const sequences = new Sequences();
  for (const id of ids) sequences.meet({ id, epoch: 1 });
  return sequences;
}

describe('a number', () => {
  it('that is the first may be any', () => {
    expect(takeAll(met('p'), 'p', 't', 17, 18)).toEqual([0, 0]);
    expect(takeAll(met('p'), 'p', 't', 1)).toEqual([0]);
  });

  it('says how many before it are missing', () => {
    expect(takeAll(met('p'), 'p', 't', 1, 2, 4, 5, 105)).toEqual([0, 0, 1, 0, 99]);
  });

  it('that was there, or is older, is repeated', () => {
    expect(takeAll(met('p'), 'p', 't', 5, 5, 4, 6, 5)).toEqual([0, REPEATED, REPEATED, 0, REPEATED]);
  });

  it('belongs to its topic and its publisher', () => {
    const sequences = met('p', 'q');
    expect(takeAll(sequences, 'p', 't', 1, 2)).toEqual([0, 0]);
    expect(takeAll(sequences, 'p', 'u', 9, 10)).toEqual([0, 0]);
    expect(takeAll(sequences, 'q', 't', 7, 9)).toEqual([0, 1]);
    expect(takeAll(sequences, 'p', 't', 3)).toEqual([0]);
  });

  it('of a publisher that nobody has met means nothing', () => {
    expect(takeAll(new Sequences(), 'p', 't', 1, 9, 1)).toEqual([0, 0, 0]);
  });
});

describe('a publisher', () => {
  it('that is met in another epoch has been started anew, and its numbers begin again', () => {
    const sequences = new Sequences();
    expect(sequences.meet({ id: 'p', epoch: 5 })).toBe(false);
    expect(sequences.meet({ id: 'q', epoch: 5 })).toBe(false);
    takeAll(sequences, 'p', 't', 1, 2, 3);
    takeAll(sequences, 'q', 't', 1, 2, 3);
    expect(sequences.meet({ id: 'p', epoch: 5 })).toBe(false);
    expect(sequences.meet({ id: 'p', epoch: 6 })).toBe(true);
    expect(takeAll(sequences, 'p', 't', 1, 2)).toEqual([0, 0]);
    expect(takeAll(sequences, 'q', 't', 3)).toEqual([REPEATED]);
    expect(sequences.meet({ id: 'p', epoch: 4 })).toBe(true);
  });
});

describe('a topic that its publisher has forgotten', () => {
  it('goes on behind a number, and what that skips is not missed', () => {
    const sequences = met('p');
    takeAll(sequences, 'p', 't', 1, 2);
    sequences.goOn('p', 't', 50);
    expect(takeAll(sequences, 'p', 't', 51, 53)).toEqual([0, 1]);
  });

  it('that was never read begins there', () => {
    const sequences = met('p');
    sequences.goOn('p', 't', 50);
    expect(takeAll(sequences, 'p', 't', 50, 53)).toEqual([REPEATED, 2]);
  });

  it('does not go back', () => {
    const sequences = met('p');
    takeAll(sequences, 'p', 't', 60);
    sequences.goOn('p', 't', 50);
    expect(takeAll(sequences, 'p', 't', 60, 61)).toEqual([REPEATED, 0]);
  });

  it('of a publisher that nobody has met is nothing', () => {
    const sequences = new Sequences();
    sequences.goOn('p', 't', 50);
    expect(sequences.positions()).toEqual([]);
  });
});

describe('begin', () => {
  it('says where topics stand that have not been read, so that what is missing behind is missed', () => {
    const sequences = met('p');
    takeAll(sequences, 'p', 'read', 8);
    sequences.begin('p', { read: 5, other: 5 });
    expect(takeAll(sequences, 'p', 'read', 9)).toEqual([0]);
    expect(takeAll(sequences, 'p', 'other', 5, 8)).toEqual([REPEATED, 2]);
  });

  it('of a publisher that nobody has met changes nothing', () => {
    const sequences = new Sequences();
    sequences.begin('p', { t: 5 });
    expect(sequences.positions()).toEqual([]);
  });
});

describe('positions', () => {
  it('are where all publishers stand', () => {
    const sequences = met('p', 'q', 'silent');
    takeAll(sequences, 'p', 't', 1, 4);
    takeAll(sequences, 'p', '__proto__', 3);
    takeAll(sequences, 'q', 't', 2);
    const [first, ...others] = sequences.positions();
    expect(Object.entries(first!.topics)).toEqual([
      ['t', 4],
      ['__proto__', 3],
    ]);
    expect(others).toEqual([
      { publisher: 'q', epoch: 1, topics: { t: 2 } },
      { publisher: 'silent', epoch: 1, topics: {} },
    ]);
  });

  it('are forgotten of topics that nobody is subscribed to', () => {
    const sequences = met('p', 'q');
    for (const id of ['p', 'q']) for (const topic of ['a', 'b']) takeAll(sequences, id, topic, 1);
    sequences.keepOnly((topic) => topic === 'b');
    expect(sequences.positions()).toEqual([
      { publisher: 'p', epoch: 1, topics: { b: 1 } },
      { publisher: 'q', epoch: 1, topics: { b: 1 } },
    ]);
    expect(takeAll(sequences, 'p', 'a', 9)).toEqual([0]);
  });

  it('are of so many topics at most: the oldest go', () => {
    const sequences = met('p');
    for (let n = 0; n <= MOST_TOPICS; n += 1) takeAll(sequences, 'p', `t${n}`, 1);
    const topics = sequences.positions()[0]!.topics;
    expect(Object.keys(topics)).toHaveLength(MOST_TOPICS);
    expect([topics['t0'], topics['t1'], topics[`t${MOST_TOPICS}`]]).toEqual([undefined, 1, 1]);
    sequences.begin('p', { another: 1 });
    expect(Object.keys(sequences.positions()[0]!.topics)).toHaveLength(MOST_TOPICS);
  });

  it('are of so many topics of all publishers together: those go that have been silent for longest', () => {
    const sequences = met('p', 'q');
    for (const topic of ['often', 'once']) takeAll(sequences, 'p', topic, 1);
    for (let n = 0; n < MOST_TOPICS - 1; n += 1) {
      takeAll(sequences, 'q', `t${n}`, 1);
      if (n === 10) takeAll(sequences, 'p', 'often', 2);
    }
    const [first, second] = sequences.positions();
    expect(first).toEqual({ publisher: 'p', epoch: 1, topics: { often: 2 } });
    expect(Object.keys(second!.topics)).toHaveLength(MOST_TOPICS - 1);
  });

  it('are of so many publishers, with topics or without: those go that have been silent for longest', () => {
    const sequences = met('often', 'once');
    takeAll(sequences, 'once', 't', 1);
    for (let n = 0; n < MOST_PUBLISHERS - 1; n += 1) {
      sequences.meet({ id: `p${n}`, epoch: 1 });
      if (n === 10) sequences.meet({ id: 'often', epoch: 1 });
    }
    const ids = sequences.positions().map(({ publisher }) => publisher);
    expect(ids).toHaveLength(MOST_PUBLISHERS);
    expect([ids.includes('often'), ids.includes('once'), ids.includes('p0')]).toEqual([true, false, true]);
    expect(sequences.meet({ id: 'once', epoch: 2 })).toBe(false);
  });

  it('make room again when they are forgotten', () => {
    const sequences = met('p');
    for (let n = 0; n < MOST_TOPICS; n += 1) takeAll(sequences, 'p', `t${n}`, 1);
    sequences.keepOnly((topic) => topic === 't0');
    sequences.meet({ id: 'p', epoch: 2 });
    for (let n = 0; n < MOST_TOPICS; n += 1) takeAll(sequences, 'p', `t${n}`, 1);
    expect(Object.keys(sequences.positions()[0]!.topics)).toHaveLength(MOST_TOPICS);
  });
});
