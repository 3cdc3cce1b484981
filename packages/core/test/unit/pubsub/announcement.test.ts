import { describe, expect, it } from '@jest/globals';
import { INBOX_PREFIX, inboxOf, readAnnouncement, readNumbers } from '../../../src/pubsub/announcement.js';

const PROTOCOL = expect.objectContaining({ name: 'MessageError', code: 'PROTOCOL' });

describe('an announcement', () => {
  it('has an id, patterns, and positions if there are any', () => {
    const positions = [{ publisher: 'p', epoch: 1.7e12, topics: { t: 3 } }];
    expect(readAnnouncement({ id: 'x', patterns: ['a.*', '>', ''] })).toEqual({
      ...{ id: 'x', patterns: ['a.*', '>', ''], positions: [] },
    });
    expect(readAnnouncement({ id: 'x', patterns: [], positions, later: 'additions' })).toEqual({
      ...{ id: 'x', patterns: [], positions },
    });
  });

  it('may name those of its patterns that somebody new wants', () => {
    const announced = { id: 'x', patterns: ['a.*', '>'], again: ['>'] };
    expect(readAnnouncement(announced)).toEqual({ ...announced, positions: [] });
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [[]],
    [{}],
    [{ id: 'x' }],
    [{ patterns: [] }],
    [{ id: '', patterns: [] }],
    [{ id: 7, patterns: [] }],
    [{ id: 'x', patterns: 'a' }],
    [{ id: 'x', patterns: [1] }],
    [{ id: 'x', patterns: ['>.a'] }],
    [{ id: 'x', patterns: [], again: null }],
    [{ id: 'x', patterns: [], again: ['>.a'] }],
    [{ id: 'x', patterns: [], again: [1] }],
    [{ id: 'x', patterns: [], positions: {} }],
    [{ id: 'x', patterns: [], positions: null }],
    [{ id: 'x', patterns: [], positions: [null] }],
    [{ id: 'x', patterns: [], positions: [{ publisher: 1, epoch: 1, topics: {} }] }],
    [{ id: 'x', patterns: [], positions: [{ publisher: 'p', epoch: '1', topics: {} }] }],
    [{ id: 'x', patterns: [], positions: [{ publisher: 'p', epoch: 1, topics: [] }] }],
    [{ id: 'x', patterns: [], positions: [{ publisher: 'p', epoch: 1, topics: { t: 1.5 } }] }],
    [{ id: 'x', patterns: [], positions: [{ publisher: 'p', epoch: 1, topics: { t: '1' } }] }],
  ])('is not %j', (body) => {
    expect(() => readAnnouncement(body)).toThrow(PROTOCOL);
  });
});

describe('its answer', () => {
  it.each([
    [undefined, {}],
    [{}, {}],
    [
      { t: 1, u: 0 },
      { t: 1, u: 0 },
    ],
  ])('%j has the numbers %j', (body, numbers) => {
    expect(readNumbers(body)).toEqual(numbers);
  });

  it.each([[null], [1], ['t'], [[1]], [{ t: '1' }], [{ t: 0.5 }], [{ t: null }], [{ t: 2 ** 60 }]])(
    'is not %j',
    (body) => {
      expect(() => readNumbers(body)).toThrow(PROTOCOL);
    },
  );
});

it('an inbox is a topic that no user has', () => {
  expect(inboxOf('x')).toBe('\0lz.x');
  expect(inboxOf('x').startsWith(INBOX_PREFIX)).toBe(true);
});

it('of more patterns than anybody has is refused', () => {
  const patterns = Array.from({ length: 10_001 }, (_, index) => `topic.${String(index)}`);
  expect(() => readAnnouncement({ id: 'a', patterns })).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  expect(() => readAnnouncement({ id: 'a', patterns: [], again: patterns })).toThrow(PROTOCOL);
  expect(readAnnouncement({ id: 'a', patterns: patterns.slice(1) }).patterns).toHaveLength(10_000);
});
