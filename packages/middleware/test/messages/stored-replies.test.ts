import { expect, it } from '@jest/globals';
import { StoredReplies } from '../../src/messages/stored-replies.js';

const reply = (result: unknown) => ({ result, headers: {} });
const has = (replies: StoredReplies, keys: string, now: number): string =>
  Array.from(keys)
    .filter((key) => replies.get(key, now) !== undefined)
    .join('');

it('keeps a reply until its time is up, used or not', () => {
  const replies = new StoredReplies(100, 10);
  replies.set('a', 'act', reply(1), 0);
  expect(replies.get('a', 99)).toMatchObject({ result: 1 });
  expect(replies.get('a', 100)).toBeUndefined();
  expect(replies.size).toBe(0);
  replies.set('a', 'act', reply(2), 100);
  replies.set('a', 'act', reply(3), 150);
  expect(replies.get('a', 249)).toMatchObject({ result: 3 });
});

it('lets the one go that was used longest ago', () => {
  const replies = new StoredReplies(Infinity, 3);
  for (const key of 'abc') replies.set(key, 'act', reply(key), 0);
  replies.get('a', 1);
  replies.set('b', 'act', reply('b'), 2);
  replies.set('d', 'act', reply('d'), 3);
  expect(has(replies, 'abcd', 4)).toBe('abd');
});

it('forgets those of an action, or all', () => {
  const replies = new StoredReplies(Infinity, 9);
  for (const key of 'ab') replies.set(key, key === 'a' ? 'one' : 'two', reply(key), 0);
  replies.clear('one');
  expect(has(replies, 'ab', 0)).toBe('b');
  replies.clear();
  expect(replies.size).toBe(0);
});
