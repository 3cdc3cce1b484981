import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { createError, type RequestOptions } from '@liberzmq/core';
import { fallback, type FallbackHandler } from '../../src/layers/fallback.js';
import { FakeRequester, ScriptedRequester } from './fake-inner.js';
import { pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const overloaded = createError('OVERLOADED', 'busy');
const never = (): Promise<never> => new Promise(() => undefined);

function failingWith(...script: unknown[]): ScriptedRequester {
  return Object.assign(new ScriptedRequester(), { script });
}

describe('instead of a failure', () => {
  it('there is what the handler returns or resolves with, or a value', async () => {
    const seen: unknown[] = [];
    const handler: FallbackHandler = (...args) => {
      seen.push(args);
      return 'cached';
    };
    const options: RequestOptions = { headers: { a: 'b' }, timeoutMs: 300 };
    await expect(fallback(handler)(failingWith(overloaded)).sendRequest('add', 1, options)).resolves.toBe('cached');
    expect(seen).toEqual([[overloaded, 'add', 1, { headers: { a: 'b' }, timeoutMs: 300 }]]);
    await expect(fallback(async () => 7)(failingWith(overloaded)).sendRequest('add')).resolves.toBe(7);
    await expect(fallback(null)(failingWith(overloaded)).sendRequest('add')).resolves.toBeNull();
  });

  it('what the handler throws comes out', async () => {
    const thrown = new Error('nor here');
    const handlers: FallbackHandler[] = [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ];
    for (const handler of handlers) {
      await expect(fallback(handler)(failingWith(overloaded)).sendRequest('add')).rejects.toBe(thrown);
    }
    const again: FallbackHandler = async (error) => {
      throw error;
    };
    await expect(fallback(again)(failingWith(overloaded)).sendRequest('add')).rejects.toBe(overloaded);
  });

  it('there is none where there is no failure', async () => {
    await expect(fallback('cached')(failingWith('fresh')).sendRequest('add')).resolves.toBe('fresh');
  });
});

describe('the errors that it is for', () => {
  it.each(['TIMEOUT', 'UNREACHABLE', 'CONNECTION_LOST', 'OVERLOADED', 'DRAINING', 'BREAKER_OPEN', 'POOL_EXHAUSTED'])(
    'are %s',
    async (code) => {
      await expect(fallback(1)(failingWith(createError(code, 'no'))).sendRequest('add')).resolves.toBe(1);
    },
  );

  it.each(['REMOTE', 'UNKNOWN_ACTION', 'INVALID_INPUT', 'ENCODE', 'ABORTED', 'BAD_OPTION', 'CLOSED', 'TEAPOT'])(
    'are not %s',
    async (code) => {
      const error = createError(code, 'no');
      await expect(fallback(1)(failingWith(error)).sendRequest('add')).rejects.toBe(error);
    },
  );

  it('are those that you say, but never what the caller did', async () => {
    const layer = fallback(1, { when: () => true });
    await expect(layer(failingWith(new TypeError('x'))).sendRequest('add')).resolves.toBe(1);
    for (const code of ['ABORTED', 'BAD_OPTION', 'CLOSED']) {
      await expect(layer(failingWith(createError(code, 'no'))).sendRequest('add')).rejects.toMatchObject({ code });
    }
  });
});

describe('a handler that takes its time', () => {
  it('has what is left of that of the request', async () => {
    const inner = new FakeRequester();
    let left: number | undefined;
    const requester = fallback((_error, _action, _data, options) => {
      left = options.timeoutMs;
      return never();
    })(inner);
    const request = requester.sendRequest('add', 1, { timeoutMs: 500 }).catch((error: unknown) => error);
    await pass(300);
    inner.last.reject(overloaded);
    await turn();
    expect(left).toBeCloseTo(200);
    await pass(199);
    expect(await stateOf(request)).toBe('pending');
    await pass(1);
    const message = expect.stringContaining("fallback of 'add'");
    expect(await request).toMatchObject({ code: 'TIMEOUT', outcome: 'answered', message });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may still give at once what it has when the time is up', async () => {
    const inner = new FakeRequester();
    const requester = fallback(async () => Promise.resolve('cached'))(inner);
    const request = requester.sendRequest('add', 1, { timeoutMs: 100 });
    await pass(100);
    inner.last.reject(createError('TIMEOUT', 'late'));
    await expect(request).resolves.toBe('cached');
  });

  it.each(['while it is at work', 'before'])('is waited for no more once the request is aborted %s', async (when) => {
    const controller = new AbortController();
    const requester = fallback(() => {
      if (when === 'before') controller.abort('enough');
      return never();
    })(failingWith(createError('UNREACHABLE', 'gone')));
    const request = requester.sendRequest('add', 1, { signal: controller.signal }).catch((error: unknown) => error);
    await turn();
    controller.abort('enough');
    expect(await request).toMatchObject({ code: 'ABORTED', outcome: 'not-sent', cause: 'enough' });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('is waited for by a close, within its time', async () => {
    let finish!: (value: string) => void;
    const requester = fallback((_error, action) =>
      action === 'never' ? never() : new Promise((resolve) => (finish = resolve)),
    )(failingWith(overloaded, overloaded));
    const [done, cut] = [requester.sendRequest('add'), requester.sendRequest('never').catch((error: unknown) => error)];
    await turn();
    const closing = requester.close({ timeoutMs: 1_000 });
    finish('late');
    await expect(done).resolves.toBe('late');
    await pass(999);
    expect(await stateOf(closing)).toBe('pending');
    await pass(1);
    expect(await cut).toMatchObject({ code: 'CLOSED', outcome: 'answered' });
    await closing;
  });
});

it.each([[{ when: 1 }], [{ timeoutMs: 0 }], [{ then: 1 }], [null]])('fallback(1, %j) is refused', (options) => {
  expect(() => fallback(1, options as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
