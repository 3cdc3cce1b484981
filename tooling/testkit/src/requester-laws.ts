import { afterEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { createError, type ActionHandler, type Requester, type RequestOptions } from '@liberzmq/core';
import { BAD_REQUESTS, ERRORS_OF_OURS, RESULTS } from './requester-law-cases.js';
import {
  callOf,
  contextWith,
  expectShort,
  gateOf,
  LONG_MS,
  never,
  nextTurn,
  SHORT_MS,
  soon,
  until,
} from './requester-law-steps.js';
import { TimerWatch } from './timer-watch.js';

/** A requester that the laws are tried on. */
export interface RequesterHarness {
  readonly requester: Requester;
  /** How an error comes out that is not one of ours: as it is, or as a `RemoteError` with the code `REMOTE` and its message. */
  readonly foreignErrors: 'unchanged' | 'remote';
  /** Closes what the requester does not close itself, such as the server that it talks to. */
  close(): Promise<void>;
}

/** Makes a requester whose actions are answered by these handlers. */
export type MakeRequesterHarness = (
  handlers: Readonly<Record<string, ActionHandler>>,
) => RequesterHarness | Promise<RequesterHarness>;

/** More than enough to show that requests do not share what is theirs. */
const MANY = 1_000;

/**
 * The laws that every requester obeys, so that they nest in any order: run it for each thing that is one.
 * The action `act` is whatever the law at hand wants of it.
 * @example
 * ```ts
 * describeRequesterLaws('Service', (handlers) => ({
 *   requester: new Service({ handlers }),
 *   foreignErrors: 'unchanged',
 *   close: async () => {},
 * }));
 * ```
 */
export function describeRequesterLaws(name: string, makeHarness: MakeRequesterHarness): void {
  const opened: RequesterHarness[] = [];

  async function start(act: ActionHandler): Promise<Subject> {
    const calls: unknown[] = [];
    const started: (() => void)[] = [];
    const harness = await makeHarness({
      warmUp: () => null,
      act: (data, context) => {
        calls.push(data);
        for (const tell of started.splice(0)) tell();
        return act(data, context);
      },
    });
    opened.push(harness);
    // What has to connect has done so, and no time-out of a law pays for it.
    await harness.requester.sendRequest('warmUp');
    return { ...harness, calls, nextCall: () => new Promise((resolve) => started.push(resolve)) };
  }

  describe(`${name}, as every requester,`, () => {
    afterEach(async () => {
      for (const harness of opened.splice(0)) {
        await harness.requester.close({ timeoutMs: 0 });
        await harness.close();
      }
    });

    describe('never throws synchronously', () => {
      it.each(BAD_REQUESTS)('but rejects %s with BAD_OPTION, and runs nothing', async (_what, action, options) => {
        const { requester, calls } = await start(() => 1);
        const request = callOf(() => requester.sendRequest(action as string, 1, options as RequestOptions));
        await expect(request).rejects.toMatchObject({ name: 'ConfigurationError', code: 'BAD_OPTION' });
        expect(calls).toEqual([]);
      });

      it('but rejects a close with a bad option, and stays open', async () => {
        const { requester } = await start(() => 1);
        await expect(callOf(() => requester.close({ timeoutMs: -1 }))).rejects.toMatchObject({ code: 'BAD_OPTION' });
        await expect(requester.sendRequest('act')).resolves.toBe(1);
      });

      it('when it is closed', async () => {
        const { requester } = await start(() => 1);
        await requester.close();
        await expect(callOf(() => requester.sendRequest('act'))).rejects.toMatchObject({ code: 'CLOSED' });
      });
    });

    describe('passes through unchanged', () => {
      it.each(RESULTS)('the result %j', async (result) => {
        const { requester, calls } = await start((data) => data);
        await expect(requester.sendRequest('act', result)).resolves.toEqual(result);
        expect(calls).toEqual([result]);
      });

      it.each(ERRORS_OF_OURS)('an error of ours: $code', async (error) => {
        const { requester } = await start(() => Promise.reject(error));
        const { name, code, message, retryable, details } = error;
        const received = requester.sendRequest('act');
        await expect(received).rejects.toMatchObject({ name, code, message, retryable });
        await expect(received.catch((thrown: unknown) => (thrown as typeof error).details)).resolves.toEqual(details);
      });

      it('an error that is not ours, or its message', async () => {
        const error = new TypeError('x is not a function');
        const { requester, foreignErrors } = await start(() => {
          throw error;
        });
        const received = await requester.sendRequest('act').catch((thrown: unknown) => thrown);
        if (foreignErrors === 'unchanged') expect(received).toBe(error);
        else expect(received).toMatchObject({ name: 'RemoteError', code: 'REMOTE', message: error.message });
      });

      it('the headers', async () => {
        const { requester } = await start((_data, { headers }) => headers);
        const headers = { 'trace-id': 't-1', tenant: 'ä' };
        await expect(requester.sendRequest('act', 1, { headers })).resolves.toEqual(headers);
      });
    });

    describe('takes timeoutMs as the one budget of a request', () => {
      it('and rejects with TIMEOUT when it is used up, though the handler never settles', async () => {
        const { requester } = await start(never);
        const from = performance.now();
        await expect(soon(requester.sendRequest('act', 1, { timeoutMs: SHORT_MS }))).rejects.toMatchObject({
          name: 'TimeoutError',
          code: 'TIMEOUT',
          outcome: 'unknown',
          retryable: false,
        });
        expectShort(from);
      });

      it('and waits for ever with Infinity', async () => {
        const { requester } = await start(() => nextTurn().then(() => 'done'));
        await expect(requester.sendRequest('act', 1, { timeoutMs: Infinity })).resolves.toBe('done');
      });

      it('of which no more is left than the deadline of its context allows', async () => {
        const { requester } = await start(never);
        const from = performance.now();
        const context = contextWith({ deadline: from + SHORT_MS });
        await expect(soon(requester.sendRequest('act', 1, { context, timeoutMs: LONG_MS }))).rejects.toMatchObject({
          code: 'TIMEOUT',
        });
        expectShort(from);
      });

      it('and sends nothing when the deadline of its context is over', async () => {
        const { requester, calls } = await start(() => 1);
        const context = contextWith({ deadline: performance.now() - 1 });
        await expect(requester.sendRequest('act', 1, { context })).rejects.toMatchObject({
          code: 'TIMEOUT',
          outcome: 'not-sent',
        });
        expect(calls).toEqual([]);
      });
    });

    describe.each([
      ['its signal', (signal: AbortSignal): RequestOptions => ({ signal })],
      ['the signal of its context', (signal: AbortSignal): RequestOptions => ({ context: contextWith({ signal }) })],
    ])('obeys %s', (_which, optionsWith) => {
      const reason = new Error('enough');

      it('that has aborted already: nothing is sent, whatever else is wrong', async () => {
        const { requester, calls } = await start(() => 1);
        const options = { ...optionsWith(AbortSignal.abort(reason)), timeoutMs: 0.001 };
        await expect(requester.sendRequest('act', 1, options)).rejects.toMatchObject({
          name: 'CancelledError',
          code: 'ABORTED',
          outcome: 'not-sent',
          cause: reason,
        });
        await requester.sendRequest('warmUp');
        expect(calls).toEqual([]);
      });

      it('that aborts right after the call', async () => {
        const { requester } = await start(never);
        const controller = new AbortController();
        const request = requester.sendRequest('act', 1, { ...optionsWith(controller.signal), timeoutMs: LONG_MS });
        controller.abort(reason);
        await expect(soon(request)).rejects.toMatchObject({ code: 'ABORTED', cause: reason });
      });

      it('that aborts while the handler runs: the request settles at once', async () => {
        const { requester, nextCall } = await start(never);
        const controller = new AbortController();
        const running = nextCall();
        const request = requester.sendRequest('act', 1, { ...optionsWith(controller.signal), timeoutMs: LONG_MS });
        await running;
        controller.abort(reason);
        await expect(soon(request)).rejects.toMatchObject({
          name: 'CancelledError',
          code: 'ABORTED',
          outcome: 'unknown',
          retryable: false,
          cause: reason,
        });
      });

      it.each([
        ['a result', () => 1, LONG_MS],
        ['an error', () => Promise.reject(createError('REMOTE', 'no')), LONG_MS],
        ['a time-out', never, SHORT_MS],
      ])('and has no listener left on it after %s', async (_what, act, timeoutMs) => {
        const { requester } = await start(act);
        const { signal } = new AbortController();
        await requester.sendRequest('act', 1, { ...optionsWith(signal), timeoutMs }).catch(() => undefined);
        expect(getEventListeners(signal, 'abort')).toEqual([]);
      });

      it('and has no listener left on it after an abort', async () => {
        const { requester, nextCall } = await start(never);
        const controller = new AbortController();
        const running = nextCall();
        const request = requester.sendRequest('act', 1, { ...optionsWith(controller.signal), timeoutMs: LONG_MS });
        await running;
        controller.abort();
        await soon(request).catch(() => undefined);
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      });
    });

    it('leaves no timer once all is settled', async () => {
      const { requester } = await start((data) => (data === 'never' ? never() : data));
      const timers = new TimerWatch();
      timers.install();
      const controller = new AbortController();
      const requests = [
        requester.sendRequest('act', 1, { timeoutMs: LONG_MS }),
        requester.sendRequest('missing', 1, { timeoutMs: LONG_MS }),
        requester.sendRequest('act', 'never', { timeoutMs: SHORT_MS }),
        requester.sendRequest('act', 'never', { timeoutMs: LONG_MS, signal: controller.signal }),
      ];
      controller.abort();
      const codes = (await soon(Promise.allSettled(requests))).map((settled) =>
        settled.status === 'fulfilled' ? settled.value : (settled.reason as { code: string }).code,
      );
      expect(codes).toEqual([1, 'UNKNOWN_ACTION', 'TIMEOUT', 'ABORTED']);
      await until(
        () => timers.running().length === 0,
        () => `these are over: ${timers.running().join(', ')}`,
      );
    });

    it('settles each of many requests by itself, with its own result', async () => {
      const { requester } = await start(async (data) => {
        const n = data as number;
        if (n < 0) return never();
        if (n % 3 === 1) await nextTurn();
        if (n % 3 === 2) throw createError('REMOTE', `no ${n}`, { details: { n } });
        return { n, square: n * n };
      });
      const controller = new AbortController();
      const stuck = requester.sendRequest('act', -1, { timeoutMs: LONG_MS, signal: controller.signal });
      const numbers = Array.from({ length: MANY }, (_, n) => n);
      const settled = await Promise.allSettled(
        numbers.map((n) => requester.sendRequest('act', n, { timeoutMs: LONG_MS })),
      );
      const wrong = numbers.filter((n) => {
        const one = settled[n];
        if (one?.status === 'fulfilled') return n % 3 === 2 || (one.value as { square?: number }).square !== n * n;
        return n % 3 !== 2 || (one?.reason as { details?: { n: number } }).details?.n !== n;
      });
      expect(wrong).toEqual([]);
      controller.abort();
      await expect(soon(stuck)).rejects.toMatchObject({ code: 'ABORTED' });
    });

    describe('when it is closed', () => {
      it('takes nothing new', async () => {
        const { requester, calls } = await start(() => 1);
        await requester.close();
        await expect(requester.sendRequest('act')).rejects.toMatchObject({
          name: 'ConnectionError',
          code: 'CLOSED',
          outcome: 'not-sent',
          retryable: false,
        });
        expect(calls).toEqual([]);
      });

      it('twice, is closed once: the second call has the promise of the first', async () => {
        const { requester } = await start(() => 1);
        const first = requester.close();
        expect(requester.close({ timeoutMs: 0 })).toBe(first);
        await first;
        expect(requester.close()).toBe(first);
      });

      it('waits for what runs, while it takes nothing new', async () => {
        const gate = gateOf<string>();
        const { requester, nextCall } = await start(() => gate.promise);
        const running = nextCall();
        const request = requester.sendRequest('act', 1, { timeoutMs: LONG_MS });
        await running;
        let closed = false;
        const closing = requester.close({ timeoutMs: LONG_MS }).then(() => {
          closed = true;
        });
        await expect(requester.sendRequest('act')).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
        await nextTurn();
        expect(closed).toBe(false);
        gate.open('done');
        await expect(request).resolves.toBe('done');
        await closing;
      });

      it.each([
        ['after its time', { timeoutMs: SHORT_MS }],
        ['at once with timeoutMs 0', { timeoutMs: 0 }],
        ['at once with drain: false', { drain: false }],
      ])('cuts off what runs %s, which may have run', async (_when, options) => {
        const { requester, nextCall } = await start(never);
        const running = nextCall();
        const request = requester.sendRequest('act', 1, { timeoutMs: LONG_MS });
        const outcome = request.catch((error: unknown) => error);
        await running;
        await soon(requester.close(options));
        expect(await soon(outcome)).toMatchObject({ code: 'CLOSED', outcome: 'unknown', retryable: false });
      });
    });
  });
}

/** A requester, and what the action `act` has been called with. */
interface Subject extends RequesterHarness {
  readonly calls: readonly unknown[];
  /** Resolves when `act` is called next. */
  readonly nextCall: () => Promise<void>;
}
