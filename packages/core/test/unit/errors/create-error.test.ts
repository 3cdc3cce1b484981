import { describe, expect, it } from '@jest/globals';
import { createError } from '../../../src/errors/create-error.js';
import * as errorClasses from '../../../src/errors/error-classes.js';
import { LiberZMQError } from '../../../src/errors/liberzmq-error.js';
import { CODE_ROWS } from './table.js';

const CLASSES = { ...errorClasses, LiberZMQError };
const CLASS_NAMES = Object.keys(CLASSES).filter((name) => name.endsWith('Error')) as (keyof typeof CLASSES)[];

describe('createError', () => {
  it.each(CODE_ROWS)('makes of %s a %j, %s, retryable %j', (code, classes, outcome, retryable) => {
    const error = createError(code, 'what went wrong');
    expect(error).toMatchObject({ code, outcome, retryable, name: classes[0], message: 'what went wrong' });
    const kinds = CLASS_NAMES.filter((name) => error instanceof CLASSES[name]);
    expect(kinds.sort()).toEqual([...classes, 'LiberZMQError'].sort());
  });

  it.each(['TIMEOUT', 'CONNECTION_LOST'])('makes %s retryable only if nothing was sent', (code) => {
    expect(createError(code, 'm').retryable).toBe(false);
    expect(createError(code, 'm', { outcome: 'unknown' }).retryable).toBe(false);
    expect(createError(code, 'm', { outcome: 'answered' }).retryable).toBe(false);
    expect(createError(code, 'm', { outcome: 'not-sent' }).retryable).toBe(true);
  });

  it('leaves a code retryable no more when its error may have run', () => {
    expect(createError('UNREACHABLE', 'm', { outcome: 'unknown' }).retryable).toBe(false);
    expect(createError('BACKPRESSURE', 'm', { outcome: 'unknown' }).retryable).toBe(false);
  });

  it('makes of CLOSED on a running call one that is not retried', () => {
    expect(createError('CLOSED', 'm', { outcome: 'unknown' })).toMatchObject({ outcome: 'unknown', retryable: false });
  });

  it('takes outcome, retryable, details and cause from who makes it', () => {
    const cause = new Error('the cause');
    const error = createError('REMOTE', 'm', { outcome: 'unknown', retryable: true, details: { left: 3 }, cause });
    expect(error).toMatchObject({ outcome: 'unknown', retryable: true, details: { left: 3 } });
    expect(error.cause).toBe(cause);
  });

  it.each(['TEAPOT', '__proto__', 'constructor', ''])('makes of the unknown code %j a cautious RemoteError', (code) => {
    const error = createError(code, 'short and stout');
    expect(error).toMatchObject({ code, name: 'RemoteError', outcome: 'unknown', retryable: false });
    expect(error).toBeInstanceOf(errorClasses.RemoteError);
  });
});
