import { describe, expect, it } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import type { Message, MessageContext, OverloadedError } from '@liberzmq/core';
import { rateLimit, type RateLimitOptions } from '../../src/messages/rate-limit.js';
import { messageWith, pairsOfTest, until } from './pairs.js';
import { pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

/** So slow that nothing comes back while a test runs. */
const SLOW = { perSecond: 0.001, burst: 2 };

describe('between endpoints', () => {
  const open = pairsOfTest();

  it('requests beyond it are refused before the handler runs, and told when to come again', async () => {
    let runs = 0;
    const pair = await open('request', { handler: () => (runs += 1) });
    pair.receiver.addMiddleware(rateLimit(SLOW));
    expect([await pair.send(1), await pair.send(1)]).toEqual([1, 2]);
    const error = await pair.send(1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'OverloadedError', code: 'OVERLOADED', outcome: 'answered', retryable: true });
    const { retryAfterMs } = error as OverloadedError;
    expect(retryAfterMs).toBeGreaterThan(900_000);
    expect(Number.isInteger(retryAfterMs)).toBe(true);
    expect(runs).toBe(2);
  });

  it.each(PATTERNS.filter((pattern) => pattern !== 'request'))(
    'other messages beyond it are dropped: %s',
    async (pattern) => {
      const pair = await open(pattern);
      pair.receiver.addMiddleware(rateLimit(SLOW));
      for (let n = 0; n < 5; n += 1) await pair.send(n);
      await until(() => pair.receiver.stats().drops['rate-limit'] === 3, 'they are counted');
      expect(pair.arrived.map(({ body }) => body)).toEqual([0, 1]);
    },
  );

  it.each(PATTERNS)('what goes out beyond it is not sent: %s', async (pattern) => {
    const pair = await open(pattern);
    pair.sender.addMiddleware(rateLimit({ ...SLOW, direction: 'outgoing' }));
    for (let n = 0; n < 2; n += 1) await pair.exchange(n);
    const code = pattern === 'request' ? 'OVERLOADED' : 'BACKPRESSURE';
    await expect(pair.send(2)).rejects.toMatchObject({
      code,
      outcome: 'not-sent',
      retryable: true,
      details: { retryAfterMs: expect.any(Number) },
      message: expect.stringContaining('rateLimit()'),
    });
    expect(pair.arrived).toHaveLength(2);
  });

  it('limits each client by itself', async () => {
    const one = await open('request', { address: 'tcp://127.0.0.1:*' });
    const middleware = rateLimit(SLOW);
    one.receiver.addMiddleware(middleware);
    const two = await open('request');
    two.receiver.addMiddleware(middleware);
    for (const pair of [one, two]) for (let n = 0; n < 2; n += 1) expect(await pair.send(n)).toBe(n);
    for (const pair of [one, two]) await expect(pair.send(1)).rejects.toMatchObject({ code: 'OVERLOADED' });
  });
});

describe('what is counted together', () => {
  useFakeClock();
  const from = (peer: string, principal?: string): Partial<Message> => ({
    context: { peer } as MessageContext,
    principal: principal === undefined ? undefined : { id: principal },
  });
  const through = (options: Partial<RateLimitOptions>, messages: Partial<Message>[]): boolean[] => {
    const { incoming } = rateLimit({ perSecond: 1, burst: 1, ...options });
    return messages.map((known) => {
      let isThrough = false;
      const message = messageWith({ direction: 'incoming', ...known });
      void incoming?.(message, () => Promise.resolve(void (isThrough = true)));
      return isThrough;
    });
  };

  it.each<[string, RateLimitOptions['by'], Partial<Message>[], boolean[]]>([
    ['a peer', undefined, [from('a'), from('b'), from('a')], [true, true, false]],
    ['a subject', 'subject', [{ subject: 'x' }, { subject: 'y' }, { subject: 'x' }], [true, true, false]],
    ['a principal', 'principal', [from('a', 'ada'), from('b', 'ada'), from('a', 'bob')], [true, false, true]],
    [
      'a peer without one',
      'principal',
      [from('a'), from('a'), from('b'), from('c', 'peer a')],
      [true, false, true, true],
    ],
    ['all', 'all', [from('a'), from('b')], [true, false]],
    [
      'what a function says',
      ({ body }) => String(body),
      [{ body: 1 }, { body: '1' }, { body: 2 }],
      [true, false, true],
    ],
    ['those whose peer is not known', 'peer', [{}, {}], [true, false]],
  ])('%s', (_what, by, messages, expected) => {
    expect(through({ by }, messages)).toEqual(expected);
  });

  it('not replies', () => {
    const request = messageWith({ pattern: 'request' });
    expect(
      through({}, [
        { pattern: 'request', request },
        { pattern: 'request', request },
      ]),
    ).toEqual([true, true]);
  });

  it('comes back with time', async () => {
    const { incoming } = rateLimit({ perSecond: 10, burst: 1 });
    const take = (): string => {
      let what = 'through';
      void incoming?.(messageWith({ direction: 'incoming', drop: (reason) => (what = reason) }), () =>
        Promise.resolve(),
      );
      return what;
    };
    expect([take(), take()]).toEqual(['through', 'rate-limit']);
    await pass(100);
    expect([take(), take()]).toEqual(['through', 'rate-limit']);
  });

  it('holds what a second brings, if nothing else is said, and one at least', () => {
    const many = Array.from({ length: 5 }, () => ({}));
    expect(through({ perSecond: 3, burst: undefined }, many).filter(Boolean)).toHaveLength(3);
    expect(through({ perSecond: 0.1, burst: undefined }, many).filter(Boolean)).toHaveLength(1);
  });
});

it.each<[string, unknown]>([
  ['no rate', {}],
  ['a rate of 0', { perSecond: 0 }],
  ['a rate of Infinity', { perSecond: Infinity }],
  ['a burst below 1', { perSecond: 1, burst: 0.5 }],
  ['a kind that there is not', { perSecond: 1, by: 'host' }],
  ['a direction that there is not', { perSecond: 1, direction: 'both' }],
  ['no keys', { perSecond: 1, maxKeys: 0 }],
  ['an option that there is not', { perSecond: 1, limit: 1 }],
])('refuses %s', (_what, options) => {
  expect(() => rateLimit(options as RateLimitOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

it('says so if what makes keys makes none', () => {
  const { incoming } = rateLimit({ perSecond: 1, by: () => 7 as never });
  expect(() => incoming?.(messageWith({ direction: 'incoming' }), () => Promise.resolve())).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('by') }),
  );
});
