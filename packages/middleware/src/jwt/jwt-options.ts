import type { CryptoKey, JSONWebKeySet, JWK, KeyObject } from 'jose';
import { badOption, checkOptions, option, type OptionCheck } from '@liberzmq/core/options';

/** A key: as PEM (PKCS #8, or SPKI if it is public), as a `KeyObject` of `node:crypto`, a `CryptoKey`, or a JWK. */
export type JwtKey = string | KeyObject | CryptoKey | JWK;

/** For {@link jwt}. Either `secret`, or keys: `privateKey` to sign, and `publicKey` or `jwks` to verify. */
export interface JwtOptions {
  /** Which algorithms are accepted: `['HS256']` for a secret; `['ES256']`, `['EdDSA']`, `['RS256']` and so on for keys. The first one signs. Never `none`. */
  algorithms: readonly string[];
  /** A secret that both sides share, with at least as many bytes as the hash has: 32 for `HS256`. A text counts as its UTF-8 bytes. */
  secret?: string | Uint8Array | undefined;
  /** What signs. */
  privateKey?: JwtKey | undefined;
  /** What verifies. */
  publicKey?: JwtKey | undefined;
  /** Keys that verify, by their ids: a token's `kid` chooses. They are not fetched: give them anew when they change. */
  jwks?: JSONWebKeySet | undefined;
  /** The id of the key that signs, as `kid` in the token. */
  keyId?: string | undefined;
  /** Who issues tokens. If it is given, those of others are refused. */
  issuer?: string | undefined;
  /** For whom tokens are. If it is given, those for others are refused. */
  audience?: string | undefined;
  /** Whom tokens name: the principal's id at the other side. Needed to sign. */
  subject?: string | undefined;
  /** What else tokens say, such as `roles`. */
  claims?: Readonly<Record<string, unknown>> | undefined;
  /**
   * How long a token is good, in ms, rounded to whole seconds. 1000 or more. The same one is sent again until shortly before.
   * @defaultValue 300000: a token that somebody has got hold of is worth little, and few are to be made
   */
  expiresInMs?: number | undefined;
  /**
   * By how much clocks may differ, in ms, when a token's times are looked at. 0 or more.
   * @defaultValue 5000
   */
  clockToleranceMs?: number | undefined;
}

const SECOND_MS = 1_000;
/** RFC 7518, section 3.2: as many as the hash has. */
const BITS_PER_BYTE = 8;
const IS_SYMMETRIC = /^HS(\d+)$/;

const algorithms: OptionCheck = (value) =>
  option.strings(value) === undefined && (value as readonly string[]).length > 0
    ? undefined
    : 'an array with the algorithms that are accepted';
const expiry: OptionCheck = (value) =>
  typeof value === 'number' && value >= SECOND_MS && value < Infinity
    ? undefined
    : 'a number of milliseconds from 1000 on';

/** @throws ConfigurationError BAD_OPTION */
export function checkJwtOptions(options: JwtOptions): void {
  const checks = {
    algorithms,
    secret: option.any,
    privateKey: option.any,
    publicKey: option.any,
    jwks: option.record,
    keyId: option.string,
    issuer: option.string,
    audience: option.string,
    subject: option.string,
    claims: option.record,
    expiresInMs: expiry,
    clockToleranceMs: option.durationOrZero,
  };
  checkOptions('jwt', options, checks, ['algorithms']);
  const { secret, privateKey, publicKey, jwks } = options;
  const hasKeys = privateKey !== undefined || publicKey !== undefined || jwks !== undefined;
  if ((secret === undefined) !== hasKeys)
    throw badOption("jwt: give it the option 'secret', or keys ('privateKey', 'publicKey', 'jwks'), and not both");
  if (publicKey !== undefined && jwks !== undefined) throw badOption("jwt: give it one of 'publicKey' and 'jwks'");
  for (const algorithm of options.algorithms) checkAlgorithm(algorithm, secret);
}

/** A public key that is taken for a secret would let everybody sign. */
function checkAlgorithm(algorithm: string, secret: string | Uint8Array | undefined): void {
  if (algorithm.toLowerCase() === 'none')
    throw badOption("jwt: the algorithm 'none' would accept what anybody has written");
  const bits = IS_SYMMETRIC.exec(algorithm)?.[1];
  if ((bits === undefined) !== (secret === undefined))
    throw badOption(
      `jwt: the algorithm '${algorithm}' ${bits === undefined ? 'needs keys, not a secret' : 'needs a secret, not keys'}`,
    );
  if (bits === undefined || secret === undefined) return;
  const { byteLength } = secretBytes(secret);
  if (byteLength * BITS_PER_BYTE < Number(bits))
    throw badOption(
      `jwt: the secret has ${String(byteLength)} bytes; '${algorithm}' needs ${String(Number(bits) / BITS_PER_BYTE)}, such as crypto.randomBytes() gives`,
    );
}

/** @throws ConfigurationError BAD_OPTION */
export function secretBytes(secret: unknown): Uint8Array {
  if (typeof secret === 'string') return new TextEncoder().encode(secret);
  if (secret instanceof Uint8Array) return secret;
  throw badOption("jwt: option 'secret' must be a text or bytes");
}
