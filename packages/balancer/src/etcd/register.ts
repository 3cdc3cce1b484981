import type { WaitOptions } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { checkWaitOptions } from '@liberzmq/core/requesters';
import { folderOf, prefixOption } from './folder.js';
import { Registration, type RegistrationClient } from './registration.js';
import { ENTRY_CHECKS, writeServerEntry } from './server-entry.js';

/** For {@link register}. */
export interface RegisterOptions {
  /** Where the servers stand: as for `etcdMembers`. */
  prefix: string;
  /** Where clients reach this server, as `tcp://10.0.0.1:5556`: not what it is bound to, where that is a wildcard. */
  address: string;
  /**
   * How much of the load it is to have, beside the others; above 0.
   * @defaultValue 1
   */
  weight?: number | undefined;
  /**
   * Servers of a larger number are asked only for what those of a smaller one cannot take. 0 or more.
   * @defaultValue 0
   */
  tier?: number | undefined;
  /**
   * How long it stays there when its process dies, in ms, rounded up to whole seconds; etcd has a minimum, one and a half of its election time-out, 2 s by default. A shorter time takes more care of etcd: an outage that is longer takes all servers out.
   * @defaultValue 10000
   */
  ttlMs?: number | undefined;
  /**
   * Its name below the prefix. Of two registrations of one name the one that came last stands there; the other one steps back, and stands there again when that is gone.
   * @defaultValue its address: one that is started anew takes its old place
   */
  name?: string | undefined;
}

const CLIENT = option.having('an EtcdClient', 'get', 'grantLease', 'put', 'watch');

const OPTIONS = {
  ...ENTRY_CHECKS,
  prefix: prefixOption,
  ttlMs: option.finiteDurationAboveZero,
  name: option.string,
};

/**
 * Has a server stand in etcd, for clients with `etcdMembers`, for as long as it lives: under a lease that is kept alive, and written anew after the lease was lost, however long etcd was away, or the key was deleted.
 * Resolves when it stands there. To be closed before the server is, so that no new requests come while it finishes what it has.
 * @param limits of the first attempt, which is the only one that fails: `timeoutMs` is the time for all of it, by default that of the client for each of two calls; `signal` ends it.
 * @throws ConfigurationError BAD_OPTION; LiberZMQError as every call of the client
 * @example
 * ```ts
 * const registration = await register(etcd, { prefix: '/services/price', address: 'tcp://10.0.0.1:5556' });
 * process.once('SIGTERM', async () => {
 *   await registration.close();
 *   await server.close();
 * });
 * ```
 */
export async function register(
  client: RegistrationClient,
  options: RegisterOptions,
  limits: WaitOptions = {},
): Promise<Registration> {
  const wanted = CLIENT(client);
  if (wanted !== undefined) throw badOption(`register: the client must be ${wanted}, not ${describe(client)}`);
  checkOptions('register', options, OPTIONS, ['prefix', 'address']);
  checkWaitOptions('register', limits);
  const { prefix, address, weight, tier, ttlMs = 10_000, name = address } = options;
  const value = writeServerEntry({ address, weight, tier });
  const registration = new Registration(client, { key: `${folderOf(prefix)}${name}`, value, ttlMs });
  await registration.begin(limits);
  return registration;
}
