import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, type KeyInput, type LocalJWKSet } from 'jose';
import type { Principal } from '@liberzmq/core';
import { badOption } from '@liberzmq/core/options';
import type { Sign, Verify } from '../messages/auth.js';
import { checkJwtOptions, secretBytes, type JwtKey, type JwtOptions } from './jwt-options.js';
import { TokenSource } from './token-source.js';

/** What {@link jwt} makes, for `auth()`. */
export interface Jwt {
  readonly sign: Sign;
  readonly verify: Verify;
}

const BEARER = /^Bearer +([\w.-]+)$/i;
const SECOND_MS = 1_000;

/**
 * Credentials for `auth()` as JSON Web Tokens (RFC 7519), by the package `jose`. A token proves who its bearer is, and nothing of the message: whoever reads it can send others with it until it
 * expires, so use it where nobody listens. Tokens without `sub` or `exp` are refused. The principal is `{ ...claims, id: sub }`.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * client.addMiddleware(auth({ sign: jwt({ algorithms: ['ES256'], privateKey, subject: 'shop', audience: 'orders' }).sign }));
 * server.addMiddleware(auth({ verify: jwt({ algorithms: ['ES256'], publicKey, audience: 'orders' }).verify }));
 * ```
 */
export function jwt(options: JwtOptions): Jwt {
  checkJwtOptions(options);
  const { secret, privateKey, publicKey, jwks, issuer, audience, clockToleranceMs = 5_000 } = options;
  const shared = secret === undefined ? undefined : secretBytes(secret);
  const signingKey = shared ?? keyFrom('privateKey', privateKey, createPrivateKey);
  const tokens =
    signingKey === undefined || options.subject === undefined
      ? undefined
      : new TokenSource(options, options.subject, signingKey);
  const verifyingKey: KeyInput | LocalJWKSet | undefined =
    jwks === undefined ? (shared ?? keyFrom('publicKey', publicKey, createPublicKey)) : localKeys(jwks);
  const wanted = {
    algorithms: [...options.algorithms],
    requiredClaims: ['sub', 'exp'],
    clockTolerance: clockToleranceMs / SECOND_MS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  return {
    sign() {
      if (tokens === undefined)
        throw badOption("jwt: to sign, it needs the option 'subject', and 'secret' or 'privateKey'");
      return tokens.credentials();
    },
    async verify(credentials): Promise<Principal> {
      if (verifyingKey === undefined)
        throw badOption("jwt: to verify, it needs the option 'secret', 'publicKey' or 'jwks'");
      const token = BEARER.exec(credentials)?.[1];
      if (token === undefined) throw new Error("these are no credentials of the form 'Bearer token'");
      const { payload } = await jwtVerify(token, verifyingKey, wanted);
      const { sub } = payload;
      if (typeof sub !== 'string' || sub === '') throw new Error("the token's 'sub' is no text");
      return { ...payload, id: sub };
    },
  };
}

/** @throws ConfigurationError BAD_OPTION */
function keyFrom(name: string, key: JwtKey | undefined, read: (pem: string) => KeyInput): KeyInput | undefined {
  if (typeof key !== 'string') return key;
  try {
    return read(key);
  } catch (error) {
    throw badOption(`jwt: option '${name}' is no PEM that can be read: ${(error as Error).message}`);
  }
}

/** @throws ConfigurationError BAD_OPTION */
function localKeys(jwks: NonNullable<JwtOptions['jwks']>): LocalJWKSet {
  try {
    return createLocalJWKSet(jwks);
  } catch (error) {
    throw badOption(`jwt: option 'jwks' is no set of keys: ${(error as Error).message}`);
  }
}
