import type { IncomingMessage, ServerResponse } from 'node:http';
import { getLogger } from '@liberzmq/core';
import { badOption, describe } from '@liberzmq/core/options';
import type { PrometheusMetrics } from './prometheus-metrics.js';

/** Answers a request of `node:http`; those of express, and `request.raw` and `reply.raw` of fastify, are such too. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/**
 * What Prometheus scrapes: answers GET with all that the register of these metrics has, whatever the path, and HEAD with the head of that. Anything else is
 * 405. If the collecting fails, the answer is 500 and says no more; why is in the log `liberzmq:prometheus`. Never throws, never rejects.
 * @throws ConfigurationError BAD_OPTION if it is not given metrics
 * @example
 * ```ts
 * createServer(metricsHandler(prometheusMetrics())).listen(9464);
 * app.get('/metrics', metricsHandler(metrics)); // express
 * ```
 */
export function metricsHandler(metrics: PrometheusMetrics): MetricsHandler {
  if (typeof (metrics as Partial<PrometheusMetrics> | undefined)?.metricsText !== 'function')
    throw badOption(`metricsHandler: give it what prometheusMetrics() returns, not ${describe(metrics)}`);
  const log = getLogger('liberzmq:prometheus');
  return (request, response) => {
    answerTo(request.method, metrics)
      .catch((error: unknown): Answer => {
        log.error({ err: error }, 'the metrics could not be collected');
        return { status: 500, contentType: PLAIN_TEXT, body: 'the metrics could not be collected\n' };
      })
      .then((answer) => {
        send(answer, request.method === 'HEAD', response);
      })
      .catch((error: unknown) => {
        // Somebody else has answered already, for one.
        log.error({ err: error }, 'the metrics could not be sent');
      });
  };
}

async function answerTo(method: string | undefined, metrics: PrometheusMetrics): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') {
    const headers = { allow: 'GET, HEAD' };
    return { status: 405, contentType: PLAIN_TEXT, body: 'metrics are read with GET\n', headers };
  }
  const body = await metrics.metricsText();
  return { status: 200, contentType: metrics.contentType, body };
}

function send({ status, contentType, body, headers }: Answer, isHead: boolean, response: ServerResponse): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': contentType, 'content-length': length, ...headers });
  if (isHead) response.end();
  else response.end(body);
}
