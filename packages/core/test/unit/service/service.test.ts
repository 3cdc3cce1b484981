import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { pino } from 'pino';
import type { MessageContext } from '../../../src/contract/message.js';
import type { RequestOptions } from '../../../src/contract/requester.js';
import type { Logger } from '../../../src/contract/logger.js';
import { configureLogging } from '../../../src/logger.js';
import { LiberZMQError } from '../../../src/errors/liberzmq-error.js';
import type { RequestContext } from '../../../src/service/handler-context.js';
import { Service, type ServiceOptions } from '../../../src/service/service.js';
import { deadlines } from '../../../src/timing/deadline-wheel.js';
import { defer } from '../deferred.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { contextWith } from './context.js';

useFakeClock();

const never = (): Promise<never> => new Promise(() => undefined);

/** Lets everything go on that is ready to. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('the handlers of a service', () => {
  it('get the data as it is, and what they return or resolve with is the result as it is', async () => {
    const [data, result] = [{ at: new Map([[1, Symbol('x')]]) }, new Set([() => 0])];
    const seen: unknown[] = [];
    const service = new Service({
      handlers: {
        now: (given) => {
          seen.push(given);
          return result;
        },
        later: async (given) => {
          seen.push(given);
          return Promise.resolve(result);
        },
      },
    });
    await expect(service.sendRequest('now', data)).resolves.toBe(result);
    await expect(service.sendRequest('later', data)).resolves.toBe(result);
    expect(seen).toEqual([data, data]);
    expect(seen[0]).toBe(data);
  });

  it.each([
    ['an Error', new TypeError('no')],
    ['an error of ours', new LiberZMQError('TEAPOT', 'no')],
    ['no error at all', 'no'],
    ['nothing', undefined],
  ])('throw %s, and it comes out as it is', async (_what, thrown) => {
    const service = new Service({
      handlers: {
        now: () => {
          throw thrown as Error;
        },
        later: async () => {
          throw thrown as Error;
        },
      },
    });
    await expect(service.sendRequest('now').catch((error: unknown) => error)).resolves.toBe(thrown);
    await expect(service.sendRequest('later').catch((error: unknown) => error)).resolves.toBe(thrown);
  });

  it('may return anything that has a then', async () => {
    const thenable = { then: (resolve: (value: number) => void) => resolve(7) };
    const service = new Service({ handlers: { ask: () => thenable } });
    await expect(service.sendRequest('ask')).resolves.toBe(7);
  });

  it('are named in actions', () => {
    const service = new Service({ handlers: { a: () => 1 } }).registerHandler('b', () => 2);
    expect(service.actions).toEqual(['a', 'b']);
    expect([service.hasHandler('b'), service.hasHandler('c'), service.hasHandler('toString')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each(['missing', 'toString', '__proto__', 'constructor'])('are not there for the action %s', async (action) => {
    const service = new Service({ handlers: { a: () => 1 } });
    await expect(service.sendRequest(action)).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'UNKNOWN_ACTION',
      outcome: 'answered',
      message: expect.stringContaining(`'${action}'`),
    });
  });

  it('are not replaced without a word', async () => {
    const service = new Service({ handlers: { a: () => 1 } });
    expect(() => service.registerHandler('a', () => 2)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining("'a'") }),
    );
    await expect(service.sendRequest('a')).resolves.toBe(1);
  });

  it('can be taken away, and set anew', async () => {
    const service = new Service({ handlers: { a: () => 1 } });
    expect(service.unregisterHandler('a')).toBe(true);
    expect(service.unregisterHandler('a')).toBe(false);
    await expect(service.sendRequest('a')).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' });
    service.registerHandler('a', () => 2);
    await expect(service.sendRequest('a')).resolves.toBe(2);
  });

  it('leave other actions to the default handler, which is told which', async () => {
    const service = new Service({ handlers: { a: () => 'own' } });
    service.setDefaultHandler((data, context) => [context.action, data]);
    await expect(service.sendRequest('a')).resolves.toBe('own');
    await expect(service.sendRequest('other', 5)).resolves.toEqual(['other', 5]);
    service.setDefaultHandler(undefined);
    await expect(service.sendRequest('other')).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' });
  });

  it.each([
    ['options', () => new Service({ handler: {} } as ServiceOptions)],
    ['options', () => new Service(null as unknown as ServiceOptions)],
    ['a time', () => new Service({ timeoutMs: 0 })],
    ['handlers', () => new Service({ handlers: 5 as unknown as Record<string, never> })],
    ['handlers', () => new Service({ handlers: [() => 1] as unknown as Record<string, never> })],
    ['a handler', () => new Service({ handlers: { a: 'x' as unknown as () => void } })],
    ['a handler', () => new Service().registerHandler('a', undefined as unknown as () => void)],
    ['an action', () => new Service().registerHandler('', () => 1)],
    ['an action', () => new Service().registerHandler(5 as unknown as string, () => 1)],
    ['a default handler', () => new Service().setDefaultHandler('x' as unknown as () => void)],
  ])('are refused with %s that will not do', (_what, setUp) => {
    expect(setUp).toThrow(expect.objectContaining({ name: 'ConfigurationError', code: 'BAD_OPTION' }));
  });

  it('are counted while they run', async () => {
    const gate = defer();
    const service = new Service({ handlers: { wait: () => gate.promise } });
    const [first, second] = [service.sendRequest('wait'), service.sendRequest('wait')];
    expect(service.running).toBe(2);
    gate.resolve();
    await Promise.all([first, second]);
    expect(service.running).toBe(0);
  });
});

describe("a handler's context", () => {
  async function contextOf(options?: RequestOptions): Promise<RequestContext> {
    let seen: RequestContext | undefined;
    const service = new Service({
      handlers: {
        look: (_data, context) => {
          seen = context;
        },
      },
    });
    await service.sendRequest('look', 1, options);
    return seen!;
  }

  it('says what the request is, and for how long', async () => {
    const now = performance.now();
    const context = await contextOf({ headers: { 'trace-id': 't' }, timeoutMs: 50 });
    expect(context).toMatchObject({
      action: 'look',
      subject: 'look',
      headers: { 'trace-id': 't' },
      peer: undefined,
      requestId: undefined,
      deadline: now + 50,
    });
    expect(context.signal).toMatchObject({ aborted: false });
    expect(context.signal).toBe(context.signal);
    expect(context.log).toBe(context.log);
  });

  it('logs with the action and the id in each line', async () => {
    const lines: unknown[] = [];
    const logger: Logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    configureLogging({ logger, level: 'info' });
    const context = await contextOf({ context: contextWith({ requestId: 'r-1' }) });
    context.log.info('hello');
    configureLogging({ level: 'silent' });
    expect(lines).toMatchObject([{ subject: 'look', requestId: 'r-1', msg: 'hello' }]);
  });

  it('has no headers if there are none', async () => {
    expect((await contextOf()).headers).toEqual({});
  });

  it('keeps peer, id and time of the request that this one is made for', async () => {
    const context = contextWith({ peer: 'client-1', requestId: 'r-1', deadline: performance.now() + 20 });
    const seen = await contextOf({ context, timeoutMs: 1_000 });
    expect(seen).toMatchObject({ peer: 'client-1', requestId: 'r-1', deadline: context.deadline, action: 'look' });
  });

  it.each(['action', 'subject', 'headers', 'peer', 'requestId', 'deadline', 'signal', 'log'])(
    'does not let %s be changed',
    async (field) => {
      const context = await contextOf();
      expect(() => Object.assign(context, { [field]: 'other' })).toThrow(TypeError);
    },
  );

  it('is frozen: nothing can be added to it, and a handler cannot change the headers of its caller', async () => {
    const headers = { 'trace-id': 't' };
    const context = await contextOf({ headers });
    expect(() => Object.assign(context, { user: 'root' })).toThrow(TypeError);
    expect(() => Object.assign(context.headers, { 'trace-id': 'other' })).toThrow(TypeError);
    expect(headers).toEqual({ 'trace-id': 't' });
  });
});

describe('the time of a request to a service', () => {
  it.each([
    [undefined, undefined, 5_000],
    [200, undefined, 200],
    [200, { timeoutMs: 40 }, 40],
    [40, { timeoutMs: 200 }, 200],
  ])('of a service with %p ms and the options %p is up after %d ms', async (timeoutMs, options, expected) => {
    const service = new Service({ ...(timeoutMs === undefined ? {} : { timeoutMs }), handlers: { never } });
    const settled = jest.fn();
    const request = service.sendRequest('never', 1, options);
    request.catch(settled);
    jest.advanceTimersByTime(expected - 1);
    await settle();
    expect(settled).not.toHaveBeenCalled();
    jest.advanceTimersByTime(6);
    await expect(request).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      outcome: 'unknown',
      retryable: false,
      message: `'never' took longer than ${expected} ms`,
    });
    expect({ waiting: deadlines.size, timers: jest.getTimerCount() }).toEqual({ waiting: 0, timers: 0 });
  });

  it("aborts the handler's signal when it is up, with the error that the caller gets", async () => {
    let context: RequestContext | undefined;
    const service = new Service({
      handlers: {
        never: (_data, given) => {
          context = given;
          return never();
        },
      },
    });
    const request = service.sendRequest('never', 1, { timeoutMs: 10 });
    expect(context?.signal.aborted).toBe(false);
    jest.advanceTimersByTime(15);
    const error: unknown = await request.catch((reason: unknown) => reason);
    expect(context?.signal.aborted).toBe(true);
    expect(context?.signal.reason).toBe(error);
  });

  it('does not end with Infinity', async () => {
    const gate = defer<string>();
    const service = new Service({ handlers: { wait: () => gate.promise } });
    const request = service.sendRequest('wait', 1, { timeoutMs: Infinity });
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(10_000_000);
    gate.resolve('done');
    await expect(request).resolves.toBe('done');
  });

  it('leaves no timer when the handler is done in time', async () => {
    const gate = defer();
    const service = new Service({ handlers: { wait: () => gate.promise } });
    const request = service.sendRequest('wait', 1, { timeoutMs: 60_000 });
    expect(jest.getTimerCount()).toBe(1);
    gate.resolve();
    await request;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('passes the time and the signal of the outer request on to the inner one', async () => {
    let inner: RequestContext | undefined;
    const service: Service = new Service({
      handlers: {
        outer: (_data, context) => service.sendRequest('inner', 1, { context, timeoutMs: 60_000 }),
        inner: (_data, context) => {
          inner = context;
          return never();
        },
      },
    });
    const now = performance.now();
    const request = service.sendRequest('outer', 1, { timeoutMs: 30 });
    expect(inner?.deadline).toBe(now + 30);
    jest.advanceTimersByTime(40);
    await expect(request).rejects.toMatchObject({ code: 'TIMEOUT' });
    await settle();
    expect(inner?.signal.aborted).toBe(true);
    expect({ running: service.running, timers: jest.getTimerCount() }).toEqual({ running: 0, timers: 0 });
  });

  it('does nothing about what a handler does after its time', async () => {
    const late = defer();
    const service = new Service({ handlers: { wait: () => late.promise } });
    const request = service.sendRequest('wait', 1, { timeoutMs: 10 });
    jest.advanceTimersByTime(15);
    await expect(request).rejects.toMatchObject({ code: 'TIMEOUT' });
    late.reject(new Error('nobody hears this'));
    await settle();
  });
});

describe('a request to a service that is aborted', () => {
  it.each([[{ timeoutMs: 100 }], [{ timeoutMs: Infinity }]])(
    'while it runs settles at once, and the signal of the handler aborts: %p',
    async (options) => {
      const controller = new AbortController();
      let context: RequestContext | undefined;
      const service = new Service({
        handlers: {
          never: (_data, given) => {
            context = given;
            return never();
          },
        },
      });
      const request = service.sendRequest('never', 1, { ...options, signal: controller.signal });
      const reason = new Error('enough');
      controller.abort(reason);
      const error: unknown = await request.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'CancelledError', code: 'ABORTED', outcome: 'unknown', cause: reason });
      expect(context?.signal.reason).toBe(error);
      expect({ running: service.running, timers: jest.getTimerCount() }).toEqual({ running: 0, timers: 0 });
    },
  );

  it('leaves no listener behind, whoever had one', async () => {
    const { signal } = new AbortController();
    const outer = { ...contextWith({}), deadline: Infinity, signal: new AbortController().signal } as MessageContext;
    const left = () => [signal, outer.signal].map((each) => getEventListeners(each, 'abort').length);
    const gate = defer();
    const service = new Service({ handlers: { wait: () => gate.promise } });
    const request = service.sendRequest('wait', 1, { signal, context: outer });
    expect(left()).toEqual([1, 1]);
    gate.resolve();
    await request;
    expect(left()).toEqual([0, 0]);
  });

  it('is no request at all if it was aborted before', async () => {
    const handler = jest.fn();
    const service = new Service({ handlers: { a: handler } });
    await expect(service.sendRequest('a', 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
    });
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('closing a service', () => {
  it('waits for what runs, and refuses what is new', async () => {
    const gate = defer<string>();
    const service = new Service({ handlers: { wait: () => gate.promise } });
    const request = service.sendRequest('wait');
    const closed = jest.fn();
    const close = service.close().then(closed);
    await expect(service.sendRequest('wait')).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'CLOSED',
      outcome: 'not-sent',
    });
    await settle();
    expect(closed).not.toHaveBeenCalled();
    gate.resolve('done');
    await expect(request).resolves.toBe('done');
    await close;
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    [undefined, 5_000],
    [{ timeoutMs: 20 }, 20],
  ])('with the options %p cuts off what still runs after %d ms', async (options, afterMs) => {
    let context: RequestContext | undefined;
    const service = new Service({
      handlers: {
        never: (_data, given) => {
          context = given;
          return never();
        },
      },
    });
    const request = service.sendRequest('never', 1, { timeoutMs: Infinity });
    request.catch(() => undefined);
    const closed = jest.fn();
    const close = service.close(options).then(closed);
    jest.advanceTimersByTime(afterMs - 1);
    await settle();
    expect(closed).not.toHaveBeenCalled();
    jest.advanceTimersByTime(6);
    await close;
    await expect(request).rejects.toMatchObject({ code: 'CLOSED', outcome: 'unknown', retryable: false });
    expect(context?.signal.reason).toMatchObject({ code: 'CLOSED' });
    expect({ running: service.running, timers: jest.getTimerCount() }).toEqual({ running: 0, timers: 0 });
  });

  it.each([{ timeoutMs: 0 }, { drain: false }])('with %j cuts off at once', async (options) => {
    const service = new Service({ handlers: { never } });
    const request = service.sendRequest('never');
    request.catch(() => undefined);
    await service.close(options);
    await expect(request).rejects.toMatchObject({ code: 'CLOSED', outcome: 'unknown' });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('twice is once', async () => {
    const service = new Service();
    const first = service.close();
    expect(service.close({ timeoutMs: 0 })).toBe(first);
    expect(service.close()).toBe(first);
    await first;
  });

  it('waits for all that runs', async () => {
    const gates = [defer(), defer()];
    const service = new Service({ handlers: { wait: (n) => gates[n as number]?.promise } });
    const requests = [0, 1].map((n) => service.sendRequest('wait', n));
    const closed = jest.fn();
    const close = service.close().then(closed);
    gates[0]?.resolve();
    await settle();
    expect(closed).not.toHaveBeenCalled();
    gates[1]?.resolve();
    await close;
    await Promise.all(requests);
  });

  it('is what leaving its scope does', async () => {
    const gate = defer();
    const service = new Service({ handlers: { wait: () => gate.promise } });
    const request = service.sendRequest('wait');
    const disposed = jest.fn();
    const disposal = service[Symbol.asyncDispose]().then(disposed);
    await expect(service.sendRequest('wait')).rejects.toMatchObject({ code: 'CLOSED' });
    await settle();
    expect(disposed).not.toHaveBeenCalled();
    gate.resolve();
    await Promise.all([request, disposal]);
  });

  it.each([{ timeoutMs: -1 }, { timeoutMs: NaN }, { force: true }])(
    'with the options %j rejects, and closes nothing',
    async (options) => {
      const service = new Service({ handlers: { a: () => 1 } });
      await expect(service.close(options as object)).rejects.toMatchObject({ code: 'BAD_OPTION' });
      await expect(service.sendRequest('a')).resolves.toBe(1);
    },
  );
});
