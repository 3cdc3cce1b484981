import type { SrvRecord } from 'node:dns';
import { checkOptions, option } from '@liberzmq/core/options';
import type { MemberOptions } from '../members/member-options.js';
import { DEFAULT_INTERVAL_MS, ownDns, POLL_OPTIONS, type DnsPollOptions } from './dns.js';
import { dnsError, HostAddresses, type DnsQuestions } from './host-addresses.js';
import { Polling, type Question } from './polling.js';
import type { Resolver } from './resolver.js';

/** The part of `Resolver` of `node:dns/promises` that is used. */
export interface DnsSrvQuestions extends DnsQuestions {
  resolveSrv(hostname: string): Promise<readonly SrvRecord[]>;
}

/** For {@link dnsSrv}. */
export interface DnsSrvOptions extends DnsPollOptions<DnsSrvQuestions> {
  /** The name of the records: `_liberzmq._tcp.example.org`. */
  service: string;
}

/** What a record of weight 0 counts, "a very small chance" beside one of 1. */
const SMALL_WEIGHT = 0.1;

/**
 * The servers that the SRV records of a service name: each record's port, its priority as the tier, its weight as the weight. Where a target has several addresses, each is a server, and they share
 * its weight. Asks again and again, and soon when a server was lost. While DNS does not answer, the servers stay that were known last; a single record with the target `.` says that there are none.
 *
 * The targets are looked up here and not by libzmq, which asks the system while all its sockets wait.
 * @throws ConfigurationError BAD_OPTION
 * @see RFC 2782
 * @example
 * ```ts
 * const client = new LoadBalancedClient({ resolver: dnsSrv({ service: '_liberzmq._tcp.example.org' }) });
 * ```
 */
export function dnsSrv(options: DnsSrvOptions): Resolver {
  checkOptions('dnsSrv', options, { ...POLL_OPTIONS, service: option.string }, ['service']);
  const { service, family, intervalMs = DEFAULT_INTERVAL_MS, resolver } = options;
  return {
    watch(listener) {
      const { questions, cancel } = resolver === undefined ? ownDns() : { questions: resolver, cancel: undefined };
      const question = new SrvQuestion(service, questions, new HostAddresses(questions, family), cancel);
      return new Polling(question, intervalMs, listener);
    },
  };
}

class SrvQuestion implements Question {
  readonly #service: string;
  readonly #dns: DnsSrvQuestions;
  readonly #hosts: HostAddresses;
  readonly cancel: (() => void) | undefined;

  constructor(service: string, dns: DnsSrvQuestions, hosts: HostAddresses, cancel: (() => void) | undefined) {
    this.#service = service;
    this.#dns = dns;
    this.#hosts = hosts;
    this.cancel = cancel;
  }

  async ask(report: (error: unknown) => void): Promise<readonly MemberOptions[] | undefined> {
    const records = await this.#records();
    const targets = [...new Set(records.map(({ name }) => name))];
    if (targets.length === 0) return [];
    this.#hosts.keep(targets);
    const addresses = await Promise.all(targets.map((each) => this.#hosts.of(each, report)));
    const byTarget = new Map(targets.map((each, n) => [each, addresses[n] ?? []]));
    const members = membersOf(records, byTarget);
    return members.length === 0 ? undefined : members;
  }

  /** Those that lead somewhere. */
  async #records(): Promise<readonly SrvRecord[]> {
    const what = `the SRV records of ${this.#service}`;
    let records: readonly SrvRecord[];
    try {
      records = await this.#dns.resolveSrv(this.#service);
    } catch (error) {
      throw dnsError(what, error);
    }
    if (records.length === 0) throw dnsError(what, new Error('there are none'));
    return records.filter(({ name }) => name !== '' && name !== '.');
  }
}

/** Of two that lead to the same address the one of the lower tier. */
function membersOf(
  records: readonly SrvRecord[],
  byTarget: ReadonlyMap<string, readonly string[]>,
): readonly MemberOptions[] {
  const members = new Map<string, MemberOptions>();
  for (const { name, port, priority, weight } of [...records].sort((a, b) => a.priority - b.priority)) {
    const hosts = byTarget.get(name) ?? [];
    for (const host of hosts) {
      const address = `tcp://${host}:${String(port)}`;
      const part = (weight === 0 ? SMALL_WEIGHT : weight) / hosts.length;
      if (!members.has(address)) members.set(address, { address, weight: part, tier: priority });
    }
  }
  return [...members.values()];
}
