import { afterEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { Message, Middleware, Pattern, Step } from '@liberzmq/core';
import { openPair, PATTERNS, type MessagePair } from './message-pair.js';
import { nextTurn, soon, until } from './requester-law-steps.js';
import { TimerWatch } from './timer-watch.js';

/** The middleware under test, at both ends: the same one, or two that belong together. */
export interface MiddlewareEnds {
  readonly sender: Middleware;
  readonly receiver: Middleware;
}

/** For {@link describeMiddleware}. */
export interface MiddlewareLawOptions {
  /**
   * The patterns that it is for.
   * @defaultValue all
   */
  patterns?: readonly Pattern[];
}

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) deepFreeze(each);
    Object.freeze(value);
  }
  return value;
};
const newBody = () => deepFreeze({ id: 7, text: 'naïve 中文', list: [1, { deep: null }], yes: true });
const newHeaders = () => deepFreeze({ 'of-the-caller': 'kept', 'another-one': '' });

/** How whatever is behind a step does its work. */
const WAYS: readonly (readonly [string, (what: () => Promise<void>) => Promise<void>])[] = [
  ['at once', (what) => what()],
  ['later', (what) => nextTurn().then(what)],
];

/**
 * The laws of every middleware, tried between real endpoints of each pattern: it lets an ordinary message through as it is, but for headers of its own; it calls `next` once; it
 * changes nothing that is its caller's; it lets errors through as they are; it leaves nothing behind.
 * @param make makes what is to do nothing but its duty to messages with the subject `act.now`: a new one for each call.
 * @example
 * ```ts
 * describeMiddleware('timestamp', () => timestamp());
 * ```
 */
export function describeMiddleware(
  name: string,
  make: () => Middleware | MiddlewareEnds,
  { patterns = PATTERNS }: MiddlewareLawOptions = {},
): void {
  const opened: MessagePair[] = [];

  /** A pair with the middleware at both ends, and what those count. */
  async function start(pattern: Pattern): Promise<{ pair: MessagePair; calls: Calls; unnamed: readonly string[] }> {
    const made = make();
    const { sender, receiver } = 'sender' in made ? made : { sender: made, receiver: made };
    const calls = new Calls();
    const pair = await openPair(pattern, { sender: [calls.counted(sender)], receiver: [calls.counted(receiver)] });
    opened.push(pair);
    return { pair, calls, unnamed: [sender, receiver].map((each) => each.name).filter((each) => each === '') };
  }

  describe(`${name}, as every middleware,`, () => {
    afterEach(async () => {
      for (const pair of opened.splice(0)) await pair.close();
    });

    describe.each(patterns.map((pattern) => [pattern] as const))('in the pattern %s', (pattern) => {
      it('lets ordinary messages through, calls next once for each, and changes nothing of its caller', async () => {
        const { pair, calls, unnamed } = await start(pattern);
        const bodies = [newBody(), 'text', [1, 2], 0, null, newBody()];
        for (const body of bodies) {
          const headers = newHeaders();
          const { subject, ...got } = await pair.exchange(body, { headers });
          expect(got.body).toEqual(body);
          expect(got.headers).toMatchObject(headers);
          if (pattern !== 'route') expect(subject).toBe('act.now');
        }
        expect(unnamed).toEqual([]);
        expect(calls.wrong).toEqual([]);
        expect([pair.sender.stats().drops, pair.receiver.stats().drops]).toEqual([{}, {}]);
      });

      if (pattern === 'request')
        it('lets results back through', async () => {
          const { pair } = await start(pattern);
          for (const body of [newBody(), 'text', null, newBody()]) expect(await pair.send(body)).toEqual(body);
        });

      it.each(WAYS)('lets errors of what is behind it through as they are: outgoing, %s', async (_when, way) => {
        const { pair } = await start(pattern);
        const failure = new Error('of the one behind');
        pair.sender.addMiddleware({ name: 'failing', outgoing: () => way(() => Promise.reject(failure)) });
        const error = await soon(pair.send(newBody())).catch((thrown: unknown) => thrown);
        expect(error).toBe(failure);
      });

      it.each(WAYS)('lets errors of what is behind it through as they are: incoming, %s', async (_when, way) => {
        const { pair } = await start(pattern);
        const failure = new Error('of the one behind');
        const seen: unknown[] = [];
        const failing: Step = () => way(() => Promise.reject(failure));
        pair.receiver.addMiddleware({ name: 'failing', incoming: failing }, { position: 'first' });
        pair.receiver.addMiddleware({
          name: 'watching',
          incoming: (_message, next) =>
            next().catch((error: unknown) => {
              seen.push(error);
              throw error;
            }),
        });
        await soon(pair.send(newBody()).catch(() => undefined));
        await until(
          () => seen.length > 0,
          () => 'the error has come out',
        );
        expect(seen).toEqual([failure]);
        expect(seen[0]).toBe(failure);
      });

      it('leaves no timers and no listeners', async () => {
        const timers = new TimerWatch();
        timers.install();
        const { pair } = await start(pattern);
        const { signal } = new AbortController();
        for (let n = 0; n < 3; n += 1) await pair.exchange(newBody(), { signal });
        expect(getEventListeners(signal, 'abort')).toEqual([]);
        await pair.close();
        await until(
          () => timers.running().length === 0,
          () => `these are over: ${timers.running().join(', ')}`,
        );
      });
    });
  });
}

/** Counts how often steps call `next`, and notes what is wrong with it. */
class Calls {
  readonly wrong: string[] = [];

  counted(middleware: Middleware): Middleware {
    const { name, settled, serializer, keepsAsyncContext, outgoing, incoming } = middleware;
    const bound = { settled: settled?.bind(middleware), serializer: serializer?.bind(middleware) };
    const steps = {
      outgoing: outgoing && this.#step(middleware, outgoing),
      incoming: incoming && this.#step(middleware, incoming),
    };
    return { name, keepsAsyncContext, ...bound, ...steps };
  }

  /** What is stopped in another way than by not calling `next` has been answered: a cache does that. */
  #step(middleware: Middleware, step: Step): Step {
    return (message, next) => {
      let times = 0;
      let isAnswered = false;
      const answer = message.answer.bind(message);
      const watched: Pick<Message, 'answer'> = {
        answer(result, headers) {
          isAnswered = true;
          answer(result, headers);
        },
      };
      Object.assign(message, watched);
      const once = (): Promise<void> => {
        times += 1;
        return next();
      };
      const check = (): void => {
        if (times !== (isAnswered ? 0 : 1)) this.wrong.push(`${message.direction}: next was called ${times} times`);
      };
      const done = step.call(middleware, message, once);
      if (done === undefined) check();
      else void done.then(check, () => undefined);
      return done;
    };
  }
}
