import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createError, type Requester } from '@liberzmq/core';
import { concurrency, type ConcurrencyOptions } from '../../src/layers/concurrency.js';
import { FakeRequester } from './fake-inner.js';
import { LATE_MS, pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const dataOf = (inner: FakeRequester): unknown[] => inner.calls.map((call) => call.data);

describe('requests beyond the limit', () => {
  it('wait for their turn, in order', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 2 })(inner);
    const requests = Promise.allSettled([1, 2, 3, 4].map((n) => requester.sendRequest('add', n)));
    await turn();
    expect(dataOf(inner)).toEqual([1, 2]);
    inner.calls[1]?.resolve('b');
    await turn();
    expect(dataOf(inner)).toEqual([1, 2, 3]);
    inner.calls[0]?.reject(createError('REMOTE', 'no'));
    await turn();
    expect(dataOf(inner)).toEqual([1, 2, 3, 4]);
    inner.calls[2]?.resolve('c');
    inner.calls[3]?.resolve('d');
    const settled = await requests;
    expect(settled.map((each) => (each.status === 'fulfilled' ? each.value : 'failed'))).toEqual([
      'failed',
      'b',
      'c',
      'd',
    ]);
  });

  it('are refused at once where the queue is full, and have not left', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1, maxQueue: 1 })(inner);
    const requests = [1, 2].map((n) => requester.sendRequest('add', n));
    await expect(requester.sendRequest('add', 3)).rejects.toMatchObject({
      name: 'OverloadedError',
      code: 'OVERLOADED',
      outcome: 'not-sent',
      retryable: true,
      retryAfterMs: 10,
      message: expect.stringContaining("'add'"),
    });
    inner.calls[0]?.resolve();
    await turn();
    inner.calls[1]?.resolve();
    await Promise.all(requests);
    expect(dataOf(inner)).toEqual([1, 2]);
  });

  it('are told when to try again from how long requests took', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1, maxQueue: 0 })(inner);
    const first = requester.sendRequest('add', 1);
    await pass(4_000);
    inner.last.resolve();
    await first;
    const second = requester.sendRequest('add', 2);
    await expect(requester.sendRequest('add', 3)).rejects.toMatchObject({ details: { retryAfterMs: 400 } });
    inner.last.resolve();
    await second;
  });

  it('hand inward what is left of their time', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1 })(inner);
    const requests = [
      requester.sendRequest('add', 1),
      requester.sendRequest('add', 2, { timeoutMs: 1_000, headers: { a: 'b' } }),
    ];
    expect(inner.last.options).toEqual({ timeoutMs: 5_000 });
    await pass(300);
    inner.last.resolve();
    await turn();
    expect(inner.last.options).toEqual({ timeoutMs: expect.closeTo(700), headers: { a: 'b' } });
    inner.last.resolve();
    await Promise.all(requests);
  });
});

describe('a request that waits', () => {
  it('settles when its time is up, has not left, and never runs', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1 })(inner);
    const first = requester.sendRequest('add', 1);
    const second = requester.sendRequest('add', 2, { timeoutMs: 50 }).catch((error: unknown) => error);
    await pass(50 + LATE_MS);
    expect(await second).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent', retryable: true });
    inner.last.resolve();
    await first;
    await turn();
    expect(dataOf(inner)).toEqual([1]);
  });

  it('settles when it is aborted, and leaves neither a listener nor a timer', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1 })(inner);
    const first = requester.sendRequest('add', 1);
    const controller = new AbortController();
    const second = requester.sendRequest('add', 2, { signal: controller.signal });
    const third = requester.sendRequest('add', 3);
    expect(jest.getTimerCount()).toBe(1);
    controller.abort('enough');
    await expect(second).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent', cause: 'enough' });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    inner.last.resolve();
    await turn();
    expect(dataOf(inner)).toEqual([1, 3]);
    inner.last.resolve();
    await Promise.all([first, third]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is refused after maxQueueMs, which is not its own time', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1, maxQueueMs: 200 })(inner);
    const first = requester.sendRequest('add', 1);
    const [long, short] = [1_000, 100].map((timeoutMs) =>
      requester.sendRequest('add', 2, { timeoutMs }).catch((error: unknown) => error),
    );
    await pass(200 + LATE_MS);
    expect(await short).toMatchObject({ code: 'TIMEOUT' });
    expect(await long).toMatchObject({ code: 'OVERLOADED', outcome: 'not-sent' });
    inner.last.resolve();
    await first;
  });

  it('is one of thousands that share a signal: they leave in no time', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1, maxQueue: Infinity })(inner);
    const controller = new AbortController();
    const { signal } = controller;
    const requests = Array.from({ length: 20_000 }, (_, n) => requester.sendRequest('add', n, { signal }));
    const settled = Promise.allSettled(requests.slice(1));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort();
    expect(new Set((await settled).map((each) => (each as { reason: { code: string } }).reason.code))).toEqual(
      new Set(['ABORTED']),
    );
    inner.last.resolve();
    await requests[0];
    expect(inner.calls).toHaveLength(1);
  });
});

