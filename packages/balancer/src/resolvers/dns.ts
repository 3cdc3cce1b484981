import { Resolver as DnsResolver } from 'node:dns/promises';
import { checkOptions, option } from '@liberzmq/core/options';
import type { MemberOptions } from '../members/member-options.js';
import { HostAddresses, type DnsQuestions } from './host-addresses.js';
import { Polling } from './polling.js';
import type { Resolver } from './resolver.js';

/** What all that asks DNS has in common. */
export interface DnsPollOptions<Questions = DnsQuestions> {
  /**
   * Which addresses: those of IPv4 (`4`) or of IPv6 (`6`).
   * @defaultValue IPv4, and IPv6 where there are no others: a server that has both is one server
   */
  family?: 4 | 6 | undefined;
  /**
   * How often to ask, in ms, give or take a tenth by chance. Must be above 0; `Infinity` asks until there is an answer, and when a server was lost. After a failure it asks sooner: within a second, then after pauses that double up to the
   * interval, 30 s at most.
   * @defaultValue 30000: as often as DNS is asked anyway, where addresses are meant to change
   */
  intervalMs?: number | undefined;
  /**
   * What is asked: a `Resolver` of `node:dns/promises`, with servers and times of yours, or anything like it.
   * @defaultValue the servers that the system names
   */
  resolver?: Questions | undefined;
}

/** For {@link dns}. */
export interface DnsOptions extends DnsPollOptions {
  /** The name whose addresses are those of the servers. */
  hostname: string;
  /** The port of all of them, 1 to 65535. */
  port: number;
}

export const DEFAULT_INTERVAL_MS = 30_000;

export const POLL_OPTIONS = {
  family: (value: unknown): string | undefined => (value === 4 || value === 6 ? undefined : '4 or 6'),
  intervalMs: option.duration,
  resolver: option.object,
};

const port = (value: unknown): string | undefined =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535
    ? undefined
    : 'a whole number from 1 to 65535';

/**
 * A server at each address of a name (A or AAAA), as a headless service of Kubernetes has them. Asks again and again, and soon when a server was lost. While DNS does not answer, or knows no address (also that of a service that is scaled to 0), the servers stay that were known last.
 *
 * It is DNS that is asked: what stands in `/etc/hosts` is not looked at.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const client = new LoadBalancedClient({ resolver: dns({ hostname: 'prices.internal', port: 5556 }) });
 * ```
 */
export function dns(options: DnsOptions): Resolver {
  checkOptions('dns', options, { ...POLL_OPTIONS, hostname: option.string, port }, ['hostname', 'port']);
  const { hostname, port: ofAll, family, intervalMs = DEFAULT_INTERVAL_MS, resolver } = options;
  return {
    watch(listener) {
      const { questions, cancel } = resolver === undefined ? ownDns() : { questions: resolver, cancel: undefined };
      const hosts = new HostAddresses(questions, family);
      const ask = async (report: (error: unknown) => void): Promise<readonly MemberOptions[] | undefined> => {
        const addresses = await hosts.of(hostname, report);
        if (addresses.length === 0) return undefined;
        return addresses.map((each) => ({ address: `tcp://${each}:${String(ofAll)}` }));
      };
      return new Polling({ ask, cancel }, intervalMs, listener);
    },
  };
}

/** A resolver of one watch, which is cancelled with it. One that was given may be in use elsewhere, and is left alone. */
export function ownDns(): { readonly questions: DnsResolver; readonly cancel: () => void } {
  const questions = new DnsResolver();
  return {
    questions,
    cancel: () => {
      questions.cancel();
    },
  };
}
