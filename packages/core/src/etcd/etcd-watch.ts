import { AuthenticationError, CancelledError, RemoteError } from '../errors/error-classes.js';
import { Backoff } from '../resilience/backoff.js';
import type { EtcdEvent } from './etcd-entry.js';
import type { KeyRange } from './key-range.js';
import { MessageReader } from './message-reader.js';
import type { StreamSource } from './message-stream.js';
import { pause } from './pause.js';
import { statusError, type StatusDetails } from './status-error.js';
import { readWatch, watchRequest, type WatchAnswer } from './watch-messages.js';

/** The pauses between attempts to open the stream. */
const PAUSES = { baseMs: 100, maxMs: 2_000 };

/** How long connecting to one member may take, in ms, before the next one is tried. */
const CONNECT_MS = 5_000;

const PERMISSION_DENIED = 7;

/** What is watched. */
export interface WatchSettings {
  readonly range: KeyRange;
  /** As errors say it: `watch of '/a'`. */
  readonly what: string;
  /** The first revision to be told of; 0: from now on. */
  readonly fromRevision: number;
  readonly signal: AbortSignal | undefined;
  /** Asks how far the store has come, of all members together. */
  readonly storeRevision: (signal: AbortSignal) => Promise<number>;
}

/**
 * The changes of some keys, in order and without a gap, in batches: never part of a revision. Whatever happens to the connection, it goes on where it was, for as long as it takes.
 * It ends with an error where it cannot: {@link hasLostHistory} tells if that is because what is to come next is not in etcd any more.
 */
