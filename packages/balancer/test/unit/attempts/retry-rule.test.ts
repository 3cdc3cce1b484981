import { describe, expect, it } from '@jest/globals';
import { createError, type LiberZMQError, type Outcome } from '@liberzmq/core';
import { blameFor, isLastWord, retryAfterOf, verdictOn, type Blame } from '../../../src/attempts/retry-rule.js';

const errorOf = (code: string, outcome?: Outcome, retryable?: boolean): LiberZMQError =>
  createError(code, 'no', { outcome, retryable });

describe('an error is', () => {
  it.each<[string, LiberZMQError, [harmless: string, once: string]]>([
    ['UNREACHABLE', errorOf('UNREACHABLE'), ['fault', 'fault']],
    ['BACKPRESSURE', errorOf('BACKPRESSURE'), ['fault', 'fault']],
    ['POOL_TIMEOUT', errorOf('POOL_TIMEOUT'), ['fault', 'fault']],
    ['BREAKER_OPEN', errorOf('BREAKER_OPEN'), ['fault', 'fault']],
    ['TIMEOUT before it left', errorOf('TIMEOUT', 'not-sent'), ['fault', 'fault']],
    ['CLOSED before it left', errorOf('CLOSED'), ['fault', 'fault']],
    ['CLOSED while it ran', errorOf('CLOSED', 'unknown'), ['fault', 'final']],
    ['OVERLOADED that may not be tried again', errorOf('OVERLOADED', 'answered', false), ['final', 'final']],
    ['CONNECTION_LOST', errorOf('CONNECTION_LOST'), ['fault', 'final']],
    ['TIMEOUT', errorOf('TIMEOUT'), ['fault', 'final']],
    ['PROTOCOL', errorOf('PROTOCOL'), ['final', 'final']],
    ['DECODE', errorOf('DECODE'), ['final', 'final']],
    ['ENCODE', errorOf('ENCODE'), ['final', 'final']],
    ['ABORTED', errorOf('ABORTED'), ['final', 'final']],
    ['ABORTED before it left', errorOf('ABORTED', 'not-sent'), ['final', 'final']],
    ['UNAUTHENTICATED', errorOf('UNAUTHENTICATED'), ['final', 'final']],
    ['BAD_OPTION', errorOf('BAD_OPTION'), ['final', 'final']],
    ['OVERLOADED', errorOf('OVERLOADED'), ['overload', 'overload']],
    ['DRAINING', errorOf('DRAINING'), ['overload', 'overload']],
    ['REMOTE', errorOf('REMOTE'), ['final', 'final']],
    ['REMOTE that may be tried again', errorOf('REMOTE', 'answered', true), ['fault', 'fault']],
    ['INVALID_INPUT', errorOf('INVALID_INPUT'), ['final', 'final']],
  ])('%s', (_what, error, verdicts) => {
    expect([verdictOn(error, true), verdictOn(error, false)]).toEqual(verdicts);
  });

  it.each<[string, Error, [ofClient: Blame, ofOther: Blame]]>([
    ['UNREACHABLE', errorOf('UNREACHABLE'), ['failing', 'failing']],
    ['CONNECTION_LOST', errorOf('CONNECTION_LOST'), ['failing', 'failing']],
    ['TIMEOUT', errorOf('TIMEOUT'), ['failing', 'failing']],
    ['TIMEOUT before it left', errorOf('TIMEOUT', 'not-sent'), ['nothing', 'failing']],
    ['POOL_TIMEOUT', errorOf('POOL_TIMEOUT'), ['nothing', 'nothing']],
    ['POOL_TIMEOUT for want of a connection', createError('POOL_TIMEOUT', 'no', { cause: 1 }), ['failing', 'failing']],
    ['ABORTED', errorOf('ABORTED'), ['nothing', 'nothing']],
    ['BACKPRESSURE', errorOf('BACKPRESSURE'), ['nothing', 'nothing']],
    ['ENCODE', errorOf('ENCODE'), ['nothing', 'nothing']],
    ['CLOSED', errorOf('CLOSED', 'unknown'), ['nothing', 'nothing']],
    ['of somebody else', new Error('no'), ['well', 'well']],
  ])('%s: what it says of the member', (_what, error, blames) => {
    expect([blameFor(error, false, true), blameFor(error, false, false)]).toEqual(blames);
    expect(blameFor(error, true, true)).toBe('well');
  });

  it('the last word on a request if it does not only say that it did not run this time', () => {
    const errors = [errorOf('REMOTE'), errorOf('TIMEOUT'), errorOf('UNREACHABLE'), errorOf('OVERLOADED')];
    expect(errors.map(isLastWord)).toEqual([true, true, false, false]);
  });

  it('is told when to ask again, if the server says so', () => {
    expect(retryAfterOf(createError('OVERLOADED', 'busy', { details: { retryAfterMs: 70 } }))).toBe(70);
    expect([retryAfterOf(createError('OVERLOADED', 'busy')), retryAfterOf(createError('TIMEOUT', 'no'))]).toEqual([
      0, 0,
    ]);
  });
});
