import { describe, expect, it } from '@jest/globals';
import {
  QueueFullError,
  RemoteError,
  TaskError,
  TimeoutError,
  UnrecoverableError,
  ValidationError,
} from '../../../src/errors/error-classes.js';
import { LiberZMQError } from '../../../src/errors/liberzmq-error.js';

describe('LiberZMQError', () => {
  it('is an Error with a stack that begins with its name and message', () => {
    const error = new TimeoutError('TIMEOUT', 'too late');
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toMatch(/^TimeoutError: too late\n/);
    expect(String(error)).toBe('TimeoutError: too late');
  });

  it('has neither cause nor details unless it was given some', () => {
    const error = new RemoteError('REMOTE', 'm');
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(error.details).toBeUndefined();
  });

  it('may be given another name, as any error', () => {
    const error = new RemoteError('REMOTE', 'm');
    error.name = 'PaymentRefused';
    expect(String(error)).toBe('PaymentRefused: m');
    expect(new RemoteError('REMOTE', 'm').name).toBe('RemoteError');
  });

  it('keeps a cause that is undefined, which a signal may be aborted with', () => {
    expect(Object.hasOwn(new RemoteError('REMOTE', 'm', { cause: undefined }), 'cause')).toBe(true);
  });

  it('keeps details that are falsy', () => {
    expect(new RemoteError('REMOTE', 'm', { details: 0 }).details).toBe(0);
    expect(new RemoteError('REMOTE', 'm', { details: null }).details).toBeNull();
  });

  it.each([undefined, null, 'TIMEOUT', 5, {}, [], new Error('TIMEOUT'), { code: 'TIMEOUT', name: 'TimeoutError' }])(
    'does not take %p for one',
    (value) => {
      expect(value instanceof LiberZMQError).toBe(false);
      expect(value instanceof TimeoutError).toBe(false);
    },
  );

  it('tells its classes apart, parents included', () => {
    const full = new QueueFullError('QUEUE_FULL', 'm');
    expect(full).toBeInstanceOf(TaskError);
    expect(full).toBeInstanceOf(LiberZMQError);
    expect(full).not.toBeInstanceOf(RemoteError);
    expect(new TaskError('STALE_LEASE', 'm')).not.toBeInstanceOf(QueueFullError);
  });

  it('lets users derive classes that behave as any class does', () => {
    class PaymentRefused extends RemoteError {
      override name = 'PaymentRefused';
    }
    class CardExpired extends PaymentRefused {}
    const error = new CardExpired('REMOTE', 'expired', { details: { month: 3 } });
    expect(error).toBeInstanceOf(CardExpired);
    expect(error).toBeInstanceOf(PaymentRefused);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ name: 'PaymentRefused', code: 'REMOTE', details: { month: 3 } });
    expect(new RemoteError('REMOTE', 'm')).not.toBeInstanceOf(PaymentRefused);
    expect(new PaymentRefused('REMOTE', 'm')).not.toBeInstanceOf(CardExpired);
    expect({} instanceof PaymentRefused).toBe(false);
  });
});

describe('ValidationError', () => {
  const issues = [{ path: '/age', message: 'must be a number' }];

  it('shows the issues of its details', () => {
    expect(new ValidationError('INVALID_INPUT', 'm', { details: { issues } }).issues).toEqual(issues);
  });

  it.each([undefined, null, 'text', 7, {}, { issues: null }, { issues: 'many' }, { issues: 3 }])(
    'has no issues, but a list, when a peer sends the details %p',
    (details) => {
      expect(new ValidationError('INVALID_INPUT', 'm', { details }).issues).toEqual([]);
    },
  );
});

describe('UnrecoverableError', () => {
  it('takes a message alone', () => {
    const cause = new Error('the cause');
    const error = new UnrecoverableError('never again', { details: [1], cause });
    expect(error).toMatchObject({ code: 'UNRECOVERABLE', message: 'never again', retryable: false, details: [1] });
    expect(error.cause).toBe(cause);
  });
});
