import { describe, expect, it, jest } from '@jest/globals';
import { type MessagePair, type PairOptions } from '@liberzmq-tooling/testkit';
import { RemoteError, type Message, type RequestContext } from '@liberzmq/core';
import { cache, type CacheMiddleware, type CacheOptions } from '../../src/messages/cache.js';
import { StoredReplies } from '../../src/messages/stored-replies.js';
import { messageWith, pairsOfTest, passed, pushing, until } from './pairs.js';

const open = pairsOfTest();
const OPTIONS: CacheOptions = { actions: ['act.now'], ttlMs: 60_000 };

/** A pair with a cache at one end, and how often the handler has run. */
async function cached(
  end: 'sender' | 'receiver',
  options: Partial<CacheOptions> = {},
  handler: PairOptions['handler'] = (data) => ({ data }),
): Promise<{ pair: MessagePair; middleware: CacheMiddleware; runs: unknown[] }> {
  const runs: unknown[] = [];
  const pair = await open('request', {
    handler: (data, context) => {
      runs.push(data);
      return handler(data, context);
    },
  });
  const middleware = cache({ ...OPTIONS, ...options });
  pair[end].addMiddleware(middleware);
  return { pair, middleware, runs };
}

describe.each(['sender', 'receiver'] as const)('at the %s', (end) => {
  it('the same request is run once, another one by itself', async () => {
    const { pair, middleware, runs } = await cached(end);
    const ask = async (body: unknown): Promise<void> => expect(await pair.send(body)).toEqual({ data: body });
    for (const body of [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }, { a: 1, b: 2 }, 'x', 'x']) await ask(body);
    expect(runs).toEqual([{ a: 1, b: 2 }, { a: 1 }, 'x']);
    expect(middleware).toMatchObject({ hits: 3, misses: 3 });
  });

  it('so is not one of another action', async () => {
    const { pair, middleware, runs } = await cached(end);
    for (let n = 0; n < 2; n += 1) await pair.send(1, { subject: 'other' });
    expect(runs).toEqual([1, 1]);
    expect(middleware).toMatchObject({ hits: 0, misses: 0 });
  });

  it('so is not one whose time is up', async () => {
    const { pair, runs } = await cached(end, { ttlMs: 1_000 });
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now');
    try {
      for (const later of [0, 500, 900, 2_000]) {
        clock.mockImplementation(() => now + later);
        await pair.send(1);
      }
    } finally {
      clock.mockRestore();
    }
    expect(runs).toEqual([1, 1]);
  });

  it('errors are not stored', async () => {
    let n = 0;
    const { pair, runs } = await cached(end, {}, () => {
      n += 1;
      if (n === 1) throw new RemoteError('REMOTE', 'not yet');
      return n;
    });
    await expect(pair.send(1)).rejects.toThrow('not yet');
    expect([await pair.send(1), await pair.send(1)]).toEqual([2, 2]);
    expect(runs).toHaveLength(2);
  });

  it('headers of the reply are stored with it', async () => {
    const seen: unknown[] = [];
    const { pair } = await cached(end, {}, (_data, { replyHeaders }) => {
      replyHeaders['etag'] = '7';
    });
    pair.sender.addMiddleware(
      { name: 'see', incoming: (message, next) => (seen.push(message.headers), next()) },
      { position: 'first' },
    );
    for (let n = 0; n < 2; n += 1) await pair.send(1);
    expect(seen).toEqual([{ etag: '7' }, { etag: '7' }]);
  });

  it('can be cleared, for an action or as a whole', async () => {
    const { pair, middleware, runs } = await cached(end);
    for (const clear of ['other', 'act.now', undefined]) {
      await pair.send(1);
      middleware.clear(clear);
    }
    await pair.send(1);
    expect(runs).toHaveLength(3);
  });

  it('does not store what was asked for before it was cleared', async () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { pair, middleware, runs } = await cached(end, {}, () => gate);
    const asked = pair.send(1);
    await until(() => runs.length === 1, 'it is asked');
    middleware.clear();
    open();
    await asked;
    await pair.send(1);
    expect(runs).toHaveLength(2);
  });

  it('a request has the key that is made for it, or none', async () => {
    const key = ({ body }: Message): string | undefined => (body === 'never' ? undefined : String(body).slice(0, 1));
    const { pair, runs } = await cached(end, { key });
    for (const body of ['apple', 'avocado', 'never', 'never']) await pair.send(body);
    expect(runs).toEqual(['apple', 'never', 'never']);
  });

  it('keeps so many', async () => {
    const { pair, runs } = await cached(end, { max: 2 });
    for (const body of [1, 2, 3, 3, 2, 1]) await pair.send(body);
    expect(runs).toEqual([1, 2, 3, 1]);
  });
});

