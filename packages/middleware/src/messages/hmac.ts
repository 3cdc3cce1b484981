import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Message, Principal } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import type { Sign, Verify } from './auth.js';
import { canonicalText } from './canonical-text.js';
import { Nonces } from './nonces.js';

/** The name of this scheme, in the credentials and in what is signed: who changes either changes it. */
const SCHEME = 'lz-hmac-sha256';
const NONCE_BYTES = 16;
/** As many as the hash has: fewer make it weaker (RFC 2104, section 3). */
const LEAST_SECRET_BYTES = 32;
const KEY_ID = /^[\w.-]{1,100}$/;
const CREDENTIALS = /^lz-hmac-sha256 ([\w.-]{1,100}):(\d{1,16}):([\w-]{22}):([\w-]{43})$/;

/** A shared secret: 32 bytes or more, by chance. A text counts as its UTF-8 bytes. */
export type HmacSecret = string | Uint8Array;

/** For {@link hmac}. Either `secret` or `secrets`. */
export interface HmacOptions {
  /** Which secret is used to sign: the id of the principal at the other side. Letters, digits, `_`, `.` and `-`. Needed to sign, and with `secret`. */
  keyId?: string | undefined;
  /** The one secret there is. */
  secret?: HmacSecret | undefined;
  /** Secrets by their ids, all of which are accepted: one for each who sends, or the old and the new one while they change. */
  secrets?: Readonly<Record<string, HmacSecret>> | undefined;
  /**
   * How old a message may be, or how far in the future, by the clocks of both sides, in ms. Must be above 0. Its nonce is remembered for twice as long. Of a
   * publisher that retains messages, or has a history, it must be as long as these may be old.
   * @defaultValue 60000: what clocks differ by and messages wait; less makes nothing safer, since nothing is accepted twice
   */
  maxAgeMs?: number | undefined;
  /**
   * How many nonces are remembered for each secret. When as many messages of one have come within twice `maxAgeMs`, more of them are refused. A whole number from 1 on;
   * `Infinity` is allowed.
   * @defaultValue 100000: 800 messages a second, about
   */
  maxNonces?: number | undefined;
}

/** A secret that is accepted, and which nonces were used with it: nobody's messages take the place of another's. */
interface Key {
  readonly secret: Uint8Array;
  readonly nonces: Nonces;
}

/** What {@link hmac} makes, for `auth()`. */
export interface Hmac {
  readonly sign: Sign;
  readonly verify: Verify;
}

/**
 * Credentials for `auth()` by a shared secret: an HMAC-SHA256 of the pattern, the subject, the headers and the body, the time, and a nonce, so that nothing of it can be changed
 * and nothing sent twice. What is signed is the data, not its bytes: any serializer may carry it that gives the same data back; what JSON makes `null`, `NaN` and `Infinity`, is refused behind
 * it. Nonces are remembered by this process alone: if several share an address, what was sent to one can be sent to another within `maxAgeMs`. What a publisher had kept may come
 * again within that time, unchanged.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * server.addMiddleware(auth(hmac({ secrets: { shop: shopSecret, office: officeSecret } })));
 * client.addMiddleware(auth(hmac({ keyId: 'shop', secret: shopSecret })));
 * ```
 */
export function hmac(options: HmacOptions): Hmac {
  const checks = {
    keyId: option.string,
    secret: option.any,
    secrets: option.record,
    maxAgeMs: option.duration,
    maxNonces: option.limit,
  };
  checkOptions('hmac', options, checks);
  const { keyId, maxAgeMs = 60_000, maxNonces = 100_000 } = options;
  const keys = new Map<string, Key>();
  for (const [id, secret] of secretsOf(options)) keys.set(id, { secret, nonces: new Nonces(2 * maxAgeMs, maxNonces) });
  return {
    sign(message) {
      const key = keyId === undefined ? undefined : keys.get(keyId);
      if (keyId === undefined || key === undefined)
        throw badOption("hmac: to sign, it needs the option 'keyId', and a secret of that id");
      const time = String(Date.now());
      const nonce = randomBytes(NONCE_BYTES).toString('base64url');
      const signature = signatureOf(message, key.secret, [keyId, time, nonce]).toString('base64url');
      return `${SCHEME} ${keyId}:${time}:${nonce}:${signature}`;
    },
    verify(credentials, message): Principal {
      const [, id = '', time = '', nonce = '', signature = ''] = CREDENTIALS.exec(credentials) ?? [];
      if (id === '') throw new Error(`these are no credentials of the form '${SCHEME} keyId:time:nonce:signature'`);
      const key = keys.get(id);
      if (key === undefined) throw new Error(`there is no secret with the id '${id}'`);
      const expected = signatureOf(message, key.secret, [id, time, nonce]);
      if (!timingSafeEqual(expected, Buffer.from(signature, 'base64url')))
        throw new Error('the signature is another one: the message was changed, or signed with another secret');
      const now = Date.now();
      if (Math.abs(now - Number(time)) > maxAgeMs)
        throw new Error(`it is from ${new Date(Number(time)).toISOString()}: too old, or clocks differ too much`);
      key.nonces.use(nonce, expected.toString('base64url'), message.isKept, now);
      return { id };
    },
  };
}

function signatureOf(
  { pattern, subject, headers, body }: Message,
  secret: Uint8Array,
  about: readonly string[],
): Buffer {
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  const head = JSON.stringify([SCHEME, pattern, subject, sorted, ...about]);
  return createHmac('sha256', secret)
    .update(`${head}\n${canonicalText(body)}`)
    .digest();
}

/** @throws ConfigurationError BAD_OPTION */
function secretsOf({ keyId, secret, secrets }: HmacOptions): ReadonlyMap<string, Uint8Array> {
  if ((secret === undefined) === (secrets === undefined))
    throw badOption("hmac: give it one of the options 'secret' and 'secrets'");
  if (secrets === undefined && keyId === undefined)
    throw badOption("hmac: option 'keyId' is missing: the secret needs an id");
  const given = secrets ?? { [keyId ?? '']: secret };
  if (keyId !== undefined && !Object.hasOwn(given, keyId))
    throw badOption(`hmac: option 'secrets' has none with the id '${keyId}'`);
  return new Map(Object.entries(given).map(([id, each]) => [checkId(id), bytesOf(id, each)]));
}

function checkId(id: string): string {
  if (KEY_ID.test(id)) return id;
  throw badOption(`hmac: the id of a secret must be letters, digits, '_', '.' and '-', not ${describe(id)}`);
}

function bytesOf(id: string, secret: unknown): Uint8Array {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret;
  if (!(bytes instanceof Uint8Array)) throw badOption(`hmac: the secret of '${id}' must be a text or bytes`);
  if (bytes.byteLength >= LEAST_SECRET_BYTES) return Uint8Array.from(bytes);
  throw badOption(
    `hmac: the secret of '${id}' has ${String(bytes.byteLength)} bytes; it needs ${String(LEAST_SECRET_BYTES)}, such as crypto.randomBytes(32)`,
  );
}
