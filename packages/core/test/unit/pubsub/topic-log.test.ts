import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TopicLog } from '../../../src/pubsub/topic-log.js';

/** A log that keeps so many of the messages with these numbers. */
function logOf(most: number, ...sequences: number[]): TopicLog {
  const log = new TopicLog('t');
  for (const sequence of sequences) {
    log.keep({ sequence, codec: 'json', body: Buffer.from(String(sequence)), headers: undefined }, most);
  }
  return log;
}

function numbers(messages: readonly { readonly sequence: number }[]): number[] {
  return messages.map(({ sequence }) => sequence);
}

describe('a topic', () => {
  it('has no message at first, and counts from 0 unless told otherwise', () => {
    const log = new TopicLog('t');
    expect([log.sequence, log.last, log.after(0)]).toEqual([0, undefined, []]);
    expect(new TopicLog('t', 7).sequence).toBe(7);
  });

  it('keeps so many, the last ones', () => {
    const log = logOf(3, 1, 2, 3, 4, 5);
    expect(numbers(log.after(0))).toEqual([3, 4, 5]);
    expect(log.last?.sequence).toBe(5);
    expect(String(log.last?.body)).toBe('5');
  });

  it.each([
    [0, [1, 2, 5, 6]],
    [1, [2, 5, 6]],
    [3, [5, 6]],
    [5, [6]],
    [6, []],
    [9, []],
  ])('knows what came behind number %d', (sequence, expected) => {
    expect(numbers(logOf(10, 1, 2, 5, 6).after(sequence))).toEqual(expected);
  });

  it('keeps all with Infinity', () => {
    expect(logOf(Infinity, ...Array.from({ length: 500 }, (_, n) => n + 1)).after(0)).toHaveLength(500);
  });
});

it('what was never sent is taken out again', () => {
  const log = logOf(5, 1, 2, 3);
  log.forget(2);
  log.forget(9);
  expect(numbers(log.after(0))).toEqual([1, 3]);
});

it('stays right, whatever is kept and taken out again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.oneof(fc.constant('keep' as const), fc.integer({ min: 1, max: 20 })), { maxLength: 40 }),
      (most, steps) => {
        const log = new TopicLog('t');
        let expected: number[] = [];
        let sequence = 0;
        for (const step of steps) {
          if (step === 'keep') {
            sequence += 1;
            log.keep({ sequence, codec: 'json', body: undefined, headers: undefined }, most);
            expected = [...expected, sequence].slice(-most);
          } else {
            log.forget(step);
            expected = expected.filter((each) => each !== step);
          }
          expect(numbers(log.after(0))).toEqual(expected);
          expect(log.last?.sequence).toBe(expected.at(-1));
        }
      },
    ),
  );
});

it('keeping one costs the same, however many are kept', () => {
  const most = 200_000;
  const log = new TopicLog('t');
  const before = performance.now();
  for (let sequence = 1; sequence <= 3 * most; sequence += 1) {
    log.keep({ sequence, codec: 'json', body: undefined, headers: undefined }, most);
  }
  // To move all of them each time takes many times as long.
  expect(performance.now() - before).toBeLessThan(2_000);
  expect([log.after(0).length, log.last?.sequence]).toEqual([most, 3 * most]);
});
