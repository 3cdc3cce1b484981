import { describe, expect, it, jest } from '@jest/globals';
import { createError } from '@liberzmq/core';
import { breaker } from '../../src/layers/breaker.js';
import type { BreakerChange, BreakerOptions } from '../../src/layers/breaker-options.js';
import { ScriptedRequester } from './fake-inner.js';
import { pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const lost = createError('CONNECTION_LOST', 'lost');

/** A breaker that has opened, after one failure. */
async function opened(options: BreakerOptions = {}) {
  const inner = new ScriptedRequester();
  const requester = breaker({ consecutive: 1, ...options })(inner);
  inner.script = [lost];
  await expect(requester.sendRequest('add')).rejects.toBe(lost);
  inner.calls.length = 0;
  return { inner, requester };
}

describe('an open breaker', () => {
  it('refuses at once, and says when it tries again', async () => {
    const { inner, requester } = await opened();
    await pass(1_000);
    await expect(requester.sendRequest('add')).rejects.toMatchObject({
      name: 'BreakerOpenError',
      code: 'BREAKER_OPEN',
      outcome: 'not-sent',
      retryable: false,
      details: { retryAfterMs: 4_000 },
      message: expect.stringMatching(/'add'.*4000 ms/),
    });
    expect(inner.calls).toEqual([]);
  });

  it('refuses what was asked wrongly, or is over already, for that reason', async () => {
    const { requester } = await opened();
    const signal = AbortSignal.abort();
    await expect(requester.sendRequest('add', 1, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(requester.sendRequest('')).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('that is closed says so', async () => {
    const { requester } = await opened();
    await requester.close();
    await expect(requester.sendRequest('add')).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });

  it('lets one through after its time, and all when that is answered', async () => {
    const { inner, requester } = await opened({ halfOpenAfterMs: 200 });
    await pass(200);
    inner.script = ['well'];
    const [probe, second] = await Promise.allSettled([requester.sendRequest('a'), requester.sendRequest('b')]);
    expect(probe).toEqual({ status: 'fulfilled', value: 'well' });
    expect(second).toMatchObject({ reason: { code: 'BREAKER_OPEN', details: undefined } });
    await requester.sendRequest('c');
    expect(inner.calls).toEqual(['a', 'c']);
  });

  it('waits longer each time that fails, up to the most', async () => {
    const { inner, requester } = await opened({ halfOpenAfterMs: 100, maxHalfOpenAfterMs: 300 });
    const waits: unknown[] = [];
    for (const ms of [100, 200, 300]) {
      await pass(ms);
      inner.script = [lost];
      await requester.sendRequest('add').catch(() => undefined);
      const refused = await requester
        .sendRequest('add')
        .catch((error: unknown) => (error as { details: unknown }).details);
      waits.push(refused);
    }
    expect(waits).toEqual([{ retryAfterMs: 200 }, { retryAfterMs: 300 }, { retryAfterMs: 300 }]);
  });

  it('is not stuck when its probe is aborted: the next request is the probe', async () => {
    const { inner, requester } = await opened();
    await pass(5_000);
    inner.script = ['hang', 'well'];
    const controller = new AbortController();
    const probe = requester.sendRequest('a', 1, { signal: controller.signal });
    controller.abort();
    await expect(probe).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(requester.sendRequest('b')).resolves.toBe('well');
    await expect(requester.sendRequest('c')).resolves.toBeUndefined();
    expect(inner.calls).toEqual(['a', 'b', 'c']);
  });

  it('has no timers', async () => {
    await opened();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('what counts as a failure', () => {
  const one = (code: string, outcome?: 'not-sent' | 'answered') => createError(code, 'no', { outcome });

  it.each([
    one('TIMEOUT'),
    one('TIMEOUT', 'not-sent'),
    one('CONNECTION_LOST'),
    one('UNREACHABLE'),
    one('OVERLOADED'),
    one('DRAINING'),
    one('BACKPRESSURE'),
    one('POOL_TIMEOUT'),
  ])('is $code, $outcome', async (error) => {
    const inner = new ScriptedRequester();
    const requester = breaker({ consecutive: 1 })(inner);
    inner.script = [error];
    await requester.sendRequest('add').catch(() => undefined);
    await expect(requester.sendRequest('add')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
  });

  it.each([
    ['silent', one('ABORTED')],
    ['silent', one('BAD_OPTION')],
    ['silent', one('CLOSED')],
    ['silent', one('ENCODE')],
    ['silent', one('BREAKER_OPEN')],
    ['silent', one('OVERLOADED', 'not-sent')],
    ['silent', one('INVALID_INPUT', 'not-sent')],
    ['an answer', one('REMOTE')],
    ['an answer', one('UNKNOWN_ACTION')],
    ['an answer', one('INVALID_INPUT')],
    ['an answer', new TypeError('a handler in this process')],
  ])('is not what is %s: %p', async (what, error) => {
    const inner = new ScriptedRequester();
    const requester = breaker({ consecutive: 2 })(inner);
    inner.script = [lost, error, lost];
    for (let n = 0; n < 3; n += 1) await requester.sendRequest('add').catch(() => undefined);
    const next = await requester.sendRequest('add').catch((thrown: unknown) => (thrown as { code: string }).code);
    // An answer begins the row anew; what is silent neither adds to it nor ends it.
    expect(next).toBe(what === 'silent' ? 'BREAKER_OPEN' : undefined);
  });

  it('is for you to say, except of what the caller did', async () => {
    const asked: unknown[] = [];
    const isFailure = (error: unknown): boolean => {
      asked.push(error);
      return error instanceof TypeError;
    };
    const inner = new ScriptedRequester();
    const requester = breaker({ consecutive: 1, isFailure })(inner);
    const mine = new TypeError('mine');
    inner.script = [one('ABORTED'), one('CLOSED'), lost, mine];
    for (let n = 0; n < 4; n += 1) await requester.sendRequest('add').catch(() => undefined);
    expect(asked).toEqual([lost, mine]);
    await expect(requester.sendRequest('add')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
  });
});

describe('breakers per action', () => {
  it('open each for itself, and those used longest ago are forgotten', async () => {
    const { inner, requester } = await opened({ per: 'action' });
    await expect(requester.sendRequest('add')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
    await requester.sendRequest('other');
    for (let n = 0; n < 999; n += 1) await requester.sendRequest(`action ${n}`);
    inner.calls.length = 0;
    await requester.sendRequest('add');
    expect(inner.calls).toEqual(['add']);
  });

  it('open by count, and by sampling', async () => {
    for (const rule of [{ count: { size: 4, threshold: 0.5 } }, { sampling: { durationMs: 4_000, threshold: 0.5 } }]) {
      const inner = new ScriptedRequester();
      const requester = breaker(rule)(inner);
      inner.script = ['well', lost, 'well', lost];
      for (let n = 0; n < 4; n += 1) await requester.sendRequest('add').catch(() => undefined);
      await expect(requester.sendRequest('add')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
    }
  });
});

describe('onStateChange', () => {
  it('is told of each change, with what there is to know', async () => {
    const told: [string, BreakerChange][] = [];
    const { inner, requester } = await opened({ onStateChange: (...change) => told.push(change) });
    await pass(5_000);
    inner.script = [lost, 'well'];
    await requester.sendRequest('add').catch(() => undefined);
    await pass(10_000);
    await requester.sendRequest('add');
    const nothing = { action: undefined, error: undefined, retryAfterMs: 0 };
    expect(told).toEqual([
      ['open', { ...nothing, previous: 'closed', error: lost, retryAfterMs: 5_000 }],
      ['half-open', { ...nothing, previous: 'open' }],
      ['open', { ...nothing, previous: 'half-open', error: lost, retryAfterMs: 10_000 }],
      ['half-open', { ...nothing, previous: 'open' }],
      ['closed', { ...nothing, previous: 'half-open' }],
    ]);
  });

  it('may throw: that becomes an uncaught exception, and the request goes on', async () => {
    const bug = new Error('a bug');
    const later = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined);
    await opened({
      onStateChange: () => {
        throw bug;
      },
    });
    const raised = later.mock.calls.map(([raise]) => raise);
    later.mockRestore();
    expect(raised).toHaveLength(1);
    expect(raised[0]).toThrow(bug);
  });

  it('is told the action where each has its own', async () => {
    const told: unknown[] = [];
    await opened({ per: 'action', onStateChange: (_state, { action }) => told.push(action) });
    expect(told).toEqual(['add']);
  });
});

it.each([
  [{ consecutive: 0 }],
  [{ consecutive: 5, count: { size: 5, threshold: 0.5 } }],
  [{ count: { size: 5 } }],
  [{ count: { size: 5, threshold: 2 } }],
  [{ count: { size: 5, threshold: 0.5, minimum: 6 } }],
  [{ sampling: { durationMs: Infinity, threshold: 0.5 } }],
  [{ sampling: { durationMs: 1_000, threshold: 0 } }],
  [{ halfOpenAfterMs: 0 }],
  [{ halfOpenAfterMs: 100, maxHalfOpenAfterMs: 50 }],
  [{ per: 'caller' }],
  [{ failures: 5 }],
])('breaker(%j) is refused', (options) => {
  expect(() => breaker(options as BreakerOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('breaker') }),
  );
});
