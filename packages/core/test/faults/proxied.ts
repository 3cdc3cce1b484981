import { afterEach } from '@jest/globals';
import type { Client } from '@liberzmq/core';
import { FaultProxy, type FaultProxyOptions } from '@liberzmq-tooling/testkit';
import { addressOf } from '../integration/endpoints.js';

type Bound = Parameters<typeof addressOf>[0];

/** Makes proxies in front of bound endpoints, and closes them after each test. Call it once, at the top of the file. */
export function proxyAfterEach(): (
  bound: Bound,
  options?: Omit<FaultProxyOptions, 'targetPort'>,
) => Promise<FaultProxy> {
  const opened: FaultProxy[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((proxy) => proxy.close()));
  });
  return async (bound, options) => {
    const targetPort = Number(/:(\d+)$/.exec(addressOf(bound))?.[1]);
    const proxy = await FaultProxy.start({ targetPort, ...options });
    opened.push(proxy);
    return proxy;
  };
}

/** Whether an endpoint waits for nothing and has nothing to send. What it tells its peer of requests that are over takes a moment to leave. */
export function hasNothingLeft(endpoint: Pick<Client, 'stats'>): boolean {
  const { inFlight, queued } = endpoint.stats();
  return inFlight === 0 && queued.messages === 0 && queued.bytes === 0;
}

/** Time that passes in a test's schedule. It is nothing to wait for a condition with. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The seeds of a test: its own, or those that the environment names in `FAULT_SEEDS`, as `7` or `1-100`. */
export function seeds(...usual: number[]): number[] {
  const wanted = /^(\d+)(?:-(\d+))?$/.exec(process.env['FAULT_SEEDS'] ?? '');
  if (wanted === null) return usual;
  const from = Number(wanted[1]);
  const to = Number(wanted[2] ?? from);
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