it('whoever changes what a client got changes it for nobody else', async () => {
  const { pair, runs } = await cached('sender', {}, () => ({ list: [1] }));
  for (let n = 0; n < 3; n += 1) {
    const result = (await pair.send(1)) as { list: number[] };
    expect(result).toEqual({ list: [1] });
    result.list.push(2);
  }
  expect(runs).toHaveLength(1);
});

it('a step that changes on the way out what a server had stored changes it for nobody else', async () => {
  const { pair, runs } = await cached('receiver', {}, () => ({ seen: [] }));
  pair.receiver.addMiddleware(pushing);
  for (let n = 0; n < 3; n += 1) expect(await pair.send(1)).toEqual({ seen: [1] });
  expect(runs).toHaveLength(1);
});

it('keeps no large bodies as keys', async () => {
  const set = jest.spyOn(StoredReplies.prototype, 'set');
  try {
    const { pair, middleware } = await cached('receiver', {}, () => 'small');
    for (const body of ['x', 'y', 'x'].map((letter) => letter.repeat(10_000))) await pair.send(body);
    expect(set.mock.calls.map(([key]) => key.length)).toEqual([43, 43]);
    expect(middleware).toMatchObject({ hits: 1, misses: 2 });
  } finally {
    set.mockRestore();
  }
});

it('a handler that goes on changing its result changes nothing of what is stored', async () => {
  const kept = { list: [1] };
  const { pair } = await cached('receiver', {}, () => kept);
  await pair.send(1);
  kept.list.push(2);
  expect(await pair.send(1)).toEqual({ list: [1] });
});

it('what is more than data is not stored', async () => {
  class Money {
    toJSON(): string {
      return '1 EUR';
    }
  }
  const { pair, runs } = await cached('receiver', {}, () => new Money());
  expect([await pair.send(1), await pair.send(1)]).toEqual(['1 EUR', '1 EUR']);
  expect(runs).toHaveLength(2);
});

describe('by default two requests are not the same', () => {
  const keysOf = (...messages: Partial<Message>[]): number => {
    const middleware = cache(OPTIONS);
    for (const known of messages)
      passed(middleware, { pattern: 'request', subject: 'act.now', direction: 'incoming', ...known });
    return middleware.misses;
  };

  it('if they are of two principals, or have two credentials', async () => {
    const middleware = cache(OPTIONS);
    const asked = { pattern: 'request', subject: 'act.now', direction: 'incoming', body: 1 } as const;
    const ask = (known: Partial<Message>): boolean => {
      let isAnswered = false as boolean;
      const request = messageWith({ ...asked, ...known, answer: () => (isAnswered = true) });
      const done = Promise.resolve();
      void middleware.incoming?.(request, () => done);
      if (!isAnswered)
        void middleware.outgoing?.(messageWith({ ...asked, direction: 'outgoing', request }), () => done);
      return isAnswered;
    };
    const ada = { principal: { id: 'ada' } };
    const context = { context: { principal: { id: 'ada' } } as unknown as RequestContext };
    const token = { headers: { authorization: 'x' } };
    expect([ask({}), ask(ada), ask({ principal: { id: 'bob' } }), ask(token)]).toEqual([false, false, false, false]);
    expect([ask({}), ask(ada), ask(context), ask(token)]).toEqual([true, true, true, true]);
  });

  it.each<[string, unknown]>([
    ['bytes', Buffer.from('x')],
    ['a date', new Date(0)],
    ['a map', new Map()],
  ])('if their data is more than JSON: %s', (_what, body) => {
    expect(keysOf({ body }, { body })).toBe(0);
  });
});

it.each<[string, unknown]>([
  ['no actions', { ttlMs: 1 }],
  ['no time', { actions: [] }],
  ['a time of 0', { actions: [], ttlMs: 0 }],
  ['room for none', { ...OPTIONS, max: 0 }],
  ['an option that there is not', { ...OPTIONS, ttl: 1 }],
])('refuses %s', (_what, options) => {
  expect(() => cache(options as CacheOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

it('says so if what makes keys makes none', async () => {
  const { pair } = await cached('sender', { key: () => 7 as never });
  await expect(pair.send(1)).rejects.toMatchObject({ code: 'BAD_OPTION', message: expect.stringContaining('key') });
});
