import { describe, expect, it } from '@jest/globals';
import { REPEATED, Sequences } from '../../../src/pubsub/sequences.js';
import { MOST_TOPICS } from '../../../src/pubsub/topic-log.js';

/** What is said of these numbers of one topic, one after the other. */
function takeAll(sequences: Sequences, publisher: string, topic: string, ...numbers: number[]): number[] {
  return numbers.map((number) => sequences.take(publisher, topic, number));
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
    for (let n = 0; n <= MOST_TOPICS; n += 1) sequences.take('p', `t${n}`, 1);
    const topics = sequences.positions()[0]!.topics;
    expect(Object.keys(topics)).toHaveLength(MOST_TOPICS);
    expect([topics['t0'], topics['t1'], topics[`t${MOST_TOPICS}`]]).toEqual([undefined, 1, 1]);
    sequences.begin('p', { another: 1 });
    expect(Object.keys(sequences.positions()[0]!.topics)).toHaveLength(MOST_TOPICS);
  });
});
