import { describe, expect, it } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { AuthenticationError, getLogger, type MessageContext } from '@liberzmq/core';
import { auth, type AuthOptions, type Verify } from '../../src/messages/auth.js';
import { pairsOfTest, until } from './pairs.js';

const open = pairsOfTest();
const sign = (): string => 'letmein';
const verify: Verify = (credentials) => (credentials === 'letmein' ? { id: 'ada', roles: ['admin'] } : undefined);
const ADA = { id: 'ada', roles: ['admin'] };

describe.each(PATTERNS)('%s', (pattern) => {
  it.each<[string, AuthOptions]>([
    ['at once', { sign, verify }],
    ['after a while', { sign: async () => sign(), verify: async (given, message) => verify(given, message) }],
    ['in another header', { sign, verify, header: 'x-token' }],
  ])('who sends is known, and how is not seen: %s', async (_what, options) => {
    const pair = await open(pattern);
    for (const end of [pair.sender, pair.receiver]) end.addMiddleware(auth(options));
    const { principal, headers } = await pair.exchange(1, { headers: { a: 'b' } });
    expect(principal).toEqual(ADA);
    expect(headers).toEqual({ a: 'b' });
  });

  it('what somebody else has put there is replaced', async () => {
    const pair = await open(pattern);
    pair.sender.addMiddleware(
      auth({ sign: ({ headers }) => (headers['authorization'] === undefined ? 'letmein' : 'no') }),
    );
    pair.receiver.addMiddleware(auth({ verify }));
    expect((await pair.exchange(1, { headers: { authorization: 'old' } })).principal).toEqual(ADA);
  });

  it.each<[string, AuthOptions | undefined, Verify, string]>([
    ['without credentials', undefined, verify, "has no header 'authorization'"],
    ['with wrong ones', { sign: () => 'guess-4711' }, verify, 'its credentials are not accepted'],
    [
      'with such as are refused later',
      { sign: () => 'guess-4711' },
      async () => undefined,
      'its credentials are not accepted',
    ],
    [
      'with such as throw',
      { sign: () => 'guess-4711' },
      () => {
        throw new Error('guess-4711 is not in the table');
      },
      'its credentials are not accepted',
    ],
    [
      'with such as throw later',
      { sign },
      () => Promise.reject(new Error('the table is locked')),
      'its credentials are not accepted',
    ],
    [
      'if what proves gives no principal',
      { sign },
      () => ({ name: 'ada' }) as never,
      'its credentials are not accepted',
    ],
  ])('%s it is refused, and nobody is told why', async (_what, signing, verifying, expected) => {
    const pair = await open(pattern);
    if (signing !== undefined) pair.sender.addMiddleware(auth(signing));
    const failures: { error?: { message: string; code: string } }[] = [];
    pair.receiver.addMiddleware(auth({ verify: verifying }));
    pair.receiver.addMiddleware({
      name: 'see',
      settled: (_message, { error }) => void failures.push({ error: error as { message: string; code: string } }),
    });
    const told = await pair.send(1).catch((error: unknown) => error as Error & { code: string });
    await until(() => failures.length === 1, 'it is refused');
    const { message, code } = failures[0]!.error!;
    expect([code, message]).toEqual(['UNAUTHENTICATED', expect.stringContaining(expected)]);
    expect(message).not.toMatch(/guess|table|letmein/);
    if (pattern === 'request')
      expect(told).toMatchObject({ name: 'AuthenticationError', code, message, outcome: 'answered', retryable: false });
    if (pattern === 'request') expect((told as Error).cause).toBeUndefined();
    expect(pair.arrived).toEqual([]);
  });

  it('without verify what comes in is let in', async () => {
    const pair = await open(pattern);
    for (const end of [pair.sender, pair.receiver]) end.addMiddleware(auth({ sign }));
    expect((await pair.exchange(1)).principal).toBeUndefined();
  });
});