describe('closed', () => {
  it('it starts what waits, takes nothing new, and closes what it is around with what is left of the time', async () => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1 })(inner);
    const requests = [1, 2].map((n) => requester.sendRequest('add', n));
    const closing = requester.close({ timeoutMs: 1_000 });
    await expect(requester.sendRequest('add', 3)).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    await pass(400);
    expect(inner.closes).toEqual([]);
    inner.last.resolve();
    await turn();
    expect(dataOf(inner)).toEqual([1, 2]);
    await closing;
    expect(inner.closes).toEqual([{ timeoutMs: expect.closeTo(600) }]);
    inner.last.resolve();
    await Promise.all(requests);
  });

  it.each([
    ['after its time', { timeoutMs: 100 }],
    ['at once with timeoutMs 0', { timeoutMs: 0 }],
    ['at once with drain: false', { drain: false, timeoutMs: 100 }],
  ])('it refuses what waits %s', async (_when, options) => {
    const inner = new FakeRequester();
    const requester = concurrency({ maxConcurrent: 1 })(inner);
    const [first, second] = [1, 2].map((n) => requester.sendRequest('add', n).catch((error: unknown) => error));
    const closing = requester.close(options);
    await pass('drain' in options ? 0 : options.timeoutMs);
    expect(await second).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    await closing;
    expect(inner.closes).toEqual([{ timeoutMs: 0 }]);
    inner.last.resolve('done');
    expect(await first).toBe('done');
  });
});

/** What may happen to a requester with a limit. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant('send' as const) },
  { weight: 2, arbitrary: fc.nat().map((which) => ({ settle: which })) },
  fc.nat().map((which) => ({ abort: which })),
  fc.integer({ min: 1, max: 400 }).map((ms) => ({ pass: ms })),
);

it('behaves as a model of a few lines does', async () => {
  const settings = fc.record({
    maxConcurrent: fc.integer({ min: 1, max: 3 }),
    maxQueue: fc.integer({ min: 0, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async ({ maxConcurrent, maxQueue }, steps) => {
      const inner = new FakeRequester();
      const requester = concurrency({ maxConcurrent, maxQueue, timeoutMs: 1_000 })(inner);
      const ends: unknown[] = [];
      const controllers: AbortController[] = [];
      let now = 0;
      let running: number[] = [];
      let waiting: { n: number; until: number }[] = [];
      const model = { started: [] as number[], ends: [] as unknown[] };
      const start = (n: number): void => {
        running.push(n);
        model.started.push(n);
      };
      for (const each of steps) {
        if (each === 'send') {
          const n = controllers.length;
          const controller = new AbortController();
          controllers.push(controller);
          requester.sendRequest('add', n, { signal: controller.signal }).then(
            () => (ends[n] = 'done'),
            (error: unknown) => (ends[n] = (error as { code: string }).code),
          );
          if (running.length < maxConcurrent) start(n);
          else if (waiting.length < maxQueue) waiting.push({ n, until: now + 1_000 });
          else model.ends[n] = 'OVERLOADED';
        } else if ('settle' in each) {
          const n = running[each.settle % Math.max(1, running.length)];
          if (n === undefined) continue;
          inner.calls.find((call) => call.data === n)?.resolve();
          running = running.filter((other) => other !== n);
          model.ends[n] = 'done';
          const next = waiting.shift();
          if (next !== undefined) start(next.n);
        } else if ('abort' in each) {
          const one = waiting[each.abort % Math.max(1, waiting.length)];
          if (one === undefined) continue;
          controllers[one.n]?.abort();
          waiting = waiting.filter((other) => other !== one);
          model.ends[one.n] = 'ABORTED';
        } else {
          now += each.pass;
          await jest.advanceTimersByTimeAsync(each.pass);
          for (const { n, until } of waiting) if (until <= now) model.ends[n] = 'TIMEOUT';
          waiting = waiting.filter(({ until }) => until > now);
        }
        await turn();
        expect(dataOf(inner)).toEqual(model.started);
        expect(Object.entries(ends)).toEqual(Object.entries(model.ends));
      }
      for (const call of inner.calls) call.resolve();
      await requester.close({ timeoutMs: 0 });
      await turn();
      expect(jest.getTimerCount()).toBe(0);
    }),
    { numRuns: 60 },
  );
});

it('an inner requester that throws at once gives its turn back', async () => {
  const inner = new FakeRequester();
  const requester = concurrency({ maxConcurrent: 1, maxQueue: 0 })(inner);
  jest.spyOn(inner, 'sendRequest').mockImplementationOnce(() => {
    throw new TypeError('broken');
  });
  await expect(requester.sendRequest('add')).rejects.toThrow('broken');
  const request = requester.sendRequest('add');
  expect(await stateOf(request)).toBe('pending');
  inner.last.resolve(1);
  await expect(request).resolves.toBe(1);
});

it.each([
  [undefined],
  [{}],
  [{ maxConcurrent: 0 }],
  [{ maxConcurrent: 1.5 }],
  [{ maxConcurrent: 1, maxQueue: -1 }],
  [{ maxConcurrent: 1, maxQueueMs: 0 }],
  [{ maxConcurrent: 1, max: 1 }],
])('concurrency(%j) is refused', (options) => {
  expect(() => concurrency(options as ConcurrencyOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('concurrency') }),
  );
});

it('a request that had to wait begins in its own asynchronous context', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const inner: Requester = {
    sendRequest: async (_action, data) => {
      await Promise.resolve();
      seen.push([data, storage.getStore()]);
    },
    close: () => Promise.resolve(),
  };
  const requester = concurrency({ maxConcurrent: 1 })(inner);
  await Promise.all(['a', 'b', 'c'].map((each) => storage.run(each, () => requester.sendRequest('add', each))));
  expect(seen).toEqual([
    ['a', 'a'],
    ['b', 'b'],
    ['c', 'c'],
  ]);
});
