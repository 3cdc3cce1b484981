import type { CloseOptions } from '../contract/closable.js';
import { checkOptions, describe, option } from '../options/check-options.js';
import { closedError, Closing } from '../timing/closing.js';
import { WAIT_OPTIONS, type WaitOptions } from '../timing/wait.js';
import { etcdClientSettings, type EtcdClientOptions } from './etcd-client-options.js';
import { bytesOf, type EtcdData } from './etcd-data.js';
import type { EtcdEntry } from './etcd-entry.js';
import { EtcdLease } from './etcd-lease.js';
import { EtcdTransport } from './etcd-transport.js';
import { EtcdWatch } from './etcd-watch.js';
import { KeepAlives } from './keep-alives.js';
import { KeptLease, leaseName } from './kept-lease.js';
import { keysWithPrefix, oneKey, type KeyRange } from './key-range.js';
import { deleteRequest, putRequest, rangeRequest, readDelete, readHeader, readRange } from './kv-messages.js';
import { grantRequest, leaseRequest, readLease } from './lease-messages.js';
import { leaseId, type LeaseReference } from './lease-reference.js';
import { MessageReader } from './message-reader.js';
import type { MessageWriter } from './message-writer.js';
import { statusDetails } from './status-error.js';
import {
  readTransaction,
  transactionRequest,
  type EtcdTransaction,
  type EtcdTransactionResult,
} from './transaction.js';

/** For {@link EtcdClient.put}. */
export interface EtcdPutOptions extends WaitOptions {
  /** The lease that the key is to go with. Without one, it stays until it is deleted. */
  lease?: LeaseReference | undefined;
}

/** For {@link EtcdClient.grantLease}. */
export interface EtcdLeaseOptions extends WaitOptions {
  /** How long etcd keeps the lease after it was last renewed, in ms; above 0, rounded up to whole seconds. etcd has a minimum, which follows from its election time-out: 2 s by default. */
  ttlMs: number;
}

/** For {@link EtcdClient.watchPrefix}. */
export interface EtcdWatchOptions {
  /**
   * The first revision to be told of. What was read with revision `r` is watched without a gap from `r + 1` on. One that etcd has not come near is taken for one of another store, and
   * ends the watch with an error: see {@link hasLostHistory}.
   * @defaultValue from when etcd has begun the watch
   */
  fromRevision?: number | undefined;
  /** Aborting it ends the watch, with `ABORTED`. */
  signal?: AbortSignal | undefined;
}

/**
 * A client of etcd v3: keys, transactions, leases and watches. It connects when it is first used.
 *
 * All calls take `timeoutMs` and `signal`, and reject with a `LiberZMQError` whose outcome says whether etcd may have done it. A member that cannot be reached is left for the next one; what another member
 * may have done is asked again only if it changes nothing.
 * @example
 * ```ts
 * const client = new EtcdClient({ endpoints: ['http://127.0.0.1:2379'] });
 * await client.put('/greeting', 'hello');
 * const { entry } = await client.get('/greeting');
 * console.log(entry?.text());
 * await client.close();
 * ```
 */
export class EtcdClient {
  readonly #transport: EtcdTransport;
  readonly #keepAlives: KeepAlives;
  readonly #watches = new Set<EtcdWatch>();
  readonly #closing = new Closing('this etcd client');

  /** @throws ConfigurationError BAD_OPTION, also where `@grpc/grpc-js` is not installed; BAD_ADDRESS */
  constructor(options: EtcdClientOptions) {
    this.#transport = new EtcdTransport(etcdClientSettings(options));
    this.#keepAlives = new KeepAlives(this.#transport);
  }

  /** One key, if there is one, and the revision that etcd had then. */
  async get(key: EtcdData, options?: WaitOptions): Promise<{ entry: EtcdEntry | undefined; revision: number }> {
    const { entries, revision } = await this.#range(`get of ${describe(key)}`, oneKey(key), options);
    return { entry: entries[0], revision };
  }

  /** All keys that begin so, in order, and the revision that etcd had then. An empty prefix is that of all keys. */
  getPrefix(prefix: EtcdData, options?: WaitOptions): Promise<{ entries: readonly EtcdEntry[]; revision: number }> {
    return this.#range(`get of prefix ${describe(prefix)}`, keysWithPrefix(prefix), options);
  }

