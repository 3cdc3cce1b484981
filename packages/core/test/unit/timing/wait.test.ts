import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { checkWaitOptions, settledWithin, Waiter } from '../../../src/timing/wait.js';
import { useFakeClock } from './fake-clock.js';

useFakeClock();

const NEVER = new Promise<never>(() => undefined);

describe('Waiter', () => {
  it('resolves with the value that comes, once, and tells nobody that it is gone', async () => {
    const onGone = jest.fn();
    const waiter = new Waiter<string>('no task came', { timeoutMs: 100 }, onGone);
    expect(waiter.settled).toBe(false);
    waiter.resolve('first');
    waiter.resolve('second');
    waiter.reject(new Error('late'));
    expect(waiter.settled).toBe(true);
    await expect(waiter.promise).resolves.toBe('first');
    expect(onGone).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with what it is told, and says that it is gone', async () => {
    const onGone = jest.fn();
    const waiter = new Waiter<string>('no task came', {}, onGone);
    waiter.reject(new Error('closed'));
    waiter.reject(new Error('closed again'));
    waiter.resolve('late');
    await expect(waiter.promise).rejects.toThrow('closed');
    expect(onGone.mock.calls).toEqual([[waiter]]);
  });

  it('rejects with TIMEOUT, not-sent, when the time is up, and not before', async () => {
    const onGone = jest.fn();
    const waiter = new Waiter<string>('no task came', { timeoutMs: 100 }, onGone);
    jest.advanceTimersByTime(99);
    expect(waiter.settled).toBe(false);
    jest.advanceTimersByTime(10);
    expect(waiter.settled).toBe(true);
    await expect(waiter.promise).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      outcome: 'not-sent',
      message: 'no task came within 100 ms',
    });
    expect(onGone.mock.calls).toEqual([[waiter]]);
  });

  it.each([{}, { timeoutMs: undefined }, { timeoutMs: Infinity }])('waits for ever with %p', (options) => {
    const waiter = new Waiter<string>('no task came', options, () => undefined);
    jest.advanceTimersByTime(1_000_000);
    expect(waiter.settled).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with ABORTED, not-sent, and the reason as its cause, when the signal aborts', async () => {
    const controller = new AbortController();
    const onGone = jest.fn();
    const waiter = new Waiter<string>('no task came', { timeoutMs: 100, signal: controller.signal }, onGone);
    const reason = new Error('shutting down');
    controller.abort(reason);
    await expect(waiter.promise).rejects.toMatchObject({
      name: 'CancelledError',
      code: 'ABORTED',
      outcome: 'not-sent',
      message: 'no task came before the wait was aborted',
      cause: reason,
    });
    expect(onGone.mock.calls).toEqual([[waiter]]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has settled from the start with a signal that is aborted already', async () => {
    const waiter = new Waiter<string>('no task came', { timeoutMs: 100, signal: AbortSignal.abort() }, () => undefined);
    expect(waiter.settled).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    await expect(waiter.promise).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    ['a value', (waiter: Waiter<void>) => waiter.resolve()],
    ['an error', (waiter: Waiter<void>) => waiter.reject(new Error('closed'))],
    ['the end of its time', () => jest.advanceTimersByTime(200)],
  ])('leaves no listener on the signal after %s', async (_what, settle) => {
    const { signal } = new AbortController();
    const waiter = new Waiter<void>('no task came', { timeoutMs: 100, signal }, () => undefined);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    settle(waiter);
    await waiter.promise.catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('checkWaitOptions', () => {
  it('takes a time above 0 and a signal', () => {
    expect(() => checkWaitOptions('pullTask', { timeoutMs: Infinity, signal: AbortSignal.abort() })).not.toThrow();
  });

  it.each([{ timeoutMs: 0 }, { timeoutMs: NaN }, { signal: {} }, { timeout: 1 }])('refuses %p', (options) => {
    expect(() => checkWaitOptions('pullTask', options as object)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(/^pullTask: /) }),
    );
  });
});

describe('settledWithin', () => {
  it('is true when the promise resolves or rejects in time, and leaves no timer', async () => {
    await expect(settledWithin(Promise.resolve('x'), 100)).resolves.toBe(true);
    await expect(settledWithin(Promise.reject(new Error('x')), 100)).resolves.toBe(true);
    await expect(settledWithin(Promise.resolve('x'), Infinity)).resolves.toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is false when the time is up first, and leaves no timer', async () => {
    const result = settledWithin(NEVER, 100);
    jest.advanceTimersByTime(110);
    await expect(result).resolves.toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([0, -5])('is false at once when there are %d ms', async (timeoutMs) => {
    await expect(settledWithin(NEVER, timeoutMs)).resolves.toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
