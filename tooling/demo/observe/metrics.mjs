import { once } from 'node:events';
import { createServer } from 'node:http';
import { metricsHandler, prometheusMetrics } from '@liberzmq/middleware/prometheus';

/** Each airport is a topic: there are more than the default expects. */
const MAX_SUBJECTS = 1_000;

/**
 * Exposes what the endpoints of this process do, for Prometheus to fetch.
 *
 * @returns where, and what ends it
 */
export async function exposeMetrics() {
  const metrics = prometheusMetrics({ maxSubjects: MAX_SUBJECTS });
  const web = createServer(metricsHandler(metrics)).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (web.address());
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    async close() {
      metrics.stop();
      web.closeAllConnections();
      web.close();
      await once(web, 'close');
    },
  };
}
