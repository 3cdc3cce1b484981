import { afterEach } from '@jest/globals';
import { Registry } from 'prom-client';
import { Client, Server, type ActionHandler, type Closable } from '@liberzmq/core';
import {
  prometheusMetrics,
  type PrometheusMetrics,
  type PrometheusMetricsOptions,
} from '../../src/prometheus/index.js';
import { parseExposition, type Exposition } from './exposition.js';

export const ANY_PORT = 'tcp://127.0.0.1:*';

/** What the tests of a file have opened is closed after each. Call it once, at the top of the file. */
export function scrapedTests() {
  const opened: Closable[] = [];
  const installed: PrometheusMetrics[] = [];
  afterEach(async () => {
    for (const metrics of installed.splice(0)) metrics.stop();
    await Promise.all(opened.splice(0).map((endpoint) => endpoint.close({ timeoutMs: 0 })));
  });
  const keep = <T extends Closable>(endpoint: T): T => {
    opened.push(endpoint);
    return endpoint;
  };
  return {
    keep,
    /** Metrics in a register of their own. */
    install: (options?: PrometheusMetricsOptions): PrometheusMetrics => {
      const metrics = prometheusMetrics({ register: new Registry(), ...options });
      installed.push(metrics);
      return metrics;
    },
    /** A server with these handlers and a client that is connected to it. */
    serve: async (handlers: Readonly<Record<string, ActionHandler>>): Promise<{ server: Server; client: Client }> => {
      const server = keep(new Server({ address: ANY_PORT }));
      for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
      await server.startServer();
      const client = keep(new Client({ address: addressOf(server) }));
      await client.connect({ waitForConnection: true });
      return { server, client };
    },
  };
}

export async function scrape(metrics: PrometheusMetrics): Promise<Exposition> {
  return parseExposition(await metrics.metricsText());
}

/** Scrapes until what it reads will do; fails when that takes too long. */
export async function scrapeUntil(
  metrics: PrometheusMetrics,
  isEnough: (exposition: Exposition) => boolean,
): Promise<Exposition> {
  const end = performance.now() + 5_000;
  for (;;) {
    const exposition = await scrape(metrics);
    if (isEnough(exposition)) return exposition;
    if (performance.now() > end) throw new Error(`scraped for 5 s in vain:\n${await metrics.metricsText()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The address that an endpoint is bound to. */
export function addressOf(endpoint: { readonly boundAddress: string | undefined }): string {
  if (endpoint.boundAddress === undefined) throw new Error('this endpoint is not bound');
  return endpoint.boundAddress;
}
