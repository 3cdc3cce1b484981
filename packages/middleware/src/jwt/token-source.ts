import { SignJWT, type KeyInput } from 'jose';
import type { JwtOptions } from './jwt-options.js';

const SECOND_MS = 1_000;
/** A token is not used up to its last moment: it has to arrive, and clocks differ. */
const MOST_SPARE_MS = 30_000;
const SPARE_PART = 0.2;

/** Makes tokens, and gives each until shortly before it expires. */
export class TokenSource {
  readonly #options: JwtOptions;
  readonly #subject: string;
  readonly #key: KeyInput;
  #credentials = '';
  #goodUntil = -Infinity;
  #pending: Promise<string> | undefined;

  constructor(options: JwtOptions, subject: string, key: KeyInput) {
    this.#options = options;
    this.#subject = subject;
    this.#key = key;
  }

  credentials(): string | Promise<string> {
    if (Date.now() < this.#goodUntil) return this.#credentials;
    this.#pending ??= this.#make().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #make(): Promise<string> {
    const { algorithms, keyId, issuer, audience, claims, expiresInMs = 300_000 } = this.#options;
    const issuedAt = Math.floor(Date.now() / SECOND_MS);
    const expiresAt = issuedAt + Math.floor(expiresInMs / SECOND_MS);
    const token = new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithms[0] ?? '', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
      .setSubject(this.#subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    this.#credentials = `Bearer ${await token.sign(this.#key)}`;
    this.#goodUntil = expiresAt * SECOND_MS - Math.min(MOST_SPARE_MS, expiresInMs * SPARE_PART);
    return this.#credentials;
  }
}
