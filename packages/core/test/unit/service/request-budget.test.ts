import { describe, expect, it, jest } from '@jest/globals';
import type { MessageContext } from '../../../src/contract/message.js';
import type { RequestOptions } from '../../../src/contract/requester.js';
import { Cancellation } from '../../../src/timing/cancellation.js';
import { requestBudget } from '../../../src/service/request-budget.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { contextWith } from './context.js';

useFakeClock();

const budgetOf = (options?: RequestOptions): ReturnType<typeof requestBudget> => requestBudget('add', options, 5_000);

describe('the time of a request', () => {
  it.each([
    [undefined, 5_000],
    [{}, 5_000],
    [{ timeoutMs: undefined }, 5_000],
    [{ timeoutMs: 20 }, 20],
    [{ timeoutMs: 0.5 }, 0.5],
    [{ timeoutMs: Infinity }, Infinity],
  ])('with the options %p is %d ms', (options, timeoutMs) => {
    jest.advanceTimersByTime(1_000);
    const now = performance.now();
    expect(budgetOf(options)).toEqual({ timeoutMs, deadline: now + timeoutMs, signals: [] });
  });

  it.each([
    [20, 100, 20],
    [100, 20, 20],
    [undefined, 20, 20],
    [Infinity, 20, 20],
    [20, Infinity, 20],
    [Infinity, Infinity, Infinity],
  ])('of %p ms inside a request that has %d ms left is %d ms', (timeoutMs, left, expected) => {
    const now = performance.now();
    const context = contextWith({ deadline: now + left });
    expect(budgetOf({ timeoutMs, context })).toMatchObject({ timeoutMs: expected, deadline: now + expected });
  });

  it.each([0, -1, -1_000])('is up, and nothing is sent, inside a request that has %d ms left', (left) => {
    const context = contextWith({ deadline: performance.now() + left });
    expect(() => budgetOf({ context })).toThrow(
      expect.objectContaining({
        name: 'TimeoutError',
        code: 'TIMEOUT',
        outcome: 'not-sent',
        message: expect.stringContaining("'add'"),
      }),
    );
  });
});

describe('what may abort a request', () => {
  it("is its own signal and its context's", () => {
    const { signal } = new AbortController();
    const cancellation = new Cancellation();
    const context = contextWith({ cancellation });
    const foreign = { deadline: Infinity, signal: new AbortController().signal } as MessageContext;
    expect(budgetOf({ signal }).signals).toEqual([signal]);
    expect(budgetOf({ context }).signals).toEqual([cancellation]);
    expect(budgetOf({ context: foreign }).signals).toEqual([foreign.signal]);
    expect(budgetOf({ signal, context }).signals).toEqual([signal, cancellation]);
  });

  const reason = new Error('enough');
  const cancelled = new Cancellation();
  cancelled.abort(reason);

  it.each([
    ['its own signal', { signal: AbortSignal.abort(reason) }],
    ["its context's signal", { context: contextWith({ cancellation: cancelled }) }],
    [
      'a signal, although its time is up too',
      { signal: AbortSignal.abort(reason), context: contextWith({ deadline: -1 }) },
    ],
  ])('%s has aborted already: it is not sent', (_which, options) => {
    expect(() => budgetOf(options)).toThrow(
      expect.objectContaining({ name: 'CancelledError', code: 'ABORTED', outcome: 'not-sent', cause: reason }),
    );
  });
});

describe('a request that is asked for wrongly', () => {
  it.each([undefined, null, '', 5, {}, ['add']])('has the action %p', (action) => {
    expect(() => requestBudget(action as string, undefined, 5_000)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('action') }),
    );
  });

  it.each([
    [null],
    ['fast'],
    [{ timeout: 5 }],
    [{ timeoutMs: 0 }],
    [{ timeoutMs: -1 }],
    [{ timeoutMs: NaN }],
    [{ timeoutMs: '5' }],
    [{ signal: {} }],
    [{ headers: 'x' }],
    [{ headers: ['x'] }],
    [{ headers: { 'trace-id': 5 } }],
    [{ idempotent: 'yes' }],
    [{ context: 'x' }],
    [{ context: {} }],
    [{ context: { deadline: NaN, signal: new AbortController().signal } }],
  ])('has the options %p', (options) => {
    expect(() => budgetOf(options as RequestOptions)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code: 'BAD_OPTION' }),
    );
  });
});
