import { describe, expect, it, jest } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { Publisher, Subscriber, type Message } from '@liberzmq/core';
import { auth } from '../../src/messages/auth.js';
import { dedupe } from '../../src/messages/dedupe.js';
import { hmac, type HmacOptions } from '../../src/messages/hmac.js';
import { messageWith, pairsOfTest, until } from './pairs.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

const open = pairsOfTest();
const SECRET = 'one secret of thirty-two bytes, or more';
const OTHER = 'another secret of thirty-two bytes or more';

const JSON_BODIES = [
  { b: [1, { c: 'ü中😀' }], a: null },
  'text',
  3.25,
  -0,
  true,
  null,
  [],
  {},
  { n: 2 ** 53 - 1, u: undefined },
];
const MORE = [new Date(5), { at: new Date(1) }, Buffer.from([0, 255])];

describe('whatever carries it', () => {
  it.each(PATTERNS)('the signature holds: %s', async (pattern) => {
    const pair = await open(pattern);
    for (const end of [pair.sender, pair.receiver]) end.addMiddleware(auth(hmac({ keyId: 'shop', secret: SECRET })));
    for (const body of [...JSON_BODIES, ...MORE]) {
      const { principal } = await pair.exchange(body, { headers: { b: 'x', a: 'ü' } });
      expect(principal).toEqual({ id: 'shop' });
    }
  });

  it.each(['request', 'task'] as const)('in the classic dialect, where headers travel: %s', async (pattern) => {
    const pair = await open(pattern, { dialect: 'classic', address: 'tcp://127.0.0.1:*' });
    for (const end of [pair.sender, pair.receiver]) end.addMiddleware(auth(hmac({ keyId: 'shop', secret: SECRET })));
    for (const body of JSON_BODIES)
      expect((await pair.exchange(body, { headers: { b: 'x' } })).principal).toEqual({ id: 'shop' });
  });
});

describe('what was changed on the way is refused', () => {
  it.each<[string, (message: Message) => void]>([
    ['the body', (message) => (message.body = { amount: 1_000 })],
    ['the subject', (message) => (message.subject = 'pay.all')],
    ['a header', (message) => (message.headers = { ...message.headers, to: 'bob' })],
    ['a header more', (message) => (message.headers = { ...message.headers, admin: 'yes' })],
    ['a header less', (message) => (message.headers = { authorization: message.headers['authorization']! })],
  ])('%s', async (_what, change) => {
    const pair = await open('request');
    pair.sender.addMiddleware(auth(hmac({ keyId: 'shop', secret: SECRET })));
    pair.sender.addMiddleware({
      name: 'in the middle',
      outgoing(message, next) {
        change(message);
        return next();
      },
    });
    pair.receiver.addMiddleware(auth(hmac({ keyId: 'shop', secret: SECRET })));
    const sent = pair.send({ amount: 1 }, { headers: { to: 'ada' } });
    await expect(sent).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('its credentials are not accepted'),
    });
    expect(pair.arrived).toEqual([]);
  });

  // Between dealer and router each message has a subject of its own: there a copy is a changed one already.
  it.each(['request', 'publish', 'task'] as const)('a message that is sent a second time: %s', async (pattern) => {
    const pair = await open(pattern);
    pair.receiver.addMiddleware(auth(hmac({ keyId: 'shop', secret: SECRET })));
    const { sign } = hmac({ keyId: 'shop', secret: SECRET });
    const headers = { authorization: await sign(messageWith({ pattern, subject: 'act.now', body: 1 })) };
    await pair.exchange(1, { headers });
    const again = await pair.send(1, { headers }).catch((error: unknown) => error);
    if (pattern === 'request') expect(again).toMatchObject({ code: 'UNAUTHENTICATED' });
    await until(() => pattern === 'request' || pair.receiver.stats().errors['UNAUTHENTICATED'] === 1, 'it is refused');
    expect(pair.arrived).toHaveLength(1);
  });
});

