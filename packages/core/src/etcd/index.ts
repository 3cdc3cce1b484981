export { EtcdClient, type EtcdLeaseOptions, type EtcdPutOptions, type EtcdWatchOptions } from './etcd-client.js';
export type { EtcdClientOptions, EtcdTlsOptions } from './etcd-client-options.js';
export type { EtcdData } from './etcd-data.js';
export { EtcdEntry, EtcdEvent, type EtcdEntryFields } from './etcd-entry.js';
export { EtcdLease } from './etcd-lease.js';
export { compactRevisionOf, EtcdWatch, hasLostHistory } from './etcd-watch.js';
export type { LeaseReference } from './lease-reference.js';
export type { StatusDetails } from './status-error.js';
export type {
  EtcdComparison,
  EtcdOperation,
  EtcdOperationResult,
  EtcdTransaction,
  EtcdTransactionResult,
} from './transaction.js';
