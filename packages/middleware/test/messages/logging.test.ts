import { describe, expect, it, jest } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { RemoteError, type Logger, type Message } from '@liberzmq/core';
import { logging } from '../../src/messages/logging.js';
import type { LoggingMiddlewareOptions } from '../../src/messages/logging-options.js';
import { fakeLogger } from './fake-logger.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { messageWith, pairsOfTest, passed, until } from './pairs.js';

const open = pairsOfTest();

describe('one line for each message', () => {
  it.each(PATTERNS)('that goes out and comes in: %s', async (pattern) => {
    const { logger, lines } = fakeLogger();
    const pair = await open(pattern);
    for (const end of [pair.sender, pair.receiver]) end.addMiddleware(logging(logger));
    await pair.exchange({ n: 1 }, { headers: { a: 'b' } });
    await until(() => lines.length === (pattern === 'request' ? 4 : 2), 'all are logged');
    const subject = pattern === 'route' ? expect.any(String) : 'act.now';
    const facts = { level: 'info', pattern, subject, headers: { a: 'b' }, body: { n: 1 } };
    expect(lines.slice(0, 2)).toMatchObject([
      { ...facts, direction: 'outgoing', text: expect.stringMatching(/^sent the /) },
      { ...facts, direction: 'incoming', text: expect.stringMatching(/^received the /) },
    ]);
  });

  it('names the request and the peer, of replies too', async () => {
    const { logger, lines } = fakeLogger();
    const pair = await open('request');
    pair.receiver.addMiddleware(logging(logger));
    await pair.send('x');
    const { requestId, peer } = lines[0]!;
    expect(lines).toEqual([
      {
        level: 'info',
        text: "received the request 'act.now'",
        direction: 'incoming',
        pattern: 'request',
        subject: 'act.now',
        body: 'x',
        requestId: expect.any(String),
        peer: expect.any(String),
      },
      {
        level: 'info',
        text: "sent the reply to 'act.now'",
        direction: 'outgoing',
        pattern: 'request',
        subject: 'act.now',
        body: 'x',
        requestId,
        peer,
      },
    ]);
  });

  it.each([
    ['at another level', { level: 'debug' }, { level: 'debug', body: 'x' }],
    ['without bodies', { bodies: false }, { level: 'info', body: undefined }],
  ] as const)('%s', (_what, options, expected) => {
    const { logger, lines } = fakeLogger();
    passed(logging(logger, options), { body: 'x' });
    expect({ body: undefined, ...lines[0] }).toMatchObject(expected);
  });

  it.each(['warn', 'silent'])('but none, and no look at the body, for a logger of the level %s', (level) => {
    const { logger, lines } = fakeLogger(level);
    const body = {
      get read(): never {
        throw new Error('it was looked at');
      },
    };
    passed(logging(logger), { body });
    expect(lines).toEqual([]);
  });

  it('asks a logger that has a level of its own making', () => {
    const { logger, lines } = fakeLogger('chatty');
    passed(logging(logger), {});
    passed(logging(Object.assign(logger, { isLevelEnabled: (level: string) => level !== 'info' })), {});
    expect(lines).toHaveLength(1);
  });
});

