import { hasLostHistory, type EtcdClient } from '@liberzmq/core/etcd';
import { badOption, checkOptions, option } from '@liberzmq/core/options';
import { Backoff } from '@liberzmq/core/resilience';
import { Changes } from '../resolvers/changes.js';
import type { Resolver, ResolverListener, ResolverWatch } from '../resolvers/resolver.js';
import { Directory } from './directory.js';
import { folderOf, prefixOption } from './folder.js';
import { hasEnded, isClosed, pause } from './pause.js';

/** For {@link etcdMembers}. */
export interface EtcdMembersOptions {
  /** A client of etcd. It is not closed with the watch. */
  client: Pick<EtcdClient, 'getPrefix' | 'watchPrefix'>;
  /** Where the servers stand: all keys below it, as below a folder. A `/` is added where it has none at its end. */
  prefix: string;
}

const client = option.having('an EtcdClient', 'getPrefix', 'watchPrefix');

/** The pauses between attempts to read the keys. */
const PAUSES = { baseMs: 100, maxMs: 5_000 };

/**
 * The servers that stand below a prefix in etcd, as {@link register} writes them: `{ "address": "tcp://10.0.0.1:5556", "weight": 2, "tier": 0 }`. They come and go within milliseconds. While etcd cannot be
 * reached, those stay that were known last; where it has forgotten what happened meanwhile, or comes back with another store, all of them are read anew. What is no entry is skipped.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const etcd = new EtcdClient({ endpoints: ['http://127.0.0.1:2379'] });
 * const client = new LoadBalancedClient({ resolver: etcdMembers({ client: etcd, prefix: '/services/price' }) });
 * ```
 */
export function etcdMembers(options: EtcdMembersOptions): EtcdMembers {
  checkOptions('etcdMembers', options, { client, prefix: prefixOption }, ['client', 'prefix']);
  return new EtcdMembers(options);
}

/** What {@link etcdMembers} returns. */
export class EtcdMembers implements Resolver {
  readonly #client: EtcdMembersOptions['client'];
  readonly #prefix: string;
  #malformed = 0;

  /** For {@link etcdMembers}. */
  constructor({ client, prefix }: EtcdMembersOptions) {
    this.#client = client;
    this.#prefix = folderOf(prefix);
  }

  /** How many values were skipped so far because they are no entries. Each of them is told as an error once. */
  get malformed(): number {
    return this.#malformed;
  }

  watch(listener: ResolverListener): ResolverWatch {
    const ending = new AbortController();
    const ended = this.#run(listener, ending.signal);
    return {
      close: () => {
        ending.abort();
        return ended;
      },
    };
  }

  async #run(listener: ResolverListener, signal: AbortSignal): Promise<void> {
    const changes = new Changes(listener);
    const backoff = new Backoff(PAUSES);
    const skipped: Error[] = [];
    const directory = new Directory((key, why) => {
      this.#malformed += 1;
      skipped.push(badOption(`what stands in etcd at '${key}' is no server and was skipped: ${why}`));
    });
    const tell = (): void => {
      changes.tell(directory.members());
      // Afterwards: a list would pass for the end of whatever was wrong before it.
      for (const error of skipped.splice(0)) if (!hasEnded(signal)) listener.onError(error);
    };
    while (!hasEnded(signal)) {
      try {
        await this.#follow(directory, tell, backoff, signal);
      } catch (error) {
        if (hasEnded(signal)) return;
        // All is read anew, and nothing is lost by it.
        if (!hasLostHistory(error)) listener.onError(error);
        if (isClosed(error)) return;
        await pause(backoff.failed(), signal);
      }
    }
  }

  /** Reads all keys, and follows their changes for as long as that can be done. */
  async #follow(directory: Directory, tell: () => void, backoff: Backoff, signal: AbortSignal): Promise<void> {
    const { entries, revision } = await this.#client.getPrefix(this.#prefix, { signal });
    directory.replace(entries);
    if (hasEnded(signal)) return;
    tell();
    for await (const events of this.#client.watchPrefix(this.#prefix, { fromRevision: revision + 1, signal })) {
      if (hasEnded(signal)) return;
      backoff.succeeded();
      directory.apply(events);
      tell();
    }
  }
}
