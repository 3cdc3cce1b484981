const HEADERS = { tenant: 'acme', trace: '0af7651916cd43dd8448eb211c80319c' };
const DEADLINE_MS = 60_000;

/** @type {import('@liberzmq/core').Middleware} */
const PASSES_ON = { name: 'passes on', outgoing: (_message, next) => next(), incoming: (_message, next) => next() };

/**
 * All that ours can do beside sending, or nothing of it: options of an endpoint, its middleware, and the options of each call.
 *
 * @param {import('./contender.mjs').Setup} setup
 */
export function features({ features = false, passingOn = features ? 1 : 0, without }) {
  /** @type {{ checksum?: boolean }} */
  const endpoint = features && !without.includes('checksum') ? { checksum: true } : {};
  const { signal } = new AbortController();
  return {
    endpoint,
    /** @type {{ headers?: Record<string, string>, signal?: AbortSignal, timeoutMs?: number }} */
    call: features ? { headers: HEADERS, signal, timeoutMs: DEADLINE_MS } : {},
    /** @type {import('@liberzmq/core').Middleware[]} */
    middleware: Array.from({ length: passingOn }, () => PASSES_ON),
  };
}
