const KEY = Symbol.for('@liberzmq/open-endpoints');

/** What is open: anything with an address. */
interface OpenEndpoint {
  readonly address: string;
}

/**
 * Every endpoint that is open in this process. An endpoint stays here until it is closed, which also keeps a socket that nobody
 * else refers to from being collected. Under a global key, so that two copies of the package have one set.
 */
export const openEndpoints: Set<OpenEndpoint> = ((globalThis as Record<symbol, unknown>)[KEY] ??=
  new Set()) as Set<OpenEndpoint>;
