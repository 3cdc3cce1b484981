import { describe, expect, it } from '@jest/globals';
import { createError } from '../../../src/errors/create-error.js';
import { RemoteError, ValidationError } from '../../../src/errors/error-classes.js';
import { fromWireError, messageOf, toWireError } from '../../../src/errors/wire-error.js';
import { CODE_ROWS } from './table.js';

describe('an error on the wire', () => {
  it.each(CODE_ROWS)('keeps class, code, message, details and retryable: %s', (code, [name]) => {
    for (const retryable of [true, false]) {
      const sent = createError(code, 'it failed', { details: { n: [1, null] }, retryable });
      const received = fromWireError(toWireError(sent, true));
      expect(received).toMatchObject({ name, code, message: 'it failed', details: { n: [1, null] }, retryable });
    }
  });

  it.each(CODE_ROWS)('was answered, unless %s says that nobody knows: never was the request not sent', (code) => {
    const usual = CODE_ROWS.find(([each]) => each === code)?.[2];
    const { outcome } = fromWireError({ code, message: 'm', retryable: false });
    // What was closed there may have had the request under way.
    expect(outcome).toBe(usual === 'unknown' || code === 'CLOSED' ? 'unknown' : 'answered');
  });

  it.each(CODE_ROWS)('was answered where the peer calls it safe to try again: %s', (code) => {
    expect(fromWireError({ code, message: 'm', retryable: true })).toMatchObject({
      outcome: 'answered',
      retryable: true,
    });
  });

  it('carries neither stack nor cause', () => {
    const wire = toWireError(createError('REMOTE', 'm', { cause: new Error('secret') }), true);
    expect(wire).toStrictEqual({ code: 'REMOTE', message: 'm', retryable: false });
  });

  it('keeps the issues of a validation', () => {
    const issues = [{ path: '/age', message: 'must be a number' }];
    const received = fromWireError(toWireError(createError('INVALID_INPUT', 'm', { details: { issues } }), true));
    expect(received).toBeInstanceOf(ValidationError);
    expect(received).toMatchObject({ issues });
  });

  it('is a RemoteError when its code is not ours, and was answered', () => {
    const received = fromWireError({ code: 'TEAPOT', message: 'm', retryable: true, details: 1 });
    expect(received).toBeInstanceOf(RemoteError);
    expect(received).toMatchObject({ code: 'TEAPOT', outcome: 'answered', retryable: true, details: 1 });
  });

  it('is REMOTE with its message when it is foreign', () => {
    expect(toWireError(new TypeError('x is not a function'), true)).toStrictEqual({
      code: 'REMOTE',
      message: 'x is not a function',
      retryable: false,
    });
  });

  it('hides the message of a foreign error, and of no other, when errors are not exposed', () => {
    expect(toWireError(new Error('password: 1234'), false).message).toBe('the handler failed');
    expect(toWireError(new RemoteError('REMOTE', 'for the client'), false).message).toBe('for the client');
  });
});

describe('messageOf', () => {
  it.each([
    [new Error('m'), 'm'],
    [{ message: 'm' }, 'm'],
    [{ message: 5 }, '[object Object]'],
    ['text', 'text'],
    [7, '7'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
  ])('of %p is %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });

  it.each([
    ['has no prototype', Object.create(null)],
    ['cannot be made a string', { toString: 1, valueOf: 1 }],
  ])('is some text even of what %s', (_what, thrown) => {
    expect(typeof messageOf(thrown)).toBe('string');
  });
});
