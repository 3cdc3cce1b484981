import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { createError } from '@liberzmq/core';
import { timeout, type TimeoutOptions } from '../../src/layers/timeout.js';
import { FakeRequester } from './fake-inner.js';
import { pass, stateOf, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

describe('the limit', () => {
  it.each([
    ['none', undefined, 100],
    ['a longer one', 5_000, 100],
    ['a shorter one', 30, 30],
    ['none that ends', Infinity, 100],
  ])('of a request with %s is handed inward', async (_what, timeoutMs, expected) => {
    const inner = new FakeRequester();
    const request = timeout(100)(inner).sendRequest('add', 1, timeoutMs === undefined ? undefined : { timeoutMs });
    expect(inner.last.options?.timeoutMs).toBeCloseTo(expected);
    inner.last.resolve(2);
    await expect(request).resolves.toBe(2);
  });

  it('of an action is its own', async () => {
    const inner = new FakeRequester();
    const requester = timeout({ timeoutMs: 100, actions: { report: 3_000, ping: 10 } })(inner);
    const requests = ['report', 'ping', 'toString'].map((action) => requester.sendRequest(action));
    expect(inner.calls.map(({ options }) => Math.round(options?.timeoutMs ?? 0))).toEqual([3_000, 10, 100]);
    for (const call of inner.calls) call.resolve();
    await Promise.all(requests);
  });

  it('of Infinity is none: the request goes on as it is', async () => {
    const inner = new FakeRequester();
    const options = { headers: { a: 'b' } };
    const request = timeout(Infinity)(inner).sendRequest('add', 1, options);
    expect(inner.last.options).toBe(options);
    inner.last.resolve();
    await request;
  });
});

describe('an inner requester that knows no limits', () => {
  it('is aborted at the limit, and the request may have run', async () => {
    const inner = new FakeRequester();
    const request = timeout(100)(inner).sendRequest('add', 1);
    const settled = request.catch((error: unknown) => error);
    await pass(99);
    expect(await stateOf(request)).toBe('pending');
    expect(inner.last.options?.signal?.aborted).toBe(false);
    await pass(1);
    expect(inner.last.options?.signal?.aborted).toBe(true);
    expect(await settled).toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      outcome: 'unknown',
      message: "'add' took longer than 100 ms",
    });
  });

  it('is aborted when the caller aborts, and nothing is left', async () => {
    const inner = new FakeRequester();
    const controller = new AbortController();
    const reason = new Error('enough');
    const request = timeout(100)(inner).sendRequest('add', 1, { signal: controller.signal });
    controller.abort(reason);
    await expect(request).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown', cause: reason });
    expect(inner.last.options?.signal?.reason).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('may throw at once: that is an error as any', async () => {
    const inner = new FakeRequester();
    inner.sendRequest = () => {
      throw new TypeError('broken');
    };
    await expect(timeout(100)(inner).sendRequest('add')).rejects.toThrow('broken');
  });
});

describe('an inner requester that heeds the abort', () => {
  it.each([
    ['not-sent', true],
    ['unknown', false],
  ] as const)('tells that the request was %s', async (outcome, retryable) => {
    const inner = new FakeRequester();
    const settled = timeout(100)(inner)
      .sendRequest('add')
      .catch((error: unknown) => error);
    inner.last.options?.signal?.addEventListener('abort', () => {
      inner.last.reject(createError('ABORTED', 'taken back', { outcome }));
    });
    await pass(100);
    expect(await settled).toMatchObject({ code: 'TIMEOUT', outcome, retryable });
  });

  it('with a result: that is too late', async () => {
    const inner = new FakeRequester();
    const settled = timeout(100)(inner)
      .sendRequest('add')
      .catch((error: unknown) => error);
    inner.last.options?.signal?.addEventListener('abort', () => {
      inner.last.resolve('late');
    });
    await pass(100);
    expect(await settled).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  });

  it('with its own TIMEOUT: that comes out', async () => {
    const inner = new FakeRequester();
    const error = createError('TIMEOUT', 'mine', { outcome: 'not-sent' });
    const settled = timeout(100)(inner)
      .sendRequest('add')
      .catch((thrown: unknown) => thrown);
    inner.last.options?.signal?.addEventListener('abort', () => {
      inner.last.reject(error);
    });
    await pass(100);
    expect(await settled).toBe(error);
  });
});

it.each([
  [undefined],
  [0],
  [NaN],
  [{}],
  [{ timeoutMs: 5, limit: 5 }],
  [{ timeoutMs: 5, actions: { add: 0 } }],
  [{ timeoutMs: 5, actions: { add: '5' } }],
])('timeout(%j) is refused', (options) => {
  expect(() => timeout(options as TimeoutOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('timeout') }),
  );
});
