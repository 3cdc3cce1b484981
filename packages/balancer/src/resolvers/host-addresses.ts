import { isIP } from 'node:net';
import { ConnectionError } from '@liberzmq/core';

/** The part of `Resolver` of `node:dns/promises` that is used. */
export interface DnsQuestions {
  resolve4(hostname: string): Promise<readonly string[]>;
  resolve6(hostname: string): Promise<readonly string[]>;
}

/** Codes with which DNS says that there are none, and not that it cannot tell. */
const NONE: readonly unknown[] = ['ENODATA', 'ENOTFOUND'];

/**
 * The addresses of hosts, as DNS tells them. Of a host that has both kinds only those of one are taken, as both lead to the same servers, which would count twice. When it cannot be told what
 * they are, they are what they were.
 */
export class HostAddresses {
  readonly #dns: DnsQuestions;
  readonly #families: readonly (4 | 6)[];
  readonly #known = new Map<string, readonly string[]>();

  /** @param family `undefined`: IPv4, and IPv6 of hosts that have no other. */
  constructor(dns: DnsQuestions, family: 4 | 6 | undefined) {
    this.#dns = dns;
    this.#families = family === undefined ? [4, 6] : [family];
  }

  /**
   * As they stand in addresses of ours: IPv6 in brackets.
   * @param report is called with what went wrong.
   * @returns nothing if they were never known
   */
  async of(host: string, report: (error: unknown) => void): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [bracketed(host)];
    try {
      const addresses = await this.#ask(host);
      this.#known.set(host, addresses);
      return addresses;
    } catch (error) {
      report(dnsError(`the addresses of ${host}`, error));
      return this.#known.get(host) ?? [];
    }
  }

  /** Forgets all others. */
  keep(hosts: readonly string[]): void {
    for (const host of this.#known.keys()) if (!hosts.includes(host)) this.#known.delete(host);
  }

  async #ask(host: string): Promise<readonly string[]> {
    const none: string[] = [];
    let cause: unknown;
    for (const family of this.#families) {
      try {
        const addresses = await (family === 4 ? this.#dns.resolve4(host) : this.#dns.resolve6(host));
        if (addresses.length > 0) return addresses.map(bracketed);
        none.push(`none of IPv${family}`);
      } catch (error) {
        if (!NONE.includes(codeOf(error))) throw error;
        cause = error;
        none.push(`none of IPv${family} (${messageOf(error)})`);
      }
    }
    const message = `DNS has ${none.join(' and ')}; /etc/hosts is not looked at`;
    throw Object.assign(new Error(message, { cause }), { code: codeOf(cause) });
  }
}

/** What DNS could not tell. */
export function dnsError(what: string, cause: unknown): ConnectionError {
  return new ConnectionError('UNREACHABLE', `${what} could not be found out: ${messageOf(cause)}`, {
    cause,
    details: { reason: codeOf(cause) },
  });
}

function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
