import { LoadBalancedClient } from '@liberzmq/balancer';

/**
 * A server as the runner names it.
 *
 * @typedef {{ key: string, address: string }} Member
 */

/** What a request may take in all, on a machine that is busy. */
const TIMEOUT_MS = 10_000;
/** For so long a server that is back gets less than its share. */
const SLOW_START_MS = 2_000;
/** How soon it is found to be back. */
const RECONNECT_MS = 200;

/**
 * One client for all query servers. What a crash leaves without an answer it asks of another one: all actions of the contract are idempotent.
 *
 * @param {readonly Member[]} servers
 * @param {import('@liberzmq/core').Middleware} tracing
 */
export function balancedServers(servers, tracing) {
  return new LoadBalancedClient({
    addresses: servers,
    timeoutMs: TIMEOUT_MS,
    slowStartMs: SLOW_START_MS,
    client: { reconnectMaxIntervalMs: RECONNECT_MS },
  }).addMiddleware(tracing);
}
