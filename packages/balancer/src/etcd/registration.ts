import { getLogger, type CloseOptions, type WaitOptions } from '@liberzmq/core';
import type { EtcdClient, EtcdLease } from '@liberzmq/core/etcd';
import { Closing } from '@liberzmq/core/requesters';
import { Backoff } from '@liberzmq/core/resilience';
import { KeyHolder, type Holder } from './key-holder.js';
import { hasEnded, isClosed, pause } from './pause.js';

/** The part of a client of etcd that is used. */
export type RegistrationClient = Pick<EtcdClient, 'get' | 'grantLease' | 'put' | 'watch'>;

/** What stands in etcd, and for how long without a sign of life. */
export interface RegistrationSettings {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
}

/** What stands there, as it was written. */
interface Standing {
  readonly lease: EtcdLease;
  readonly revision: number;
}

/** The pauses between attempts to stand there again. */
const PAUSES = { baseMs: 100, maxMs: 5_000 };

/** The pauses between attempts to give a lease up. */
const REVOKE_PAUSES = { baseMs: 50, maxMs: 500 };

/** How long one attempt to give a lease up may take, in ms. */
const REVOKE_MS = 2_000;

/** A server that stands in etcd until it is closed. */
export class Registration implements AsyncDisposable {
  /** The key at which it stands: the prefix, a `/`, and its name. */
  readonly key: string;
  readonly #client: RegistrationClient;
  readonly #settings: RegistrationSettings;
  readonly #holder: KeyHolder;
  readonly #log = getLogger('liberzmq:balancer');
  readonly #closing = new Closing('this registration');
  readonly #ending = new AbortController();
  /** The last one that there was. */
  #lease: EtcdLease | undefined;
  /** The leases under which it may stand there. */
  readonly #own = new Set<bigint>();
  #stands = false;
  #kept: Promise<void> | undefined;

  /** For `register`. */
  constructor(client: RegistrationClient, settings: RegistrationSettings) {
    this.#client = client;
    this.#settings = settings;
    this.key = settings.key;
    this.#holder = new KeyHolder(client, settings.key);
  }

  /** Whether it stands there, as far as is known: `false` while its lease is lost or may be, its key was deleted, or another registration has its name. */
  get isRegistered(): boolean {
    return this.#stands && this.#lease?.lost.aborted === false;
  }

  /** For `register`. @param limits of all of it; without a time, each call has the time that the client gives it. */
  async begin(limits: WaitOptions): Promise<void> {
    this.#kept = this.#keep(await this.#write(limits));
  }

  /**
   * Takes it out at once: clients ask it nothing more. Where etcd cannot be reached it tries on until the time is up; that is logged, and it is out when the time of the lease is up. A second call returns the same promise.
   * @throws ConfigurationError BAD_OPTION
   */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, async (timeoutMs) => {
      const deadline = performance.now() + timeoutMs;
      this.#ending.abort();
      await this.#kept;
      // One that counts as lost may be alive: etcd gives all leases more time when it starts again.
      if (this.#lease !== undefined) await this.#revoke(this.#lease, deadline);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #revoke(lease: EtcdLease, deadline: number): Promise<void> {
    const backoff = new Backoff(REVOKE_PAUSES);
    const never = new AbortController().signal;
    for (;;) {
      try {
        // Even with no time at all it is worth an attempt, which tells etcd in most cases.
        await lease.revoke({ timeoutMs: Math.max(1, Math.min(REVOKE_MS, deadline - performance.now())) });
        return;
      } catch (error) {
        const pauseMs = backoff.failed();
        if (isClosed(error) || performance.now() + pauseMs >= deadline) {
          this.#log.warn(
            { key: this.key, error },
            'a server could not be taken out of etcd: it is when its time is up',
          );
          return;
        }
        await pause(pauseMs, never);
      }
    }
  }

  /** Sees to it that it stands there, until it is closed. */
  async #keep(first: Standing): Promise<void> {
    const { signal } = this.#ending;
    for (let standing: Standing | undefined = first; standing !== undefined; standing = await this.#again()) {
      const { lease, revision } = standing;
      const change = await this.#holder.becomes(
        (holder) => holder !== lease.id,
        revision,
        AbortSignal.any([lease.lost, signal]),
      );
      if (hasEnded(signal)) return;
      this.#stands = false;
      if (hasEnded(lease.lost))
        this.#log.warn({ key: this.key, error: lease.lost.reason as unknown }, 'the lease of a server was lost');
      else if (!this.#isElses(change?.holder)) this.#log.warn({ key: this.key }, 'the key of a server was deleted');
    }
  }

  /** Where another one has its name, it waits until that is gone: two that wrote in turns would be worse than one that is missing. */
  async #again(): Promise<Standing | undefined> {
    const { signal } = this.#ending;
    const backoff = new Backoff(PAUSES);
    while (!hasEnded(signal)) {
      try {
        if (this.#isElses(await this.#holder.now(signal))) {
          this.#log.warn(
            { key: this.key },
            'another registration has this name: this one steps back until that is gone',
          );
          await this.#holder.becomes((holder) => !this.#isElses(holder), undefined, signal);
          continue;
        }
        const standing = await this.#write({ signal });
        this.#log.info({ key: this.key, attempts: backoff.failures + 1 }, 'a server stands in etcd again');
        return standing;
      } catch (error) {
        if (hasEnded(signal)) break;
        this.#log.warn({ key: this.key, error }, 'a server could not be written to etcd');
        if (isClosed(error)) break;
        await pause(backoff.failed(), signal);
      }
    }
    return undefined;
  }

  #isElses(holder: Holder): boolean {
    return holder !== undefined && !this.#own.has(holder);
  }

  async #write(limits: WaitOptions): Promise<Standing> {
    const { key, value, ttlMs } = this.#settings;
    const timeLeft = timeLeftOf(limits);
    const lease =
      this.#lease?.lost.aborted === false ? this.#lease : await this.#client.grantLease({ ...timeLeft(), ttlMs });
    this.#lease = lease;
    this.#own.add(lease.id);
    try {
      const { revision } = await this.#client.put(key, value, { ...timeLeft(), lease });
      this.#own.clear();
      this.#own.add(lease.id);
      this.#stands = true;
      return { lease, revision };
    } catch (error) {
      // It would be kept alive for ever, perhaps with the key. If this fails, its time runs out; nobody waits for it.
      lease.revoke({ timeoutMs: REVOKE_MS }).catch(() => undefined);
      throw error;
    }
  }
}

/** The limits of a call, of what is left of those of several. */
function timeLeftOf({ timeoutMs, signal }: WaitOptions): () => WaitOptions {
  if (timeoutMs === undefined) return () => ({ signal });
  const deadline = performance.now() + timeoutMs;
  return () => ({ timeoutMs: Math.max(1, deadline - performance.now()), signal });
}
