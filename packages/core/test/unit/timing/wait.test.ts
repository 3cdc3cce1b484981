import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { checkWaitOptions, settledWithin, Wait, waitFor } from '../../../src/timing/wait.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const NEVER = new Promise<never>(() => undefined);

describe('waitFor', () => {
  it('resolves with the value that comes, once, and tells that it is over', async () => {
    const onOver = jest.fn();
    const wait = waitFor<string>('no task came', { timeoutMs: 100 }, onOver);
    expect(wait.isOver).toBe(false);
    wait.resolve('first');
    wait.resolve('second');
    wait.reject(new Error('late'));
    expect(wait.isOver).toBe(true);
    await expect(wait.promise).resolves.toBe('first');
    expect(onOver).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with what it is told, and tells that it is over', async () => {
    const onOver = jest.fn();
    const wait = waitFor<string>('no task came', {}, onOver);
    wait.reject(new Error('closed'));
    wait.reject(new Error('closed again'));
    wait.resolve('late');
    await expect(wait.promise).rejects.toThrow('closed');
    expect(onOver).toHaveBeenCalledTimes(1);
    expect(onOver.mock.calls[0]?.[0]).toBe(wait);
  });

  it('rejects with TIMEOUT, not-sent, when the time is up, and not before', async () => {
    const onOver = jest.fn();
    const wait = waitFor<string>('no task came', { timeoutMs: 100 }, onOver);
    jest.advanceTimersByTime(99);
    expect(wait.isOver).toBe(false);
    jest.advanceTimersByTime(10);
    expect(wait.isOver).toBe(true);
    await expect(wait.promise).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      outcome: 'not-sent',
      message: 'no task came within 100 ms',
    });
    expect(onOver).toHaveBeenCalledTimes(1);
    expect(onOver.mock.calls[0]?.[0]).toBe(wait);
  });

  it.each([{}, { timeoutMs: undefined }, { timeoutMs: Infinity }])('waits for ever with %p', (options) => {
    const wait = waitFor<string>('no task came', options);
    jest.advanceTimersByTime(1_000_000);
    expect(wait.isOver).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with ABORTED, not-sent, and the reason as its cause, when the signal aborts', async () => {
    const controller = new AbortController();
    const onOver = jest.fn();
    const wait = waitFor<string>('no task came', { timeoutMs: 100, signal: controller.signal }, onOver);
    const reason = new Error('shutting down');
    controller.abort(reason);
    await expect(wait.promise).rejects.toMatchObject({
      name: 'CancelledError',
      code: 'ABORTED',
      outcome: 'not-sent',
      message: 'no task came before the wait was aborted',
      cause: reason,
    });
    expect(onOver).toHaveBeenCalledTimes(1);
    expect(onOver.mock.calls[0]?.[0]).toBe(wait);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has settled from the start with a signal that is aborted already', async () => {
    const wait = waitFor<string>('no task came', { timeoutMs: 100, signal: AbortSignal.abort() });
    expect(wait.isOver).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    await expect(wait.promise).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    ['a value', (wait: Wait<void>) => wait.resolve()],
    ['an error', (wait: Wait<void>) => wait.reject(new Error('closed'))],
    ['the end of its time', () => jest.advanceTimersByTime(200)],
  ])('leaves no listener on the signal after %s', async (_what, settle) => {
    const { signal } = new AbortController();
    const wait = waitFor('no task came', { timeoutMs: 100, signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    settle(wait);
    await wait.promise.catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('Wait', () => {
  const limits = { deadline: Infinity, signals: [] };

  it('takes the promise of a result, whose limits are no longer its own', async () => {
    const wait = new Wait<string>({
      limits: { ...limits, deadline: performance.now() + 100 },
      what: '',
      outcome: 'unknown',
    });
    let settle!: (value: string) => void;
    wait.resolve(new Promise((resolve) => (settle = resolve)));
    expect([wait.isOver, jest.getTimerCount()]).toEqual([true, 0]);
    settle('late');
    await expect(wait.promise).resolves.toBe('late');
  });

  it('tells of the error if its own limits have ended it, and of none if something else has', async () => {
    const told: unknown[] = [];
    const onOver = (_wait: unknown, error: unknown): void =>
      void told.push((error as { code?: string } | undefined)?.code);
    const settings = { limits, what: 'it waited', outcome: 'not-sent', onOver } as const;
    const controller = new AbortController();
    const waits = [
      new Wait({ ...settings, limits: { ...limits, signals: [controller.signal] } }),
      new Wait({ ...settings, limits: { ...limits, deadline: performance.now() + 8 } }),
      new Wait(settings),
    ];
    controller.abort();
    jest.advanceTimersByTime(12);
    waits[2]?.reject(new Error('closed'));
    const errors = await Promise.all(waits.map(({ promise }) => promise.catch((error: unknown) => String(error))));
    expect(told).toEqual(['ABORTED', 'TIMEOUT', undefined]);
    expect(errors).toEqual([
      'CancelledError: it was aborted while it waited',
      'TimeoutError: the time was up while it waited',
      'Error: closed',
    ]);
  });

  it('is rejected with errors of its own where it has any', async () => {
    const settings = {
      what: 'it waited',
      outcome: 'not-sent',
      expired: () => new Error('late'),
      aborted: () => new Error('off'),
    } as const;
    const late = new Wait({ ...settings, limits: { ...limits, deadline: performance.now() + 8 } });
    const off = new Wait({ ...settings, limits: { ...limits, signals: [AbortSignal.abort()] } });
    jest.advanceTimersByTime(12);
    await expect(late.promise).rejects.toThrow('late');
    await expect(off.promise).rejects.toThrow('off');
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
