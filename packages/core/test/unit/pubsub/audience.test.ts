import { describe, expect, it, jest } from '@jest/globals';
import { ANNOUNCEMENT_MS, Audience } from '../../../src/pubsub/audience.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const PREFIXES: Readonly<Record<string, string>> = { a: 'a', 'a.*': 'a.', 'a.>': 'a.', 'b.*.c': 'b.', '>': '' };

/** One connection of a subscriber of ours: it subscribes to its inbox and its prefixes, then it announces its patterns. */
function join(audience: Audience, id: string, ...patterns: string[]) {
  audience.openInbox(id);
  for (const prefix of new Set(patterns.map((pattern) => PREFIXES[pattern]!))) audience.subscribe(prefix);
  return audience.announce({ id, patterns });
}

/** That connection ends. What it was subscribed to ends in any order. */
function leave(audience: Audience, id: string, ...patterns: string[]): boolean {
  const [first, ...rest] = new Set(patterns.map((pattern) => PREFIXES[pattern]!));
  if (first !== undefined) audience.unsubscribe(first);
  const isGone = audience.closeInbox(id);
  for (const prefix of rest) audience.unsubscribe(prefix);
  return isGone;
}

const settled = (): void => {
  jest.advanceTimersByTime(ANNOUNCEMENT_MS);
};

describe('those who have announced themselves', () => {
  it('count by their patterns', () => {
    const audience = new Audience();
    join(audience, 'one', 'a.*');
    join(audience, 'two', 'a.>', 'b.*.c');
    join(audience, 'three', '>');
    settled();
    const counts = ['a', 'a.x', 'a.x.y', 'b.x.c', 'b.x', undefined].map((topic) => audience.count(topic));
    expect(counts).toEqual([1, 3, 2, 2, 1, 3]);
    expect(audience.plainCount).toBe(0);
  });

  it('count once, however many of their patterns match', () => {
    const audience = new Audience();
    join(audience, 'one', 'a.*', 'a.>', '>');
    expect(audience.count('a.x')).toBe(1);
    expect(audience.list()).toEqual([{ id: 'one', patterns: ['a.*', 'a.>', '>'] }]);
  });

  it('are covered by their patterns, not by their prefixes', () => {
    const audience = new Audience();
    join(audience, 'one', 'a.*');
    expect(['a.x', 'a.x.y', 'a', 'b'].map((topic) => audience.covers(topic))).toEqual([true, false, false, false]);
  });

  it('may announce something else, which takes the place of what was', () => {
    const audience = new Audience();
    const changes = [
      join(audience, 'one', 'a.*'),
      audience.announce({ id: 'one', patterns: ['a.*', 'a.>'] }),
      audience.announce({ id: 'one', patterns: ['a.>'] }),
      audience.announce({ id: 'one', patterns: ['a.>'] }),
      audience.announce({ id: 'one', patterns: [] }),
    ];
    expect(changes.map(({ added, isNews }) => [added.map(({ text }) => text), isNews])).toEqual([
      [['a.*'], true],
      [['a.>'], true],
      [[], true],
      [[], false],
      [[], true],
    ]);
    expect(audience.list()[0]).toEqual({ id: 'one', patterns: [] });
    expect(audience.hasAnnounced('one')).toBe(true);
  });

  it('have announced nothing yet on a new connection, though the old one may still be there', () => {
    const audience = new Audience();
    join(audience, 'one', 'a.*', 'a');
    const { added, isNews } = join(audience, 'one', 'a.*', 'a');
    expect([added.map(({ text }) => text), isNews]).toEqual([['a.*', 'a'], false]);
    expect(audience.announce({ id: 'one', patterns: ['a.*', 'a'] }).added).toEqual([]);
  });

  it('are gone when their connection is', () => {
    const audience = new Audience();
    join(audience, 'one', 'a.*', '>');
    join(audience, 'two', 'a.*');
    expect(leave(audience, 'one', 'a.*', '>')).toBe(true);
    expect(audience.list()).toEqual([{ id: 'two', patterns: ['a.*'] }]);
    expect(audience.prefixes).toEqual({ 'a.': 1 });
    expect([audience.hasAnnounced('one'), audience.hasInbox('one')]).toEqual([false, false]);
    expect([audience.hasAnnounced('two'), audience.hasInbox('two')]).toEqual([true, true]);
  });

  it('are one while they have two connections, and stay when the old one ends', () => {
    const audience = new Audience();
    join(audience, 'one', 'a.*', 'a');
    join(audience, 'one', 'a.*', 'b.*.c');
    settled();
    expect(audience.list()).toEqual([
      { id: 'one', patterns: ['a.*', 'b.*.c'] },
      { id: undefined, patterns: ['a'] },
    ]);
    expect(leave(audience, 'one', 'a.*', 'a')).toBe(false);
    expect(audience.list()).toEqual([{ id: 'one', patterns: ['a.*', 'b.*.c'] }]);
    expect(audience.plainCount).toBe(0);
    expect(leave(audience, 'one', 'a.*', 'b.*.c')).toBe(true);
    expect([audience.list(), audience.prefixes]).toEqual([[], {}]);
  });

  it('who leave before they have announced anything were never there', () => {
    const audience = new Audience();
    audience.openInbox('one');
    expect(audience.closeInbox('one')).toBe(false);
    expect(audience.closeInbox('two')).toBe(false);
    expect(audience.count()).toBe(0);
  });
});

