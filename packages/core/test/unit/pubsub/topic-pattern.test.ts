import { describe, expect, it } from '@jest/globals';
import { topicPattern } from '../../../src/pubsub/topic-pattern.js';

const TOPICS = ['a', 'ab', 'a.b', 'a.c', 'a.b.c', 'a.b.c.d', 'x.b', 'x.b.c', 'a.', 'a..c', ''];

describe('topicPattern', () => {
  it.each([
    ['a', 'a', ['a']],
    ['a.b', 'a.b', ['a.b']],
    ['*', '', ['a', 'ab', '']],
    ['a.*', 'a.', ['a.b', 'a.c', 'a.']],
    ['*.b', '', ['a.b', 'x.b']],
    ['a.*.c', 'a.', ['a.b.c', 'a..c']],
    ['*.*', '', ['a.b', 'a.c', 'x.b', 'a.']],
    ['>', '', TOPICS],
    ['a.>', 'a.', ['a.b', 'a.c', 'a.b.c', 'a.b.c.d', 'a.', 'a..c']],
    ['a.b.>', 'a.b.', ['a.b.c', 'a.b.c.d']],
    ['*.b.>', '', ['a.b.c', 'a.b.c.d', 'x.b.c']],
    ['a.*.>', 'a.', ['a.b.c', 'a.b.c.d', 'a..c']],
    // Wildcards stand for whole parts only.
    ['a*', 'a*', []],
    ['a>', 'a>', []],
  ])("'%s' is '%s' on the wire and matches %j", (text, prefix, matching) => {
    const pattern = topicPattern(text);
    expect(pattern).toMatchObject({ text, prefix });
    expect(TOPICS.filter((topic) => pattern.matches(topic))).toEqual(matching);
  });

  it('matches nothing that does not begin with its prefix', () => {
    for (const text of ['a', 'a.*', 'a.>', '*.b', 'a.*.c']) {
      const pattern = topicPattern(text);
      expect(TOPICS.filter((topic) => pattern.matches(topic) && !topic.startsWith(pattern.prefix))).toEqual([]);
    }
  });

  it.each(['>.a', 'a.>.b', '>.>', 'a.>.'])("refuses '%s': the rest must be last", (text) => {
    expect(() => topicPattern(text)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        code: 'BAD_OPTION',
        message: expect.stringContaining(text),
      }),
    );
  });
});