describe('what is not to be seen', () => {
  const headers = { authorization: 'secret', cookie: 'secret too' };
  const body = {
    password: 'pw',
    users: [
      { name: 'a', token: 1 },
      { name: 'b', token: 2 },
    ],
  };

  it.each<[string, LoggingMiddlewareOptions, object]>([
    ['authorization by itself', {}, { headers: { authorization: '[REDACTED]', cookie: 'secret too' }, body }],
    ['nothing if one says so', { showAuthorization: true }, { headers, body }],
    [
      'paths as pino has them',
      { redact: ['body.password', 'body.users[*].token', 'headers["cookie"]', 'body.no.such'] },
      {
        headers: { authorization: '[REDACTED]', cookie: '[REDACTED]' },
        body: {
          password: '[REDACTED]',
          users: [
            { name: 'a', token: '[REDACTED]' },
            { name: 'b', token: '[REDACTED]' },
          ],
        },
      },
    ],
    [
      'paths that cross',
      { redact: ['body.users[0].name', 'body.users[*].token'] },
      {
        body: {
          password: 'pw',
          users: [
            { name: '[REDACTED]', token: '[REDACTED]' },
            { name: 'b', token: '[REDACTED]' },
          ],
        },
      },
    ],
    ['a body as a whole', { redact: ['body'] }, { body: '[REDACTED]' }],
  ])('%s', (_what, options, expected) => {
    const { logger, lines } = fakeLogger();
    const before = structuredClone({ headers, body });
    passed(logging(logger, options), { headers, body });
    expect(lines[0]).toMatchObject(expected);
    expect({ headers, body }).toEqual(before);
  });

  it('is not seen in the lines of what failed either', () => {
    const { logger, lines } = fakeLogger();
    const message = messageWith({ headers, body });
    logging(logger).settled?.(message, { error: new Error('no'), dropped: undefined });
    expect(JSON.stringify(lines)).not.toMatch(/secret"|pw/);
    expect(lines[0]).toMatchObject({ headers: { authorization: '[REDACTED]' } });
  });
});

describe('a body that cannot be logged', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const throwing = {
    get bad(): never {
      throw new Error('no');
    },
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it.each<[string, unknown, unknown]>([
    ['one that contains itself', cyclic, { self: '[circular]' }],
    ['a large integer', { n: 12n }, { n: '12n' }],
    ['bytes', [Buffer.alloc(5), new ArrayBuffer(3)], ['[5 bytes]', '[3 bytes]']],
    ['one that throws when it is read', { a: throwing, b: 1 }, { a: '[cannot be read]', b: 1 }],
    ['one that cannot be touched', { a: revoked.proxy }, { a: '[cannot be read]' }],
    ['a function and a symbol', [() => 1, Symbol('s')], ['[a function]', '[Symbol(s)]']],
    ['a map and a set', [new Map([['a', 1]]), new Set([2])], [{ a: 1 }, [2]]],
    ['dates', [new Date(0), new Date(NaN)], ['1970-01-01T00:00:00.000Z', '[no date]']],
    ['an error', [new RangeError('far')], ['[RangeError: far]']],
    ['a value with a form of its own', [new URL('tcp://a:1')], ['tcp://a:1']],
    ['a text that is too long', ['x'.repeat(20_000)], [`${'x'.repeat(10_000)}[20000 characters]`]],
    ['a key that is a special one', JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
  ])('is logged as far as it can be: %s', (_what, body, expected) => {
    const { logger, lines } = fakeLogger();
    passed(logging(logger), { body });
    expect(JSON.stringify(lines[0]?.['body'])).toBe(JSON.stringify(expected));
  });

  it.each<[string, unknown]>([
    ['wide', Array.from({ length: 100_000 }, (_each, n) => n)],
    ['wide and nested', Object.fromEntries(Array.from({ length: 300 }, (_each, n) => [n, [1, 2, 3, 4, 5]]))],
    ['deep', Array.from({ length: 50 }).reduce((inner) => [inner], 'x')],
  ])('is cut where it is too %s', (_what, body) => {
    const { logger, lines } = fakeLogger();
    passed(logging(logger), { body });
    const text = JSON.stringify(lines[0]);
    expect(text).toMatch(/\[and more\]|\[too deep\]/);
    expect(text.length).toBeLessThan(20_000);
  });

  it('fails no message, whatever the logger does', async () => {
    const { logger } = fakeLogger();
    logger.info = () => {
      throw new Error('full');
    };
    const pair = await open('request');
    pair.sender.addMiddleware(logging(logger));
    expect(await pair.send(1)).toBe(1);
  });
});

describe('what failed or was dropped', () => {
  useFakeClock();

  it.each<[string, unknown, string | undefined, object]>([
    ['an error of ours', new RemoteError('REMOTE', 'no'), undefined, { level: 'error', code: 'REMOTE' }],
    ['an error of others', new TypeError('no'), undefined, { level: 'error', text: "the request 'pay' failed" }],
    [
      'a drop',
      undefined,
      'rate-limit',
      { level: 'warn', dropped: 'rate-limit', text: "the request 'pay' was dropped: rate-limit" },
    ],
    ['a drop that its caller hears of', new RemoteError('REMOTE', 'no'), 'mine', { level: 'error', dropped: 'mine' }],
  ])('is logged whatever the sample, and how long it took: %s', (_what, error, dropped, expected) => {
    const { logger, lines } = fakeLogger();
    const middleware = logging(logger, { sample: 0 });
    const message = passed(middleware, { pattern: 'request', subject: 'pay' });
    jest.advanceTimersByTime(250);
    middleware.settled?.(message, { error, dropped });
    expect(lines).toEqual([expect.objectContaining({ durationMs: 250, subject: 'pay', ...expected })]);
  });

  it('is not logged if nothing was wrong, or if the level is too high', () => {
    const { logger, lines } = fakeLogger('fatal');
    const message = messageWith({});
    logging(logger).settled?.(message, { error: new Error('no'), dropped: undefined });
    logging(fakeLogger().logger).settled?.(message, { error: undefined, dropped: undefined });
    expect(lines).toEqual([]);
  });

  it('is logged without a duration if it did not get that far', () => {
    const { logger, lines } = fakeLogger();
    logging(logger).settled?.(messageWith({}), { error: new Error('no'), dropped: undefined });
    expect(lines[0]).not.toHaveProperty('durationMs');
  });
});

it('what a handler throws is logged at both ends', async () => {
  const { logger, lines } = fakeLogger('warn');
  const pair = await open('request', {
    handler: () => {
      throw new RemoteError('REMOTE', 'not today');
    },
  });
  for (const end of [pair.sender, pair.receiver]) end.addMiddleware(logging(logger));
  await expect(pair.send(1)).rejects.toThrow('not today');
  await until(() => lines.length === 2, 'both are logged');
  const facts = { level: 'error', code: 'REMOTE', subject: 'act.now', durationMs: expect.any(Number) };
  expect(lines).toEqual([
    expect.objectContaining({ ...facts, direction: 'incoming' }),
    expect.objectContaining({ ...facts, direction: 'outgoing' }),
  ]);
});

describe('a sample', () => {
  it.each([
    [0, 0],
    [1, 400],
  ])('of %d logs %d of 200 requests and their replies', async (sample, expected) => {
    const { logger, lines } = fakeLogger();
    const pair = await open('request');
    pair.sender.addMiddleware(logging(logger, { sample }));
    await Promise.all(Array.from({ length: 200 }, (_each, n) => pair.send(n)));
    expect(lines).toHaveLength(expected);
  });

  it('of a half logs about half, requests together with their replies', async () => {
    const { logger, lines } = fakeLogger();
    const pair = await open('request');
    pair.sender.addMiddleware(logging(logger, { sample: 0.5 }));
    await Promise.all(Array.from({ length: 400 }, (_each, n) => pair.send(n)));
    const bodies = (direction: string): unknown[] =>
      lines.filter((line) => line['direction'] === direction).map((line) => line['body']);
    expect(bodies('incoming')).toEqual(bodies('outgoing'));
    expect(bodies('outgoing').length).toBeGreaterThan(120);
    expect(bodies('outgoing').length).toBeLessThan(280);
  });
});

it.each<[string, unknown, unknown]>([
  ['no logger', undefined, {}],
  ['something else as a logger', { info: () => undefined }, {}],
  ['a level that there is not', fakeLogger().logger, { level: 'loud' }],
  ['a path that is none', fakeLogger().logger, { redact: ['body[0'] }],
  ['a sample above 1', fakeLogger().logger, { sample: 2 }],
  ['an option that there is not', fakeLogger().logger, { format: 'json' }],
])('refuses %s', (_what, logger, options) => {
  expect(() => logging(logger as Logger, options as LoggingMiddlewareOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('logging') }),
  );
});

it('the message is the one that comes and goes', () => {
  const seen: Message[] = [];
  const message = messageWith({ body: 1 });
  void logging(fakeLogger().logger).outgoing?.(message, () => Promise.resolve(void seen.push(message)));
  expect(seen).toEqual([message]);
});