it('a retained message is accepted, and let through, for each handler that comes later', async () => {
  await using publisher = new Publisher({ address: 'tcp://127.0.0.1:*', retain: true });
  await using subscriber = new Subscriber({ address: (await publisher.connect()).boundAddress ?? '' });
  publisher.addMiddleware(auth(hmac({ keyId: 'shop', secret: SECRET })));
  subscriber.addMiddleware(dedupe({ windowMs: 60_000 })).addMiddleware(auth(hmac({ keyId: 'shop', secret: SECRET })));
  await publisher.publish('price.tea', 1, { headers: { 'idempotency-key': 'k' } });
  await subscriber.startListening();
  const got: unknown[] = [];
  for (const pattern of ['price.tea', 'price.*', '>']) {
    subscriber.subscribe(pattern, (_topic, message) => void got.push(message));
    await until(() => got.length > 0, 'it is there');
    got.length = 0;
  }
  expect(subscriber.stats()).toMatchObject({ drops: {}, errors: {} });
});

describe('by hand', () => {
  useFakeClock();
  const NOW = 1_750_000_000_000;
  const message = messageWith({ pattern: 'request', subject: 'pay', headers: { a: 'b' }, body: { amount: 1 } });
  const signed = async (options: HmacOptions = { keyId: 'shop', secret: SECRET }): Promise<string> =>
    hmac(options).sign(message);

  it.each<[string, number, boolean]>([
    ['at once', 0, true],
    ['at the end of its time', 60_000, true],
    ['after its time', 60_001, false],
    ['by a clock that is behind', -60_000, true],
    ['by a clock that is far behind', -60_001, false],
  ])('is accepted %s', async (_what, later, expected) => {
    jest.setSystemTime(NOW);
    const credentials = await signed();
    jest.setSystemTime(NOW + later);
    const verify = (): unknown => hmac({ keyId: 'shop', secret: SECRET }).verify(credentials, message);
    if (expected) expect(verify()).toEqual({ id: 'shop' });
    else expect(verify).toThrow('too old, or clocks differ too much');
  });

  it('is accepted once, as long as it could be', async () => {
    jest.setSystemTime(NOW);
    const credentials = await signed();
    const { verify } = hmac({ secrets: { shop: SECRET } });
    jest.setSystemTime(NOW - 59_000);
    expect(verify(credentials, message)).toEqual({ id: 'shop' });
    for (const later of [-59_000, 0, 59_000]) {
      jest.setSystemTime(NOW + later);
      expect(() => verify(credentials, message)).toThrow('used before');
    }
  });

  it('is not used up by a copy that was changed', async () => {
    const credentials = await signed();
    const { verify } = hmac({ secrets: { shop: SECRET } });
    expect(() => verify(credentials, messageWith({ ...message, body: 2 }))).toThrow('signature');
    expect(verify(credentials, message)).toEqual({ id: 'shop' });
  });

  it('is accepted again if its publisher had kept it, until it is too old', async () => {
    jest.setSystemTime(NOW);
    const credentials = await signed();
    const { verify } = hmac({ secrets: { shop: SECRET } });
    const kept = messageWith({ ...message, isKept: true });
    for (const each of [message, kept, kept]) expect(verify(credentials, each)).toEqual({ id: 'shop' });
    expect(() => verify(credentials, message)).toThrow('used before');
    expect(() => verify(credentials, messageWith({ ...kept, body: 2 }))).toThrow('signature');
    jest.setSystemTime(NOW + 60_001);
    expect(() => verify(credentials, kept)).toThrow('too old');
  });

  it('is not refused because somebody else has sent too many', async () => {
    const secrets = { a: SECRET, b: OTHER };
    const { verify } = hmac({ secrets, maxNonces: 2 });
    const send = async (keyId: string): Promise<unknown> => verify(await signed({ keyId, secrets }), message);
    for (const keyId of ['a', 'a']) await send(keyId);
    await expect(send('a')).rejects.toThrow('maxNonces');
    expect(await send('b')).toEqual({ id: 'b' });
  });

  it('is refused if what was null has become infinite', async () => {
    const { sign, verify } = hmac({ keyId: 'shop', secret: SECRET });
    const credentials = await sign(messageWith({ ...message, body: { max: null } }));
    expect(() => verify(credentials, messageWith({ ...message, body: { max: Infinity } }))).toThrow('signature');
  });

  it('secrets change while both are accepted', async () => {
    const server = hmac({ secrets: { 'shop-1': SECRET, 'shop-2': OTHER } });
    const old = await signed({ keyId: 'shop-1', secret: SECRET });
    const young = await signed({ keyId: 'shop-2', secret: OTHER });
    expect([server.verify(old, message), server.verify(young, message)]).toEqual([{ id: 'shop-1' }, { id: 'shop-2' }]);
    expect(() => hmac({ secrets: { 'shop-2': OTHER } }).verify(old, message)).toThrow('no secret');
  });

  it('who has several signs with the one that is named', async () => {
    const secrets = { a: SECRET, b: OTHER };
    expect(await signed({ keyId: 'b', secrets })).toMatch(/^lz-hmac-sha256 b:/);
    expect(() => hmac({ secrets }).sign(message)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  it.each<[string, (good: string) => string]>([
    ['nothing', () => ''],
    ['something else', () => 'Bearer abc'],
    ['another secret', (good) => good.slice(0, -4) + (good.endsWith('AAAA') ? 'BBBB' : 'AAAA')],
    ['another time', (good) => good.replace(/:(\d+):/, (_all, time: string) => `:${Number(time) + 1}:`)],
    ['another id', (good) => good.replace('shop', 'toString')],
    ['a shorter signature', (good) => good.slice(0, -1)],
    ['more behind it', (good) => `${good} `],
  ])('refuses %s', async (_what, change) => {
    const credentials = change(await signed());
    expect(() => hmac({ secrets: { shop: SECRET } }).verify(credentials, message)).toThrow(Error);
  });

  it('refuses a body that is too deep to be looked at', async () => {
    let body: unknown = 1;
    for (let n = 0; n < 100_000; n += 1) body = [body];
    const credentials = await signed();
    const { verify } = hmac({ secrets: { shop: SECRET } });
    expect(() => verify(credentials, messageWith({ ...message, body }))).toThrow(RangeError);
  });

  it('each has a nonce of its own', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => signed()));
    expect(new Set(all.map((each) => each.split(':')[2])).size).toBe(100);
  });
});

