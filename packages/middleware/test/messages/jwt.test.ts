import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { jwt, type JwtOptions } from '../../src/jwt/index.js';
import { auth } from '../../src/messages/auth.js';
import { messageWith, pairsOfTest } from './pairs.js';

const open = pairsOfTest();
const SECRET = 'a secret of thirty-two bytes or more';
const HS: JwtOptions = { algorithms: ['HS256'], secret: SECRET, subject: 'shop' };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const message = messageWith({});

const proved = async (signing: JwtOptions, verifying: JwtOptions): Promise<unknown> =>
  jwt(verifying).verify(await jwt(signing).sign(message), message);

describe.each(PATTERNS)('%s', (pattern) => {
  it('who sends is known, with all claims', async () => {
    const pair = await open(pattern);
    const { sign } = jwt({ ...HS, issuer: 'us', audience: 'orders', claims: { roles: ['admin'], id: 'not this' } });
    pair.sender.addMiddleware(auth({ sign }));
    pair.receiver.addMiddleware(auth({ verify: jwt({ ...HS, issuer: 'us', audience: 'orders' }).verify }));
    const { principal } = await pair.exchange(1);
    expect(principal).toEqual({
      id: 'shop',
      sub: 'shop',
      iss: 'us',
      aud: 'orders',
      roles: ['admin'],
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
  });
});

describe('keys', () => {
  const ES = { algorithms: ['ES256'], subject: 'shop' };
  const pem = (key: typeof privateKey, type: 'pkcs8' | 'spki') =>
    key.export({ type, format: 'pem' } as never) as string;

  it.each<[string, JwtOptions, JwtOptions]>([
    ['as objects', { ...ES, privateKey }, { ...ES, publicKey }],
    ['as PEM', { ...ES, privateKey: pem(privateKey, 'pkcs8') }, { ...ES, publicKey: pem(publicKey, 'spki') }],
    ['both in one', { ...ES, privateKey, publicKey }, { ...ES, privateKey, publicKey }],
    ['a text as secret', HS, HS],
    ['bytes as secret', HS, { ...HS, secret: new TextEncoder().encode(SECRET) }],
  ])('may be given %s', async (_what, signing, verifying) => {
    expect(await proved(signing, verifying)).toMatchObject({ id: 'shop' });
  });

  it('may be given as a set, of which the id chooses', async () => {
    const keys = [
      { ...(await exportJWK(other.publicKey)), kid: 'old', alg: 'ES256' },
      { ...(await exportJWK(publicKey)), kid: 'new', alg: 'ES256' },
    ];
    const verifying = { ...ES, jwks: { keys } };
    expect(await proved({ ...ES, privateKey, keyId: 'new' }, verifying)).toMatchObject({ id: 'shop' });
    expect(await proved({ ...ES, privateKey: other.privateKey, keyId: 'old' }, verifying)).toMatchObject({
      id: 'shop',
    });
    await expect(proved({ ...ES, privateKey, keyId: 'old' }, verifying)).rejects.toThrow();
    await expect(proved({ ...ES, privateKey, keyId: 'older' }, verifying)).rejects.toThrow();
  });

  it.each<[string, JwtOptions, JwtOptions]>([
    ['of another key', { ...ES, privateKey: other.privateKey }, { ...ES, publicKey }],
    ['of another secret', HS, { ...HS, secret: SECRET.toUpperCase() }],
    [
      'of an algorithm that is not allowed',
      { ...HS, algorithms: ['HS512'], secret: SECRET.repeat(2) },
      { ...HS, secret: SECRET.repeat(2) },
    ],
    ['of another issuer', { ...HS, issuer: 'them' }, { ...HS, issuer: 'us' }],
    ['of no issuer', HS, { ...HS, issuer: 'us' }],
    ['for others', { ...HS, audience: 'them' }, { ...HS, audience: 'us' }],
  ])('refuse tokens %s', async (_what, signing, verifying) => {
    await expect(proved(signing, verifying)).rejects.toThrow();
  });
});

describe('tokens', () => {
  const key = new TextEncoder().encode(SECRET);
  const { verify } = jwt(HS);
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const made = (claims: object): Promise<string> =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(key);

  it.each<[string, () => Promise<string>]>([
    ['without a signature', async () => new UnsecuredJWT({ sub: 'shop', exp }).encode()],
    ['without a subject', () => made({ exp })],
    ['with an empty subject', () => made({ exp, sub: '' })],
    ['without an end', () => made({ sub: 'shop' })],
    ['that have expired', () => made({ sub: 'shop', exp: exp - 90 })],
    ['that are not valid yet', () => made({ sub: 'shop', exp, nbf: exp - 20 })],
    ['that were changed', async () => `${await made({ sub: 'shop', exp })}x`],
  ])('%s are refused', async (_what, token) => {
    await expect(async () => verify(`Bearer ${await token()}`, message)).rejects.toThrow();
  });

  it('that are good are accepted, and nothing else is', async () => {
    const token = await made({ sub: 'shop', exp });
    expect(await verify(`bearer ${token}`, message)).toMatchObject({ id: 'shop' });
    for (const credentials of [token, `Basic ${token}`, `Bearer ${token} x`, 'Bearer ', ''])
      await expect(async () => verify(credentials, message)).rejects.toThrow('Bearer token');
  });

  it('have expired only when clocks agree about it', async () => {
    const token = `Bearer ${await made({ sub: 'shop', exp: Math.floor(Date.now() / 1_000) - 10 })}`;
    await expect(async () => verify(token, message)).rejects.toThrow();
    expect(await jwt({ ...HS, clockToleranceMs: 20_000 }).verify(token, message)).toMatchObject({ id: 'shop' });
  });

  it('are sent again until shortly before they expire, and made once for all who wait', async () => {
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
    try {
      const { sign } = jwt({ ...HS, expiresInMs: 100_000 });
      const [first, same] = await Promise.all([sign(message), sign(message)]);
      expect(same).toBe(first);
      const at = async (later: number): Promise<string> => {
        clock.mockImplementation(() => now + later);
        return sign(message);
      };
      expect(await at(70_000)).toBe(first);
      const second = await at(80_500);
      expect(second).not.toBe(first);
      expect(await at(150_000)).toBe(second);
    } finally {
      clock.mockRestore();
    }
  });
});

it.each<[string, JwtOptions, 'sign' | 'verify', string]>([
  ['sign without a subject', { algorithms: ['HS256'], secret: SECRET }, 'sign', "'subject'"],
  ['sign without a private key', { algorithms: ['ES256'], publicKey, subject: 'x' }, 'sign', "'privateKey'"],
  ['verify without a key', { algorithms: ['ES256'], privateKey, subject: 'x' }, 'verify', "'publicKey'"],
])('says what is missing to %s', async (_what, options, does, says) => {
  await expect(async () => jwt(options)[does]('Bearer x' as never, message)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining(says),
  });
});

it.each<[string, unknown, string]>([
  ['no algorithms', { secret: SECRET }, "'algorithms' is missing"],
  ['an empty list', { secret: SECRET, algorithms: [] }, 'algorithms'],
  ['none', { secret: SECRET, algorithms: ['HS256', 'None'] }, "'none'"],
  ['no key', { algorithms: ['HS256'] }, "give it the option 'secret', or keys"],
  ['a secret and a key', { algorithms: ['HS256'], secret: SECRET, publicKey }, 'not both'],
  ['two kinds of keys', { algorithms: ['ES256'], publicKey, jwks: { keys: [] } }, "one of 'publicKey' and 'jwks'"],
  ['a public key as secret', { algorithms: ['HS256'], publicKey }, 'needs a secret'],
  ['a secret for keys', { algorithms: ['HS256', 'ES256'], secret: SECRET }, 'needs keys'],
  ['a secret that is too short', { algorithms: ['HS256'], secret: 'short' }, 'needs 32'],
  ['a secret that is too short for one of them', { algorithms: ['HS256', 'HS512'], secret: SECRET }, 'needs 64'],
  ['a PEM that is none', { algorithms: ['ES256'], publicKey: 'key' }, 'no PEM'],
  ['a set that is none', { algorithms: ['ES256'], jwks: { keys: 7 } }, 'no set of keys'],
  ['too short a time', { ...HS, expiresInMs: 10 }, 'expiresInMs'],
  ['an option that there is not', { ...HS, expiresIn: '1h' }, 'expiresIn'],
])('refuses %s', (_what, options, says) => {
  expect(() => jwt(options as JwtOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(says) }),
  );
});
