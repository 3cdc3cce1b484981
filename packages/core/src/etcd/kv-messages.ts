import { EtcdEntry, type EtcdEntryFields } from './etcd-entry.js';
import type { KeyRange } from './key-range.js';
import type { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';

// The messages of etcd's `KV` service, as far as they are used: api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto of etcd.

const NOTHING: Uint8Array = new Uint8Array(0);

/** What `RangeResponse` says. */
export interface RangeAnswer {
  readonly revision: number;
  readonly entries: readonly EtcdEntry[];
}

/** What `DeleteRangeResponse` says. */
export interface DeleteAnswer {
  readonly revision: number;
  /** How many keys there were to delete. */
  readonly deleted: number;
}

/** `RangeRequest`. */
export function rangeRequest({ key, end }: KeyRange): MessageWriter {
  return new MessageWriter().bytes(1, key).bytes(2, end);
}

/** `PutRequest`. */
export function putRequest(key: Uint8Array, value: Uint8Array, lease: bigint): MessageWriter {
  return new MessageWriter().bytes(1, key).bytes(2, value).integer(3, lease);
}

/** `DeleteRangeRequest`. */
export function deleteRequest({ key, end }: KeyRange): MessageWriter {
  return new MessageWriter().bytes(1, key).bytes(2, end);
}

export function readRange(reader: MessageReader): RangeAnswer {
  const entries: EtcdEntry[] = [];
  let revision = 0;
  while (reader.next()) {
    if (reader.field === 1) revision = readRevision(reader.message());
    else if (reader.field === 2) entries.push(new EtcdEntry(readFields(reader.message())));
  }
  return { revision, entries };
}

/** Of a `PutResponse`, and of any other that has its header in field 1. */
export function readHeader(reader: MessageReader): { readonly revision: number } {
  let revision = 0;
  while (reader.next()) if (reader.field === 1) revision = readRevision(reader.message());
  return { revision };
}

export function readDelete(reader: MessageReader): DeleteAnswer {
  let revision = 0;
  let deleted = 0;
  while (reader.next()) {
    if (reader.field === 1) revision = readRevision(reader.message());
    else if (reader.field === 2) deleted = reader.integer();
  }
  return { revision, deleted };
}

/** Of a `ResponseHeader`: which cluster has answered, and the revision that the store had. */
export function readOrigin(reader: MessageReader): { readonly cluster: bigint; readonly revision: number } {
  const origin = { cluster: 0n, revision: 0 };
  while (reader.next()) {
    if (reader.field === 1) origin.cluster = reader.bigint();
    else if (reader.field === 3) origin.revision = reader.integer();
  }
  return origin;
}

/** Of a `ResponseHeader`: the revision that the store had. */
export function readRevision(reader: MessageReader): number {
  let revision = 0;
  while (reader.next()) if (reader.field === 3) revision = reader.integer();
  return revision;
}

/** `KeyValue`. */
export function readFields(reader: MessageReader): EtcdEntryFields {
  const fields = { keyBytes: NOTHING, value: NOTHING, version: 0, createRevision: 0, modRevision: 0, lease: 0n };
  while (reader.next()) {
    if (reader.field === 1) fields.keyBytes = reader.bytes();
    else if (reader.field === 2) fields.createRevision = reader.integer();
    else if (reader.field === 3) fields.modRevision = reader.integer();
    else if (reader.field === 4) fields.version = reader.integer();
    else if (reader.field === 5) fields.value = reader.bytes();
    else if (reader.field === 6) fields.lease = reader.bigint();
  }
  return fields;
}
