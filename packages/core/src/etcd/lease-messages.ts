import type { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';

// The messages of etcd's `Lease` service, as far as they are used: api/etcdserverpb/rpc.proto of etcd.

/** What etcd says of a lease. */
export interface LeaseAnswer {
  readonly id: bigint;
  /** How long it lives from when etcd took the request; 0 or less if there is no such lease. */
  readonly ttlSeconds: number;
}

/** `LeaseGrantRequest`, in which etcd chooses the id. */
export function grantRequest(ttlSeconds: number): MessageWriter {
  return new MessageWriter().integer(1, ttlSeconds);
}

/** `LeaseRevokeRequest` and `LeaseKeepAliveRequest`, which say the same. */
export function leaseRequest(id: bigint): MessageWriter {
  return new MessageWriter().integer(1, id);
}

/** `LeaseGrantResponse` and `LeaseKeepAliveResponse`, which have the same fields. */
export function readLease(reader: MessageReader): LeaseAnswer {
  let id = 0n;
  let ttlSeconds = 0;
  while (reader.next()) {
    if (reader.field === 2) id = reader.bigint();
    else if (reader.field === 3) ttlSeconds = reader.integer();
  }
  return { id, ttlSeconds };
}
