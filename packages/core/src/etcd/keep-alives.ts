import { RemoteError } from '../errors/error-classes.js';
import { Backoff } from '../resilience/backoff.js';
import { closedError } from '../timing/closing.js';
import { leaseName, type KeptLease, type LeaseKeeper } from './kept-lease.js';
import { leaseRequest, readLease } from './lease-messages.js';
import { MessageReader } from './message-reader.js';
import type { MessageStream, StreamSource } from './message-stream.js';
import { pause } from './pause.js';

/** The pauses between attempts to open the stream. The shortest lease leaves a second for all of it. */
const PAUSES = { baseMs: 50, maxMs: 500 };

/** The part of the shortest time of a lease that the connecting to one member may take. */
const CONNECT_SHARE = 0.25;

/** Keeps all leases of a client alive, over one stream, which is opened again when it breaks, to the next member. */
export class KeepAlives implements LeaseKeeper {
  readonly #source: StreamSource;
  readonly #leases = new Map<bigint, KeptLease>();
  #stream: MessageStream | undefined;
  #isClosed = false;
  /** Aborts when there is nothing left to keep alive. */
  #idle: AbortController | undefined;

  constructor(source: StreamSource) {
    this.#source = source;
  }

  keep(lease: KeptLease): void {
    if (this.#isClosed) {
      lease.lose(notKept(lease));
      return;
    }
    this.#leases.set(lease.id, lease);
    if (this.#idle !== undefined) return;
    this.#idle = new AbortController();
    void this.#run(this.#idle.signal);
  }

  renew(lease: KeptLease): void {
    if (this.#stream === undefined) return;
    lease.asked();
    this.#stream.write(leaseRequest(lease.id).finish());
  }

  /** A member that does not answer in time is left for the next one. */
  overdue(_lease: KeptLease): void {
    this.#stream?.giveUp();
  }

  forget(lease: KeptLease): void {
    if (!this.#leases.delete(lease.id) || this.#leases.size > 0) return;
    this.#idle?.abort();
    this.#idle = undefined;
  }

  /** Nothing is kept alive any more. */
  close(): void {
    this.#isClosed = true;
    for (const lease of [...this.#leases.values()]) lease.lose(notKept(lease));
  }

  async #run(idle: AbortSignal): Promise<void> {
    const backoff = new Backoff(PAUSES);
    while (!idle.aborted) {
      // Whatever is the matter may pass as long as there is a lease: they end by themselves.
      await this.#serve(idle, backoff).catch(() => undefined);
      await pause(backoff.failed(), idle);
    }
  }

  async #serve(idle: AbortSignal, backoff: Backoff): Promise<void> {
    const shortest = Math.min(...[...this.#leases.values()].map(({ ttlMs }) => ttlMs));
    const deadline = performance.now() + shortest * CONNECT_SHARE;
    const what = 'keeping leases alive';
    const stream = await this.#source.openStream('/etcdserverpb.Lease/LeaseKeepAlive', what, deadline, idle);
    this.#begin(stream);
    try {
      for await (const message of stream) {
        backoff.succeeded();
        this.#take(message);
      }
    } finally {
      this.#end(stream);
    }
  }

  #begin(stream: MessageStream): void {
    this.#stream = stream;
    for (const lease of this.#leases.values()) if (lease.isDue) this.renew(lease);
  }

  #end(stream: MessageStream): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    for (const lease of this.#leases.values()) lease.unanswered();
  }

  #take(message: Uint8Array): void {
    const { id, ttlSeconds } = readLease(new MessageReader(message));
    const lease = this.#leases.get(id);
    if (ttlSeconds > 0) {
      lease?.answered();
    } else {
      const details = { status: 'NOT_FOUND', reason: 'etcdserver: requested lease not found' };
      lease?.lose(new RemoteError('REMOTE', `etcd has no lease ${leaseName(id)} any more`, { details }));
    }
  }
}

function notKept({ id }: KeptLease): Error {
  return closedError(`lease ${leaseName(id)} is not kept alive any more: the client is closed`, 'unknown');
}
