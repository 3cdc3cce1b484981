import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { createError, Service, type RequestOptions } from '@liberzmq/core';
import { coalesce, type CoalesceOptions } from '../../src/layers/coalesce.js';
import { requestKey } from '../../src/layers/request-key.js';
import { FakeRequester } from './fake-inner.js';
import { pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const reading = (options: Partial<CoalesceOptions> = {}) => coalesce({ actions: ['read'], ...options });
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('requests for the same', () => {
  it('share one call and its result while it is under way, and no longer', async () => {
    const inner = new FakeRequester();
    const requester = reading()(inner);
    const requests = [1, 2, 3].map(() => requester.sendRequest('read', { id: 7 }));
    await turn();
    requests.push(requester.sendRequest('read', { id: 7 }));
    expect(inner.calls).toHaveLength(1);
    const result = { name: 'Ada' };
    inner.last.resolve(result);
    expect(await Promise.all(requests)).toEqual([result, result, result, result]);
    expect(await requests[3]).toBe(result);
    const next = requester.sendRequest('read', { id: 7 });
    expect(inner.calls).toHaveLength(2);
    inner.last.resolve();
    await next;
  });

  it('share its error', async () => {
    const inner = new FakeRequester();
    const requester = reading()(inner);
    const requests = [1, 2].map(() => caught(requester.sendRequest('read')));
    const error = createError('REMOTE', 'no');
    inner.last.reject(error);
    for (const each of await Promise.all(requests)) expect(each).toBe(error);
  });

  const base = { data: { id: 7, of: ['a'] } as unknown, options: {} as RequestOptions, action: 'read' };
  it.each([
    ['the order of properties differs', { data: { of: ['a'], id: 7 } }, 1],
    ['only one has a property that is undefined', { data: { id: 7, of: ['a'], no: undefined } }, 1],
    ['their time differs', { options: { timeoutMs: 50 } }, 1],
    ['their data differs', { data: { id: 8, of: ['a'] } }, 2],
    ['one has no data', { data: undefined }, 2],
    ['their headers differ', { options: { headers: { tenant: 'b' } } }, 2],
    ['only one may be run twice', { options: { idempotent: true } }, 2],
    ['their action differs', { action: 'find' }, 2],
  ])('are such, or not, where %s', async (_what, other, calls) => {
    const inner = new FakeRequester();
    const requester = reading({ actions: ['read', 'find'] })(inner);
    const requests = [base, { ...base, ...other }].map(({ action, data, options }) =>
      requester.sendRequest(action, data, options),
    );
    expect(inner.calls).toHaveLength(calls);
    for (const call of inner.calls) call.resolve();
    await Promise.all(requests);
  });

  it('do not share where the action is not named', async () => {
    const inner = new FakeRequester();
    const requester = reading()(inner);
    const requests = [1, 2].map(() => requester.sendRequest('write', { id: 7 }));
    expect(inner.calls).toHaveLength(2);
    for (const call of inner.calls) call.resolve();
    await Promise.all(requests);
  });

  it('are what the key says', async () => {
    const key = (_action: string, data: unknown): string | undefined => (data as { key?: string }).key;
    const inner = new FakeRequester();
    const requester = reading({ key })(inner);
    const all = [{ key: 'a', n: 1 }, { key: 'a', n: 2 }, { n: 3 }, { n: 3 }].map((data) =>
      requester.sendRequest('read', data),
    );
    expect(inner.calls.map(({ data }) => (data as { n: number }).n)).toEqual([1, 3, 3]);
    for (const call of inner.calls) call.resolve();
    await Promise.all(all);
    await expect(reading({ key: () => 5 as never })(inner).sendRequest('read')).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  });

  it('hand inward headers, no context, and whether it may be run twice', async () => {
    const service = new Service({ handlers: { read: (_data, { headers, peer }) => ({ headers, peer }) } });
    const options = { headers: { tenant: 'a' }, idempotent: true };
    await expect(reading()(service).sendRequest('read', 1, options)).resolves.toEqual({
      headers: { tenant: 'a' },
      peer: undefined,
    });
  });
});

describe('the key of a request', () => {
  it.each([
    ['a Map', new Map()],
    ['a Date', { at: new Date(0) }],
    ['bytes', Buffer.from('a')],
    ['an instance', new TypeError('x')],
    ['a bigint', [1n]],
    ['NaN', NaN],
    ['undefined in an array', [undefined]],
    ['a function', { f: () => 1 }],
    ['a symbol', Symbol('x')],
    ['its own JSON', { toJSON: () => 1 }],
  ])('is not known for %s', (_what, data) => {
    expect(requestKey('read', data)).toBeUndefined();
  });

  it('is not known for what contains itself', () => {
    const data: { self?: unknown } = {};
    data.self = data;
    expect(requestKey('read', data)).toBeUndefined();
  });

  it('tells null from nothing, a number from a text, and knows objects without a prototype', () => {
    const keys = [undefined, null, 1, '1', [], {}, [[]], { a: null }].map((data) => requestKey('read', data));
    expect(new Set(keys).size).toBe(keys.length);
    expect(requestKey('read', Object.assign(Object.create(null) as object, { a: 1 }))).toBe(
      requestKey('read', { a: 1 }),
    );
  });
});

describe('each caller', () => {
  it('keeps its own time: the call goes on for the others', async () => {
    const inner = new FakeRequester();
    const requester = reading()(inner);
    const long = requester.sendRequest('read', 1, { timeoutMs: 1_000 });
    const short = caught(requester.sendRequest('read', 1, { timeoutMs: 100 }));
    expect(inner.last.options?.timeoutMs).toBe(1_000);
    await pass(100);
    expect(await short).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(inner.last.options?.signal?.aborted).toBe(false);
    inner.last.resolve('done');
    await expect(long).resolves.toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps its own signal: the call is aborted with the last one', async () => {
    const inner = new FakeRequester();
    const requester = reading()(inner);
    const controllers = [new AbortController(), new AbortController()];
    const [first, second] = controllers.map(({ signal }) => caught(requester.sendRequest('read', 1, { signal })));
    controllers[0]?.abort('one');
    expect(await first).toMatchObject({ code: 'ABORTED', outcome: 'unknown', cause: 'one' });
    expect(inner.last.options?.signal?.aborted).toBe(false);
    controllers[1]?.abort('two');
    expect(inner.last.options?.signal?.aborted).toBe(true);
    // Who comes now has a call of its own.
    const third = requester.sendRequest('read', 1);
    expect(inner.calls).toHaveLength(2);
    inner.calls[0]?.reject(createError('ABORTED', 'taken back', { outcome: 'not-sent', cause: 'two' }));
    expect(await second).toMatchObject({ code: 'ABORTED', outcome: 'not-sent', cause: 'two' });
    inner.last.resolve('fresh');
    await expect(third).resolves.toBe('fresh');
    for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('who came later and has time left asks once more, with the others, when the time of the first is up', async () => {
    const inner = new FakeRequester();
    const requester = reading()(inner);
    const first = caught(requester.sendRequest('read', 1, { timeoutMs: 100 }));
    await pass(60);
    const later = [300, 500].map((timeoutMs) => requester.sendRequest('read', 1, { timeoutMs }));
    const soonOver = caught(requester.sendRequest('read', 1, { timeoutMs: 20 }));
    await pass(20);
    expect(await soonOver).toMatchObject({ code: 'TIMEOUT' });
    await pass(20);
    expect(await first).toMatchObject({ code: 'TIMEOUT' });
    expect(inner.calls).toHaveLength(2);
    expect(inner.last.options?.timeoutMs).toBeCloseTo(460);
    const joined = requester.sendRequest('read', 1);
    expect(inner.calls).toHaveLength(2);
    inner.last.resolve('done');
    expect(await Promise.all([...later, joined])).toEqual(['done', 'done', 'done']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gets an abort even from an inner requester that heeds none', async () => {
    const inner = new FakeRequester();
    const controller = new AbortController();
    const request = reading()(inner).sendRequest('read', 1, { signal: controller.signal });
    controller.abort('enough');
    await expect(request).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown', cause: 'enough' });
  });

  it('is taken no more once it is closed, though a call is under way', async () => {
    const inner = new FakeRequester();
    const requester = reading()(inner);
    const request = requester.sendRequest('read', 1);
    await requester.close({ timeoutMs: 10 });
    expect(inner.closes).toEqual([{ timeoutMs: 10 }]);
    await expect(requester.sendRequest('read', 1)).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    expect(await stateOf(request)).toBe('pending');
    inner.last.resolve('done');
    await expect(request).resolves.toBe('done');
  });
});

it.each([[undefined], [{}], [{ actions: 'read' }], [{ actions: ['read'], key: 'id' }], [{ actions: [], by: 1 }]])(
  'coalesce(%j) is refused',
  (options) => {
    expect(() => coalesce(options as CoalesceOptions)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('coalesce') }),
    );
  },
);
