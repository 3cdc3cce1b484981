import { EtcdEvent, type EtcdEntryFields } from './etcd-entry.js';
import type { KeyRange } from './key-range.js';
import { readFields, readOrigin } from './kv-messages.js';
import { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';

// The messages of etcd's `Watch` service, as far as they are used: api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto of etcd.

/** What `WatchResponse` says. */
export interface WatchAnswer {
  /** Which cluster says it. */
  readonly cluster: bigint;
  /** The revision up to which the events are complete. */
  readonly revision: number;
  /** Whether it says that the watch has begun: with what comes after `revision`, where no revision was asked for. */
  readonly isCreated: boolean;
  /** Whether it says that the watch is over. */
  readonly isCanceled: boolean;
  /** The oldest revision that there is, where the watch has asked for an older one; otherwise 0. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly events: readonly EtcdEvent[];
}

const DELETE = 1;

/**
 * `WatchRequest` with `WatchCreateRequest`. It asks to be told now and then how far the store has come, so that a watch of keys that seldom change does not resume
 * at a revision that is long gone. Not for fragments: what came in one revision comes in one answer.
 * @param fromRevision the first one to be told of; 0: the next.
 */
export function watchRequest({ key, end }: KeyRange, fromRevision: number): MessageWriter {
  const create = new MessageWriter().bytes(1, key).bytes(2, end).integer(3, fromRevision).integer(4, 1);
  return new MessageWriter().message(1, create);
}

export function readWatch(reader: MessageReader): WatchAnswer {
  const events: EtcdEvent[] = [];
  const state = { isCreated: false, isCanceled: false, compactRevision: 0, cancelReason: '' };
  const answer = { cluster: 0n, revision: 0, ...state, events };
  while (reader.next()) {
    if (reader.field === 1) Object.assign(answer, readOrigin(reader.message()));
    else if (reader.field === 3) answer.isCreated = reader.flag();
    else if (reader.field === 4) answer.isCanceled = reader.flag();
    else if (reader.field === 5) answer.compactRevision = reader.integer();
    else if (reader.field === 6) answer.cancelReason = reader.text();
    else if (reader.field === 11) events.push(readEvent(reader.message()));
  }
  return answer;
}

/** `Event`. */
function readEvent(reader: MessageReader): EtcdEvent {
  let type = 0;
  let fields: EtcdEntryFields = readFields(new MessageReader(new Uint8Array(0)));
  while (reader.next()) {
    if (reader.field === 1) type = reader.integer();
    else if (reader.field === 2) fields = readFields(reader.message());
  }
  return new EtcdEvent(type === DELETE ? 'delete' : 'put', fields);
}