describe.each(['request', 'publish', 'task'] as const)('%s: the handler', (pattern) => {
  it('reads the principal', async () => {
    const seen: unknown[] = [];
    const pair = await open(pattern, { handler: (_data, { principal }) => void seen.push(principal) });
    pair.sender.addMiddleware(auth({ sign }));
    pair.receiver.addMiddleware(auth({ verify }));
    await pair.send(1);
    await until(() => seen.length === 1, 'it is handled');
    expect(seen).toEqual([ADA]);
  });
});

it('why is known at the side that refuses', async () => {
  const pair = await open('request');
  const why = new Error('the table is locked');
  const seen: unknown[] = [];
  pair.sender.addMiddleware(auth({ sign }));
  pair.receiver.addMiddleware(auth({ verify: () => Promise.reject(why) }));
  pair.receiver.addMiddleware({
    name: 'see',
    settled: (_message, { error }) => void seen.push((error as Error).cause),
  });
  await expect(pair.send(1)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(seen).toEqual([why]);
});

it('an AuthenticationError of verify comes out as it is', async () => {
  const pair = await open('request');
  pair.sender.addMiddleware(auth({ sign }));
  pair.receiver.addMiddleware(
    auth({ verify: () => Promise.reject(new AuthenticationError('FORBIDDEN', 'you have been locked out')) }),
  );
  await expect(pair.send(1)).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'you have been locked out' });
});

it('replies carry no credentials, and need none', async () => {
  const pair = await open('request');
  const headers: unknown[] = [];
  pair.sender.addMiddleware(auth({ sign, verify }));
  pair.sender.addMiddleware({ name: 'see', incoming: (message, next) => (headers.push(message.headers), next()) });
  pair.receiver.addMiddleware(auth({ sign, verify }));
  expect(await pair.send(1)).toBe(1);
  expect(headers).toEqual([{}]);
});

it.each<[string, () => unknown]>([
  ['no text', () => 7],
  ['an empty text', () => ''],
  ['nothing', async () => undefined],
])('what signs must give credentials, not %s', async (_what, bad) => {
  const pair = await open('publish');
  pair.sender.addMiddleware(auth({ sign: bad as () => string }));
  await expect(pair.send(1)).rejects.toMatchObject({ code: 'BAD_OPTION', message: expect.stringContaining('sign') });
});

it('an error of what signs comes out as it is', async () => {
  const pair = await open('publish');
  const failure = new Error('no key');
  pair.sender.addMiddleware(auth({ sign: () => Promise.reject(failure) }));
  expect(await pair.send(1).catch((error: unknown) => error)).toBe(failure);
});

it('messages keep their order however long signing takes', async () => {
  const pair = await open('publish');
  pair.sender.addMiddleware(
    auth({
      sign: async ({ body }) => {
        for (let turns = 5 - (body as number); turns > 0; turns -= 1)
          await new Promise((resolve) => setImmediate(resolve));
        return 'letmein';
      },
    }),
  );
  pair.receiver.addMiddleware(auth({ verify }));
  await Promise.all([0, 1, 2, 3, 4].map((n) => pair.send(n)));
  await until(() => pair.arrived.length === 5, 'all are there');
  expect(pair.arrived.map(({ body }) => body)).toEqual([0, 1, 2, 3, 4]);
});

it.each<[string, unknown]>([
  ['neither of the two', {}],
  ['no function', { sign: 'token' }],
  ['a header in capitals', { sign, header: 'Authorization' }],
  ['an option that there is not', { sign, realm: 'x' }],
])('refuses %s', (_what, options) => {
  expect(() => auth(options as AuthOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

it('the context of a request that another is made for lends it no principal', async () => {
  const pair = await open('request');
  const context = {
    headers: {},
    deadline: Infinity,
    signal: new AbortController().signal,
    principal: ADA,
    log: getLogger('x'),
  };
  pair.receiver.addMiddleware(auth({ verify }));
  await expect(pair.send(1, { context: context as unknown as MessageContext })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});
