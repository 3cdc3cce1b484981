import type { EndpointInfo } from '../contract/endpoint-info.js';

const KEY = Symbol.for('@liberzmq/open-endpoints');

/**
 * Every endpoint that is open in this process. An endpoint stays here until it is closed, which also keeps a socket that nobody
 * else refers to from being collected. Under a global key, so that two copies of the package have one set.
 */
export const openEndpoints: Set<EndpointInfo> = ((globalThis as Record<symbol, unknown>)[KEY] ??=
  new Set()) as Set<EndpointInfo>;

/** The endpoints that are open in this process at the moment, for whoever shows how they fare. */
export function listEndpoints(): EndpointInfo[] {
  return [...openEndpoints];
}