export class EtcdWatch implements AsyncIterableIterator<readonly EtcdEvent[]> {
  readonly #source: StreamSource;
  readonly #settings: WatchSettings;
  readonly #ending = new AbortController();
  readonly #batches: AsyncGenerator<readonly EtcdEvent[], undefined>;
  readonly #onAbort = (): void => {
    this.#ending.abort();
  };
  readonly #onOver: (watch: EtcdWatch) => void;
  /** The first revision that is still to come; 0 until that is known. */
  #nextRevision: number;
  /** Which cluster has told of it so far. */
  #cluster: bigint | undefined;

  /**
   * For `EtcdClient`.
   * @param onOver called when it has ended.
   */
  constructor(source: StreamSource, settings: WatchSettings, onOver: (watch: EtcdWatch) => void) {
    this.#source = source;
    this.#settings = settings;
    this.#nextRevision = settings.fromRevision;
    this.#onOver = onOver;
    this.#batches = this.#run();
    settings.signal?.addEventListener('abort', this.#onAbort);
    if (settings.signal?.aborted === true) this.#onAbort();
  }

  /**
   * The next batch, of one event at least.
   * @throws RemoteError REMOTE if revisions are gone, or etcd has come back with another store; AuthenticationError UNAUTHENTICATED or FORBIDDEN; CancelledError ABORTED
   */
  next(): Promise<IteratorResult<readonly EtcdEvent[], undefined>> {
    return this.#batches.next();
  }

  /** Ends it, and whatever waits for the next batch. */
  async return(): Promise<IteratorResult<readonly EtcdEvent[], undefined>> {
    this.#ending.abort();
    this.#over();
    return this.#batches.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async *#run(): AsyncGenerator<readonly EtcdEvent[], undefined> {
    const backoff = new Backoff(PAUSES);
    try {
      while (!this.#hasEnded()) {
        try {
          yield* this.#connection(backoff);
        } catch (error) {
          if (!this.#hasEnded() && !this.#source.mayReopen(error)) throw error;
        }
        await pause(backoff.failed(), this.#ending.signal);
      }
    } finally {
      this.#over();
    }
    const { signal, what } = this.#settings;
    if (signal?.aborted === true)
      throw new CancelledError('ABORTED', `${what} was aborted`, { outcome: 'unknown', cause: signal.reason });
    return undefined;
  }

  /** What comes over one stream, until that ends. */
  async *#connection(backoff: Backoff): AsyncGenerator<readonly EtcdEvent[], void> {
    const { range, what } = this.#settings;
    const { signal } = this.#ending;
    const deadline = performance.now() + CONNECT_MS;
    const stream = await this.#source.openStream('/etcdserverpb.Watch/Watch', what, deadline, signal);
    stream.write(watchRequest(range, this.#nextRevision).finish());
    for await (const message of stream) {
      const answer = readWatch(new MessageReader(message));
      if (answer.isCanceled) throw canceled(what, answer);
      if (answer.isCreated) await this.#checkStore(answer);
      backoff.succeeded();
      this.#advance(answer);
      if (answer.events.length > 0) yield answer.events;
    }
  }

  /**
   * An etcd that was wiped, or restored from a snapshot, has come less far than what was seen of it, and would say nothing until it is there. A member that lags
   * behind the others may have come less far as well, and catches up.
   * @throws RemoteError REMOTE if it is another store
   */
  async #checkStore({ cluster, revision: memberRevision }: WatchAnswer): Promise<void> {
    const { what, storeRevision } = this.#settings;
    this.#cluster ??= cluster;
    if (cluster !== this.#cluster) throw anotherStore(what, 'it is another cluster', memberRevision);
    const seen = this.#nextRevision - 1;
    if (memberRevision >= seen) return;
    const revision = await storeRevision(this.#ending.signal);
    if (revision < seen) throw anotherStore(what, `it is at revision ${revision}, and was at ${seen}`, revision);
  }

  /** Where to go on if the connection breaks now. */
  #advance({ isCreated, revision, events }: WatchAnswer): void {
    const last = events.at(-1);
    if (last !== undefined) this.#nextRevision = last.modRevision + 1;
    // The first answer tells how far the store has come, of which a watch from an older revision on has not been told yet.
    else if (!isCreated || this.#nextRevision === 0) this.#nextRevision = Math.max(this.#nextRevision, revision + 1);
  }

  #hasEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  #over(): void {
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#onOver(this);
  }
}

/**
 * Of the error that a watch has ended with because the revisions that it was to tell of are gone from etcd: the oldest one that is there. Nothing, if it is another error.
 * Whoever wants to go on reads the keys anew, and watches from the revision after that.
 */
export function compactRevisionOf(error: unknown): number | undefined {
  const details = (error instanceof RemoteError ? error.details : undefined) as
    { compactRevision?: unknown } | undefined;
  const revision = details?.compactRevision;
  return typeof revision === 'number' ? revision : undefined;
}

/**
 * Whether a watch has ended because etcd cannot tell what came next: it was compacted away, or etcd has come back with another store (wiped, restored from an old snapshot,
 * another cluster at its address). Whoever wants to go on reads the keys anew, and watches from the revision after that.
 */
export function hasLostHistory(error: unknown): boolean {
  const details = (error instanceof RemoteError ? error.details : undefined) as
    { compactRevision?: unknown; storeRevision?: unknown } | undefined;
  return details?.compactRevision !== undefined || details?.storeRevision !== undefined;
}

function anotherStore(what: string, reason: string, storeRevision: number): Error {
  const details: StatusDetails & { storeRevision: number } = { status: 'OUT_OF_RANGE', reason, storeRevision };
  const message = `${what} cannot go on: etcd has come back with another store: ${reason}; read the keys anew`;
  return new RemoteError('REMOTE', message, { details });
}

/** Why etcd has ended a watch. */
function canceled(what: string, { compactRevision, cancelReason }: WatchAnswer): Error {
  if (compactRevision > 0) {
    const reason = 'etcdserver: mvcc: required revision has been compacted';
    const details: StatusDetails & { compactRevision: number } = { status: 'OUT_OF_RANGE', reason, compactRevision };
    const message = `${what} cannot go on: etcd has compacted what came before revision ${compactRevision}; read the keys anew`;
    return new RemoteError('REMOTE', message, { details });
  }
  const error = statusError(what, { code: PERMISSION_DENIED, details: cancelReason });
  if (error instanceof AuthenticationError) return error;
  return new RemoteError('REMOTE', `${what} was ended by etcd: ${cancelReason}`, { details: error.details });
}
