import { badOption, describe } from '../options/check-options.js';

/** A lease, or the id of one; `0n` is none. */
export type LeaseReference = bigint | { readonly id: bigint };

/** @throws ConfigurationError BAD_OPTION */
export function leaseId(lease: LeaseReference | undefined): bigint {
  if (lease === undefined) return 0n;
  const id = typeof lease === 'bigint' ? lease : (lease as { id: unknown } | null)?.id;
  if (typeof id === 'bigint') return id;
  throw badOption(`a lease must be an EtcdLease, or the id of one as a bigint, not ${describe(lease)}`);
}
