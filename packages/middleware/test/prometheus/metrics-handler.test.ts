import { once } from 'node:events';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { configureLogging, type Logger } from '@liberzmq/core';
import { metricsHandler, type PrometheusMetrics } from '../../src/prometheus/index.js';
import { parseExposition } from './exposition.js';
import { scrapedTests } from './scraped.js';

const { install, serve } = scrapedTests();
const listening: HttpServer[] = [];
const logged: string[] = [];
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

beforeEach(() => {
  logged.length = 0;
  const logger = { level: 'trace', child: () => logger } as unknown as Logger;
  const write = (...line: unknown[]): void => void logged.push(String(line.at(-1)));
  for (const level of LEVELS) logger[level] = level === 'error' ? write : () => undefined;
  configureLogging({ logger });
});

afterEach(async () => {
  configureLogging({ level: 'silent' });
  for (const server of listening.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  listening.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

/** A metric whose collecting fails until it is let. */
function failing(register: Registry): { heal(): void } {
  let isIll = true;
  new Gauge({
    name: 'mine',
    help: 'fails',
    registers: [register],
    collect() {
      if (isIll) throw new Error('the database is at 10.0.0.1');
    },
  });
  return { heal: () => (isIll = false) };
}

describe('metricsHandler', () => {
  it('answers GET with what the register has', async () => {
    const register = new Registry();
    new Gauge({ name: 'mine', help: 'größer', registers: [register] }).set(7);
    const metrics = install({ register });
    const url = await listen(metricsHandler(metrics));
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(text).toContain('größer');
    const exposed = parseExposition(text);
    expect(exposed.value('liberzmq_operations_total', { kind: 'request', subject: 'x', code: 'ok' })).toBe(1);
    expect(exposed.value('mine')).toBe(7);
  });

  it('answers HEAD with the head of that', async () => {
    const metrics = install();
    const response = await fetch(await listen(metricsHandler(metrics)), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(await metrics.metricsText())));
    expect(await response.text()).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const body = method === 'POST' ? 'x'.repeat(100_000) : null;
    const response = await fetch(await listen(metricsHandler(install())), { method, body });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    await response.text();
  });

  it('says 500 and no more if the collecting fails, logs why, and answers the next', async () => {
    const register = new Registry();
    const mine = failing(register);
    const url = await listen(metricsHandler(install({ register })));
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('the metrics could not be collected\n');
    expect(logged).toEqual(['the metrics could not be collected']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(500);
    mine.heal();
    expect((await fetch(url)).status).toBe(200);
  });

  it('bears it that somebody else has answered', async () => {
    const metrics = install();
    const handler = metricsHandler(metrics);
    const url = await listen((request, response) => {
      response.writeHead(204).end();
      handler(request, response);
    });
    expect((await fetch(url)).status).toBe(204);
    expect((await fetch(url)).status).toBe(204);
    expect(logged).toContain('the metrics could not be sent');
  });

  it('bears it that whoever asked has gone', async () => {
    const metrics = install();
    const handler = metricsHandler(metrics);
    let gone: Promise<unknown> | undefined;
    const url = await listen((request, response) => {
      if (request.url === '/metrics') {
        handler(request, response);
        return;
      }
      gone = once(response, 'close').then(() => handler(request, response));
      request.socket.destroy();
    });
    await expect(fetch(`${url}/leave`)).rejects.toThrow();
    await gone;
    expect((await fetch(url)).status).toBe(200);
  });

  it('is not needed where a server of ours tells them', async () => {
    const metrics = install();
    const { client } = await serve({ metrics: () => metrics.metricsText() });
    const exposed = parseExposition(String(await client.sendRequest('metrics')));
    expect(exposed.value('liberzmq_endpoints', { endpoint: 'Server' })).toBe(1);
  });

  it.each<unknown>([undefined, null, {}, { prefix: 'x_' }])('wants metrics, not %p', (wrong) => {
    const badOption = expect.objectContaining({ code: 'BAD_OPTION' });
    expect(() => metricsHandler(wrong as PrometheusMetrics)).toThrow(badOption);
  });
});
