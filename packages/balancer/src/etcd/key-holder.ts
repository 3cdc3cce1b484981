import { getLogger } from '@liberzmq/core';
import type { EtcdClient } from '@liberzmq/core/etcd';
import { Backoff } from '@liberzmq/core/resilience';
import { hasEnded, isClosed, pause, untilAborted } from './pause.js';

/** The lease that a key was written with, `0n` if without one. Nothing, if there is no such key. */
export type Holder = bigint | undefined;

/** The pauses between attempts to read the key. */
const PAUSES = { baseMs: 100, maxMs: 5_000 };

/** Tells under which lease a key stands. */
export class KeyHolder {
  readonly #client: Pick<EtcdClient, 'get' | 'watch'>;
  readonly #key: string;
  readonly #log = getLogger('liberzmq:balancer');

  constructor(client: Pick<EtcdClient, 'get' | 'watch'>, key: string) {
    this.#client = client;
    this.#key = key;
  }

  /**
   * Waits for a holder that is wanted, however long etcd is away.
   * @param revision the one in which the key was written or read, where it had a holder that is not wanted; read anew, if left out.
   * @returns nothing if the signal has ended the wait. Where the key may not be read, that is all that ends it.
   */
  async becomes(
    isWanted: (holder: Holder) => boolean,
    revision: number | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly holder: Holder } | undefined> {
    const backoff = new Backoff(PAUSES);
    let seen = revision;
    while (!hasEnded(signal)) {
      try {
        if (seen === undefined) {
          const { entry, revision: read } = await this.#client.get(this.#key, { signal });
          if (isWanted(entry?.lease)) return { holder: entry?.lease };
          seen = read;
        }
        for await (const events of this.#client.watch(this.#key, { fromRevision: seen + 1, signal })) {
          backoff.succeeded();
          const last = events.at(-1);
          const holder = last?.type === 'put' ? last.lease : undefined;
          if (isWanted(holder)) return { holder };
        }
      } catch (error) {
        if (hasEnded(signal)) break;
        if (isForbidden(error))
          this.#log.warn(
            { key: this.#key, error },
            'the key of a server may not be read: nobody notices if it is deleted',
          );
        if (isClosed(error) || isForbidden(error)) {
          await untilAborted(signal);
          break;
        }
        this.#log.warn({ key: this.#key, error }, 'the key of a server cannot be watched for now');
      }
      seen = undefined;
      await pause(backoff.failed(), signal);
    }
    return undefined;
  }

  /** Who it is now. Where that may not be read: nobody. */
  async now(signal: AbortSignal): Promise<Holder> {
    try {
      return (await this.#client.get(this.#key, { signal })).entry?.lease;
    } catch (error) {
      if (isForbidden(error)) return undefined;
      throw error;
    }
  }
}

function isForbidden(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'FORBIDDEN';
}
