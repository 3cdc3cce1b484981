import { describe, expect, it, jest } from '@jest/globals';
import { PATTERNS, type MessagePair } from '@liberzmq-tooling/testkit';
import { RemoteError, Client, Server, type Middleware, type RequestContext } from '@liberzmq/core';
import { auth } from '../../src/messages/auth.js';
import { correlation, correlationId } from '../../src/messages/correlation.js';
import { dedupe, type DedupeOptions } from '../../src/messages/dedupe.js';
import { messageWith, nextTurn, pairsOfTest, pushing, until } from './pairs.js';

const open = pairsOfTest();
const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

/** Believes whoever says who it is. */
const who: Middleware = {
  name: 'who',
  incoming(message, next) {
    message.principal = { id: String(message.headers['who']) };
    return next();
  },
};

/** One run of the handler, which ends when the test says so. */
interface Run {
  readonly data: unknown;
  readonly context: RequestContext;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A pair whose server knows keys, and the runs of its handler. */
async function start(options: Partial<DedupeOptions> = {}): Promise<{ pair: MessagePair; runs: Run[] }> {
  const runs: Run[] = [];
  const pair = await open('request', {
    handler: (data, context) => new Promise((resolve, reject) => runs.push({ data, context, resolve, reject })),
  });
  pair.receiver.addMiddleware(dedupe({ windowMs: 60_000, ...options }));
  return { pair, runs };
}

const begun = (runs: Run[], count: number): Promise<void> => until(() => runs.length === count, `${count} runs`);
/** All that was sent before has come to the server: what comes after it has. */
async function arrived(pair: MessagePair, runs: Run[]): Promise<void> {
  const before = runs.length;
  const sent = pair.send('marker').catch(() => undefined);
  await until(() => runs.slice(before).some(({ data }) => data === 'marker'), 'the marker is there');
  runs.findLast(({ data }) => data === 'marker')?.resolve(undefined);
  await sent;
}

describe('requests', () => {
  it('with a key that was seen are given the stored reply, with its headers', async () => {
    const { pair, runs } = await start();
    const seen: unknown[] = [];
    pair.sender.addMiddleware({ name: 'see', incoming: (message, next) => (seen.push(message.headers), next()) });
    const first = pair.send(1, keyed('k'));
    await begun(runs, 1);
    runs[0]!.context.replyHeaders['etag'] = '7';
    runs[0]!.resolve({ n: 1 });
    expect(await first).toEqual({ n: 1 });
    expect(await pair.send(2, keyed('k'))).toEqual({ n: 1 });
    expect(seen).toEqual([{ etag: '7' }, { etag: '7' }]);
    expect(runs).toHaveLength(1);
  });

  it('that come while one runs share it', async () => {
    const { pair, runs } = await start();
    const all = [1, 2, 3].map((n) => pair.send(n, keyed('k')));
    await arrived(pair, runs);
    expect(runs.map(({ data }) => data)).toEqual([1, 'marker']);
    runs[0]!.resolve('done');
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done']);
  });

  it.each<[string, object, object]>([
    ['another key', { ...keyed('a') }, { ...keyed('b') }],
    ['another action', { ...keyed('a') }, { ...keyed('a'), subject: 'other' }],
    ['no key', {}, {}],
  ])('with %s run by themselves', async (_what, one, other) => {
    const { pair, runs } = await start();
    const both = [pair.send(1, one), pair.send(2, other)];
    await begun(runs, 2);
    runs.forEach(({ data, resolve }) => resolve(data));
    expect(await Promise.all(both)).toEqual([1, 2]);
  });

  it('of two principals run by themselves', async () => {
    const { pair, runs } = await start();
    pair.receiver.addMiddleware(who);
    const both = ['ada', 'bob'].map((name) => pair.send(name, { headers: { ...keyed('k').headers, who: name } }));
    await begun(runs, 2);
    runs.forEach(({ data, resolve }) => resolve(data));
    expect(await Promise.all(both)).toEqual(['ada', 'bob']);
  });

  it('are each given a copy of their own, whatever is done to it on the way', async () => {
    const { pair, runs } = await start();
    pair.receiver.addMiddleware(pushing);
    const all = [1, 2, 3].map((n) => pair.send(n, keyed('k')));
    await until(() => runs.length === 1, 'it runs');
    await nextTurn();
    runs[0]!.resolve({ seen: [] });
    const given = [...(await Promise.all(all)), await pair.send(4, keyed('k')), await pair.send(5, keyed('k'))];
    expect(given).toEqual(given.map(() => ({ seen: [1] })));
    expect(runs).toHaveLength(1);
  });

  it('with other credentials, which nobody has looked at, are not answered with what is stored', async () => {
    const { pair, runs } = await start();
    pair.receiver.addMiddleware(
      auth({ verify: (credentials) => (credentials === 'good' ? { id: 'ada' } : undefined) }),
      { position: 'first' },
    );
    const as = (authorization: string) => ({ headers: { ...keyed('k').headers, authorization } });
    const first = pair.send(1, as('good'));
    await begun(runs, 1);
    runs[0]!.resolve('secret');
    expect(await first).toBe('secret');
    for (const options of [as('bad'), keyed('k')])
      await expect(pair.send(2, options)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await pair.send(3, as('good'))).toBe('secret');
    expect(runs).toHaveLength(1);
  });

  it('beyond the limit take nothing from who has fewer', async () => {
    let runs = 0;
    const pair = await open('request', { handler: () => (runs += 1) });
    for (const each of [dedupe({ windowMs: 60_000, max: 3 }), who]) pair.receiver.addMiddleware(each);
    const send = (name: string, key: string) => pair.send(key, { headers: { ...keyed(key).headers, who: name } });
    expect(await send('ada', 'mine')).toBe(1);
    for (let n = 0; n < 5; n += 1) await send('eve', `another ${n}`);
    expect(runs).toBe(6);
    expect(await send('ada', 'mine')).toBe(1);
  });

  it('that fail fail for all that share, and are run anew after that', async () => {
    const { pair, runs } = await start();
    const all = [1, 2].map((n) => pair.send(n, keyed('k')).catch((error: unknown) => error));
    await arrived(pair, runs);
    runs[0]!.reject(new RemoteError('REMOTE', 'no money', { details: 7 }));
    const expected = expect.objectContaining({ code: 'REMOTE', message: 'no money', details: 7 });
    expect(await Promise.all(all)).toEqual([expected, expected]);
    const again = pair.send(3, keyed('k'));
    await begun(runs, 3);
    runs[2]!.resolve('now');
    expect(await again).toBe('now');
  });

  it('go on for others when the first caller has timed out', async () => {
    const { pair, runs } = await start();
    const first = pair.send(1, { ...keyed('k'), timeoutMs: 400 }).catch((error: unknown) => error);
    const second = pair.send(2, keyed('k'));
    expect(await first).toMatchObject({ code: 'TIMEOUT' });
    await until(() => runs[0]?.context.signal.aborted === true, 'the server knows');
    const retry = pair.send(3, keyed('k'));
    await arrived(pair, runs);
    runs[0]!.resolve('late');
    expect(await Promise.all([second, retry])).toEqual(['late', 'late']);
    expect(await pair.send(4, keyed('k'))).toBe('late');
    expect(runs.filter(({ data }) => data !== 'marker')).toHaveLength(1);
  });

  it('are run by one who still waits when the first has failed because its caller is gone', async () => {
    const { pair, runs } = await start();
    const controller = new AbortController();
    const first = pair.send(1, { ...keyed('k'), signal: controller.signal }).catch((error: unknown) => error);
    await begun(runs, 1);
    const gone = pair.send(2, { ...keyed('k'), timeoutMs: 20 }).catch((error: unknown) => error);
    const others = [3, 4].map((n) => pair.send(n, keyed('k')));
    expect(await gone).toMatchObject({ code: 'TIMEOUT' });
    await arrived(pair, runs);
    controller.abort();
    expect(await first).toMatchObject({ code: 'ABORTED' });
    await until(() => runs[0]!.context.signal.aborted, 'the server knows');
    runs[0]!.reject(new Error('I was told to stop'));
    await until(() => runs.at(-1)?.data === 3, 'another one runs it');
    runs.at(-1)!.resolve('at last');
    expect(await Promise.all(others)).toEqual(['at last', 'at last']);
    expect(runs.filter(({ data }) => data !== 'marker').map(({ data }) => data)).toEqual([1, 3]);
  });

  it("that are run in another one's place have the asynchronous context of their own", async () => {
    const { pair, runs } = await start();
    const ids: unknown[] = [];
    pair.receiver.addMiddleware(
      { name: 'who', incoming: (_message, next) => (ids.push(correlationId()), next()) },
      { position: 'first' },
    );
    pair.receiver.addMiddleware(correlation());
    const controller = new AbortController();
    const as = (id: string) => ({ headers: { ...keyed('k').headers, 'correlation-id': id } });
    const first = pair.send(1, { ...as('one'), signal: controller.signal }).catch((error: unknown) => error);
    await begun(runs, 1);
    const second = pair.send(2, as('two'));
    await arrived(pair, runs);
    controller.abort();
    await first;
    await until(() => runs[0]!.context.signal.aborted, 'the server knows');
    runs[0]!.reject(new Error('stopped'));
    await until(() => runs.at(-1)?.data === 2, 'the other one runs');
    runs.at(-1)!.resolve('done');
    expect(await second).toBe('done');
    expect([ids[0], ids.at(-1)]).toEqual(['one', 'two']);
  });

  it('whose caller is gone, and that fail with nobody waiting, are run anew', async () => {
    const { pair, runs } = await start();
    const controller = new AbortController();
    const first = pair.send(1, { ...keyed('k'), signal: controller.signal }).catch((error: unknown) => error);
    await begun(runs, 1);
    controller.abort();
    expect(await first).toMatchObject({ code: 'ABORTED' });
    await until(() => runs[0]!.context.signal.aborted, 'the server knows');
    runs[0]!.reject(new Error('stopped'));
    await nextTurn();
    const again = pair.send(2, keyed('k'));
    await begun(runs, 2);
    runs[1]!.resolve('now');
    expect(await again).toBe('now');
  });

  it.each([
    [
      'throws',
      () => {
        throw new RemoteError('REMOTE', 'lost');
      },
    ],
    [
      'takes a while and throws',
      async () => {
        await nextTurn();
        throw new RemoteError('REMOTE', 'lost');
      },
    ],
    ['drops it', () => undefined],
  ])('are run anew if a middleware before this one %s on the way back', async (_what, lose) => {
    const { pair, runs } = await start();
    let isBad = true;
    pair.receiver.addMiddleware(
      { name: 'losing', outgoing: (_message, next) => (isBad ? lose() : next()) },
      { position: 'first' },
    );
    const all = [1, 2].map((n) => pair.send(n, keyed('k')).catch((error: unknown) => error));
    await arrived(pair, runs);
    runs[0]!.resolve('x');
    expect(await Promise.all(all)).toEqual([
      expect.objectContaining({ code: 'REMOTE' }),
      expect.objectContaining({ code: 'REMOTE' }),
    ]);
    isBad = false;
    const again = pair.send(3, keyed('k'));
    await until(() => runs.at(-1)?.data === 3, 'it runs again');
    runs.at(-1)!.resolve('y');
    expect(await again).toBe('y');
  });

  it('are forgotten after the window, which begins with the reply', async () => {
    const { pair, runs } = await start({ windowMs: 1_000 });
    const clock = jest.spyOn(performance, 'now');
    const now = performance.now();
    try {
      clock.mockImplementation(() => now);
      const first = pair.send(1, keyed('k'));
      await begun(runs, 1);
      clock.mockImplementation(() => now + 500);
      runs[0]!.resolve(1);
      await first;
      clock.mockImplementation(() => now + 1_499);
      expect(await pair.send(2, keyed('k'))).toBe(1);
      clock.mockImplementation(() => now + 1_500);
      const third = pair.send(3, keyed('k'));
      await begun(runs, 2);
      runs[1]!.resolve(3);
      expect(await third).toBe(3);
    } finally {
      clock.mockRestore();
    }
  });

  it('beyond the limit make the oldest go that has ended, and are refused if none has', async () => {
    const { pair, runs } = await start({ max: 2 });
    const send = (key: string) => pair.send(key, keyed(key));
    const [a, b] = [send('a'), send('b')];
    await begun(runs, 2);
    await expect(send('c')).rejects.toMatchObject({
      name: 'OverloadedError',
      code: 'OVERLOADED',
      outcome: 'answered',
      message: expect.stringContaining('max of dedupe()'),
    });
    runs[0]!.resolve('A');
    await a;
    const c = send('c');
    await begun(runs, 3);
    runs[1]!.resolve('B');
    runs[2]!.resolve('C');
    expect(await Promise.all([b, c])).toEqual(['B', 'C']);
    expect(await send('b')).toBe('B');
    const again = send('a');
    await begun(runs, 4);
    runs[3]!.resolve('A2');
    expect(await again).toBe('A2');
  });

  it('of a handler that is done at once are stored as well', async () => {
    let n = 0;
    const pair = await open('request', { handler: () => (n += 1) });
    pair.receiver.addMiddleware(dedupe({ windowMs: 60_000 }));
    expect([await pair.send(0, keyed('k')), await pair.send(0, keyed('k'))]).toEqual([1, 1]);
  });

  it('have no handler: that is the error of all', async () => {
    await using server = await new Server({ address: 'tcp://127.0.0.1:*' }).startServer();
    server.addMiddleware(dedupe({ windowMs: 60_000 }));
    await using client = new Client({ address: server.boundAddress ?? '' });
    for (let n = 0; n < 2; n += 1)
      await expect(client.sendRequest('none', 1, keyed('k'))).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' });
  });
});

describe.each(PATTERNS.filter((pattern) => pattern !== 'request'))('one-way messages: %s', (pattern) => {
  it('with a key that was seen are dropped', async () => {
    const pair = await open(pattern);
    pair.receiver.addMiddleware(dedupe({ windowMs: 60_000 }));
    for (const [body, key] of [
      [1, 'a'],
      [2, 'a'],
      [3, 'b'],
      [4, 'a'],
    ] as const)
      await pair.send(body, keyed(key));
    await pair.send(5);
    await until(() => pair.arrived.length === 3, 'the others have come');
    expect(pair.arrived.map(({ body }) => body)).toEqual([1, 3, 5]);
    expect(pair.receiver.stats().drops).toEqual({ duplicate: 2 });
  });

  it('that the publisher had kept may come again', () => {
    const { incoming } = dedupe({ windowMs: 60_000 });
    const come = (isKept: boolean): string => {
      let became = 'nothing';
      const message = messageWith({
        pattern,
        direction: 'incoming',
        ...keyed('k'),
        isKept,
        drop: (why) => (became = why),
      });
      void incoming?.(message, () => {
        became = 'let through';
        return Promise.resolve();
      });
      return became;
    };
    expect([true, true, false, true].map(come)).toEqual(['let through', 'let through', 'duplicate', 'let through']);
  });

  it('that have failed may come again', async () => {
    const pair = await open(pattern);
    let n = 0;
    pair.receiver.addMiddleware(
      {
        name: 'failing once',
        incoming(_message, next) {
          n += 1;
          if (n === 1) throw new Error('no');
          return next();
        },
      },
      { position: 'first' },
    );
    pair.receiver.addMiddleware(dedupe({ windowMs: 60_000 }));
    for (let sent = 0; sent < 3; sent += 1) {
      await pair.send(sent, keyed('k'));
      await until(
        () => pair.arrived.length + (pair.receiver.stats().drops['duplicate'] ?? 0) === sent + 1,
        'it is there',
      );
    }
    expect(n).toBe(2);
    expect(pair.receiver.stats().drops).toMatchObject({ duplicate: 1 });
  });

  it('beyond the limit make the oldest go', async () => {
    const pair = await open(pattern);
    pair.receiver.addMiddleware(dedupe({ windowMs: 60_000, max: 2 }));
    for (const key of ['a', 'b', 'c', 'a', 'c']) await pair.send(key, keyed(key));
    await pair.send('end');
    await until(() => pair.arrived.at(-1)?.body === 'end', 'all have come');
    expect(pair.arrived.map(({ body }) => body)).toEqual(['a', 'b', 'c', 'a', 'end']);
  });
});

it.each<[string, unknown]>([
  ['no window', {}],
  ['a window of 0', { windowMs: 0 }],
  ['room for none', { windowMs: 1, max: 0 }],
  ['a header in capitals', { windowMs: 1, header: 'Key' }],
  ['an option that there is not', { windowMs: 1, ttlMs: 1 }],
])('refuses %s', (_what, options) => {
  expect(() => dedupe(options as DedupeOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