describe('plain ones', () => {
  it('count once for each prefix: at once for the topic itself, for others when nothing explains it in time', () => {
    const audience = new Audience();
    audience.subscribe('a');
    audience.subscribe('a');
    audience.subscribe('');
    expect([audience.count('a'), audience.count('a.b'), audience.count()]).toEqual([2, 0, 3]);
    expect([audience.plainCount, audience.isSettling]).toEqual([0, true]);
    settled();
    expect([audience.count('a'), audience.count('a.b'), audience.count()]).toEqual([3, 3, 3]);
    expect([audience.plainCount, audience.isSettling]).toEqual([3, false]);
    expect(audience.list()).toEqual([
      { id: undefined, patterns: ['a'] },
      { id: undefined, patterns: ['a'] },
      { id: undefined, patterns: [''] },
    ]);
  });

  it('are covered from the start: whoever is subscribed may be one', () => {
    const audience = new Audience();
    audience.subscribe('a');
    expect(['a', 'ab', 'b'].map((topic) => audience.covers(topic))).toEqual([true, true, false]);
    audience.unsubscribe('a');
    expect(audience.covers('a')).toBe(false);
  });

  it('are those whom no announcement explains', () => {
    const audience = new Audience();
    join(audience, 'one', 'a.*');
    audience.subscribe('a.');
    settled();
    expect([audience.count('a.x'), audience.count('a.x.y'), audience.plainCount]).toEqual([2, 1, 1]);
    audience.unsubscribe('a.');
    expect([audience.count('a.x'), audience.count('a.x.y'), audience.plainCount]).toEqual([1, 0, 0]);
  });

  it('are nobody once the announcement has come', () => {
    const audience = new Audience();
    audience.openInbox('late');
    audience.subscribe('a.');
    settled();
    expect(audience.count('a.x.y')).toBe(1);
    audience.announce({ id: 'late', patterns: ['a.*'] });
    expect([audience.count('a.x.y'), audience.count('a.x'), audience.plainCount]).toEqual([0, 1, 0]);
  });
});

it('its version grows with everything that may change who gets what', () => {
  const audience = new Audience();
  const steps: (() => unknown)[] = [
    () => audience.subscribe('a.'),
    () => audience.openInbox('one'),
    () => audience.announce({ id: 'one', patterns: ['a.*'] }),
    () => audience.unsubscribe('a.'),
    () => audience.closeInbox('one'),
  ];
  for (const step of steps) {
    const before = audience.version;
    step();
    expect(audience.version).toBeGreaterThan(before);
  }
});

it('tells all that is subscribed to on the wire, each as many times as it is', () => {
  const audience = new Audience();
  join(audience, 'one', 'a.*');
  join(audience, 'one', 'a.*');
  audience.subscribe('b');
  expect([...audience.subscriptions()].sort()).toEqual(['\0lz.one', '\0lz.one', 'a.', 'a.', 'b']);
  expect(audience.prefixes).toEqual({ 'a.': 2, b: 1 });
});
