import type * as Grpc from '@grpc/grpc-js';
import { loadOptional } from '../optional-package.js';

/** Loaded with the first client, so that it need not be there for those who make none. @throws ConfigurationError BAD_OPTION */
export function loadGrpc(): typeof Grpc {
  return loadOptional('@grpc/grpc-js', 'an EtcdClient', (load) => load('@grpc/grpc-js') as typeof Grpc);
}

/** Bytes stay bytes: messages are written and read by this library. */
export function asIs(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * What goes along with each call. A member of a cluster that has lost its leader then says so, where it would let requests wait and would leave streams in the belief that
 * nothing happens.
 */
export function callMetadata(grpc: typeof Grpc, token: string | undefined): Grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set('hasleader', 'true');
  if (token !== undefined) metadata.set('token', token);
  return metadata;
}
