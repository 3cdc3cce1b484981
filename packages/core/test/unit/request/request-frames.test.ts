import { describe, expect, it } from '@jest/globals';
import { splitRequest } from '../../../src/request/request-frames.js';

const frames = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));
const shown = (given: string[]): string => given.map((text) => `[${text}]`).join('');

describe('splitRequest', () => {
  it.each(
    [
      [['', 'body'], ['']],
      [
        ['id', '', 'body'],
        ['id', ''],
      ],
      [
        ['a', 'b', 'c', '', 'body'],
        ['a', 'b', 'c', ''],
      ],
      [['id', 'body'], ['id']],
      [['body'], []],
      [['', ''], ['']],
      [
        ['id', '', ''],
        ['id', ''],
      ],
    ].map(([given = [], envelope = []]) => [shown(given), given, envelope] as const),
  )('%s has a body, and what stands before it goes before the reply', (_shown, given, envelope) => {
    expect(splitRequest(frames(...given))).toEqual({
      envelope: frames(...envelope),
      body: Buffer.from(given.at(-1) ?? ''),
    });
  });

  it.each([
    [[]],
    [['']],
    [['id', '']],
    [['', 'body', 'more']],
    [['', '', 'body']],
    [['', 'body', '']],
    [['id', '', 'body', 'more']],
    [['a', 'b', 'body']],
    [['a', 'b', 'c', 'body']],
  ])('%j is no request', (given) => {
    expect(splitRequest(frames(...given))).toBeUndefined();
  });

  it('does not copy', () => {
    const given = frames('id', '', 'body');
    const split = splitRequest(given);
    expect(split?.body).toBe(given[2]);
    expect(split?.envelope[0]).toBe(given[0]);
  });
});