it.each<[string, unknown, string]>([
  ['no secret', { keyId: 'a' }, "one of the options 'secret' and 'secrets'"],
  ['both', { keyId: 'a', secret: SECRET, secrets: {} }, "one of the options 'secret' and 'secrets'"],
  ['no id', { secret: SECRET }, "'keyId' is missing"],
  ['an id that there is not', { keyId: 'a', secrets: { b: SECRET } }, "none with the id 'a'"],
  ['an id with other signs', { keyId: 'a:b', secret: SECRET }, 'letters, digits'],
  ['a secret that is too short', { keyId: 'a', secret: 'short' }, 'it needs 32'],
  ['a secret that is none', { keyId: 'a', secret: 7 }, 'a text or bytes'],
  ['an age of 0', { keyId: 'a', secret: SECRET, maxAgeMs: 0 }, 'maxAgeMs'],
  ['no nonces', { keyId: 'a', secret: SECRET, maxNonces: 0 }, 'maxNonces'],
  ['an option that there is not', { keyId: 'a', secret: SECRET, algorithm: 'md5' }, 'algorithm'],
])('refuses %s', (_what, options, says) => {
  expect(() => hmac(options as HmacOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(says) }),
  );
  try {
    hmac(options as HmacOptions);
  } catch (error) {
    expect((error as Error).message).not.toMatch(/short'|one secret/);
  }
});