  /** Writes a key. The revision is the key's `modRevision` from then on. */
  async put(key: EtcdData, value: EtcdData, options: EtcdPutOptions = {}): Promise<{ revision: number }> {
    const what = `put of ${describe(key)}`;
    checkOptions('put', options, { ...WAIT_OPTIONS, lease: option.any });
    const { lease, ...limits } = options;
    const request = putRequest(bytesOf('a key', key), bytesOf('a value', value), leaseId(lease));
    return readHeader(await this.#ask('/etcdserverpb.KV/Put', request, what, limits));
  }

  /** Deletes a key, if there is one. */
  delete(key: EtcdData, options?: WaitOptions): Promise<{ deleted: number; revision: number }> {
    return this.#delete(`delete of ${describe(key)}`, oneKey(key), options);
  }

  /** Deletes all keys that begin so. An empty prefix is that of all keys. */
  deletePrefix(prefix: EtcdData, options?: WaitOptions): Promise<{ deleted: number; revision: number }> {
    return this.#delete(`delete of prefix ${describe(prefix)}`, keysWithPrefix(prefix), options);
  }

  /**
   * Compares, and does the one or the other, all at once.
   * @example
   * ```ts
   * const { succeeded } = await client.transaction({
   *   compare: [{ key: '/leader', field: 'createRevision', value: 0 }],
   *   success: [{ type: 'put', key: '/leader', value: 'me', lease }],
   *   failure: [{ type: 'get', key: '/leader' }],
   * });
   * ```
   */
  async transaction(transaction: EtcdTransaction, options?: WaitOptions): Promise<EtcdTransactionResult> {
    const request = transactionRequest(transaction);
    return readTransaction(await this.#ask('/etcdserverpb.KV/Txn', request, 'a transaction', options));
  }

  /** Gets a lease, and keeps it alive until it is revoked or this client is closed. */
  async grantLease(options: EtcdLeaseOptions): Promise<EtcdLease> {
    checkOptions('grantLease', options, { ...WAIT_OPTIONS, ttlMs: option.finiteDurationAboveZero }, ['ttlMs']);
    const { ttlMs, ...limits } = options;
    // Before the call: the time runs from then on at the earliest.
    const askedAt = performance.now();
    const request = grantRequest(Math.ceil(ttlMs / 1_000));
    const answer = readLease(await this.#ask('/etcdserverpb.Lease/LeaseGrant', request, 'grant of a lease', limits));
    const lease = new KeptLease(answer.id, answer.ttlSeconds * 1_000, askedAt, this.#keepAlives);
    this.#keepAlives.keep(lease);
    return new EtcdLease(lease, (kept, revokeOptions) => this.#revoke(kept, revokeOptions));
  }

  /** Watches one key. */
  watch(key: EtcdData, options?: EtcdWatchOptions): EtcdWatch {
    return this.#watch(`watch of ${describe(key)}`, oneKey(key), options);
  }

  /**
   * Watches all keys that begin so. It begins when the first batch is asked for.
   * @throws ConfigurationError BAD_OPTION; ConnectionError CLOSED
   * @example
   * ```ts
   * const { entries, revision } = await client.getPrefix('/services/');
   * for await (const events of client.watchPrefix('/services/', { fromRevision: revision + 1 })) {
   *   for (const { type, key } of events) console.log(type, key);
   * }
   * ```
   */
  watchPrefix(prefix: EtcdData, options?: EtcdWatchOptions): EtcdWatch {
    return this.#watch(`watch of prefix ${describe(prefix)}`, keysWithPrefix(prefix), options);
  }

  /**
   * Ends all watches, waits for the calls that are under way, and lets everything go. Leases are not revoked: they are not kept alive any more, and end when their time is up.
   * @throws ConfigurationError BAD_OPTION
   */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, async (timeoutMs) => {
      const watches = [...this.#watches].map((watch) => watch.return());
      await this.#transport.drained(timeoutMs);
      this.#keepAlives.close();
      this.#transport.close();
      await Promise.all(watches);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #range(
    what: string,
    range: KeyRange,
    options?: WaitOptions,
  ): Promise<{ entries: readonly EtcdEntry[]; revision: number }> {
    return readRange(await this.#ask('/etcdserverpb.KV/Range', rangeRequest(range), what, options, true));
  }

  async #delete(what: string, range: KeyRange, options?: WaitOptions): Promise<{ deleted: number; revision: number }> {
    return readDelete(await this.#ask('/etcdserverpb.KV/DeleteRange', deleteRequest(range), what, options));
  }

  async #revoke(lease: KeptLease, options?: WaitOptions): Promise<void> {
    const what = `revocation of lease ${leaseName(lease.id)}`;
    lease.lose(closedError(`lease ${leaseName(lease.id)} was revoked`, 'unknown'));
    try {
      await this.#ask('/etcdserverpb.Lease/LeaseRevoke', leaseRequest(lease.id), what, options, true);
    } catch (error) {
      // It is gone already, which is what is wanted.
      if (statusDetails(error)?.status !== 'NOT_FOUND') throw error;
    }
  }

  #watch(what: string, range: KeyRange, options: EtcdWatchOptions = {}): EtcdWatch {
    checkOptions('watch', options, { fromRevision: option.limit, signal: option.signal });
    this.#closing.refuse(what);
    const { fromRevision = 0, signal } = options;
    // One key is enough, and whoever may watch the range may read it.
    const storeRevision = async (ending: AbortSignal): Promise<number> =>
      (await this.#range(what, oneKey(range.key), { signal: ending })).revision;
    const watch = new EtcdWatch(this.#transport, { range, what, fromRevision, signal, storeRevision }, (each) => {
      this.#watches.delete(each);
    });
    this.#watches.add(watch);
    return watch;
  }

  async #ask(
    method: string,
    request: MessageWriter,
    what: string,
    options?: WaitOptions,
    isRepeatable = false,
  ): Promise<MessageReader> {
    this.#closing.refuse(what);
    return new MessageReader(
      await this.#transport.ask({ method, body: request.finish(), what, isRepeatable }, options),
    );
  }
}
