import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from '@jest/globals';
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  register as globalRegister,
  Registry,
  type OpenMetricsContentType,
} from 'prom-client';
import { DEFAULT_BUCKETS, prometheusMetrics, type PrometheusMetricsOptions } from '../../src/prometheus/index.js';
import { parseExposition } from './exposition.js';
import { scrape, scrapedTests } from './scraped.js';

const { install, serve } = scrapedTests();

const BAD_OPTION = expect.objectContaining({ code: 'BAD_OPTION' });

function isHeard(): boolean {
  return ['liberzmq:operation:started', 'liberzmq:operation:ended', 'liberzmq:endpoint'].some(
    (name) => channel(name).hasSubscribers,
  );
}

describe('a register', () => {
  it("is prom-client's global one if none is given", () => {
    using metrics = prometheusMetrics();
    expect(metrics.register).toBe(globalRegister);
    expect(globalRegister.getSingleMetric('liberzmq_operations_total')).toBeInstanceOf(Counter);
    metrics.stop();
    expect(globalRegister.getMetricsAsArray()).toEqual([]);
  });

  it('keeps what is not ours when it stops, and then takes another one', async () => {
    const register = new Registry();
    new Gauge({ name: 'mine', help: 'not ours', registers: [register] }).set(1);
    const metrics = install({ register });
    expect(isHeard()).toBe(true);
    metrics.stop();
    metrics.stop();
    expect(isHeard()).toBe(false);
    expect((await scrape(metrics)).samples).toEqual([{ name: 'mine', labels: {}, value: 1 }]);
    install({ register })[Symbol.dispose]();
    expect(isHeard()).toBe(false);
  });

  it('counts nothing after the stop', async () => {
    const register = new Registry();
    const { client } = await serve({ x: () => 1 });
    install({ register }).stop();
    await client.sendRequest('x');
    expect((await scrape(install({ register }))).value('liberzmq_operations_total')).toBeUndefined();
  });

  it('has one of them only, but for another prefix', async () => {
    const register = new Registry();
    const metrics = install({ register });
    const names = register.getMetricsAsArray().map(({ name }) => name);
    expect(() => install({ register })).toThrow(BAD_OPTION);
    expect(() => install({ register })).toThrow(/'liberzmq_operations_total' already.*stop\(\)/);
    expect(register.getMetricsAsArray().map(({ name }) => name)).toEqual(names);
    install({ register, prefix: 'other_' });
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const exposed = await scrape(metrics);
    expect(exposed.value('liberzmq_operations_total')).toBe(2);
    expect(exposed.value('other_operations_total')).toBe(2);
  });

  it('is left alone where somebody has put another metric under a name since', () => {
    const register = new Registry();
    const metrics = install({ register });
    register.clear();
    const mine = new Gauge({ name: 'liberzmq_peers', help: 'not ours', registers: [register] });
    metrics.stop();
    expect(register.getMetricsAsArray()).toEqual([mine]);
  });

  it('that has been refused has no listener', () => {
    const register = new Registry();
    new Gauge({ name: 'liberzmq_peers', help: 'not ours', registers: [register] });
    expect(() => install({ register })).toThrow(BAD_OPTION);
    expect(register.getMetricsAsArray()).toHaveLength(1);
    expect(isHeard()).toBe(false);
  });

  it('that speaks OpenMetrics does so, and is left empty', async () => {
    const register = new Registry<OpenMetricsContentType>();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const metrics = install({ register });
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const text = await metrics.metricsText();
    expect(metrics.contentType).toBe(Registry.OPENMETRICS_CONTENT_TYPE);
    expect(text).toMatch(/# EOF\n$/);
    const exposed = parseExposition(text);
    expect(exposed.types.get('liberzmq_operations')).toBe('counter');
    expect(exposed.value('liberzmq_operations_total')).toBe(2);
    expect(await metrics.metricsText()).toContain('liberzmq_operations_total{');
    metrics.stop();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('can be added up with those of other processes', async () => {
    const register = new Registry();
    install({ register });
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const one = await register.getMetricsAsJSON();
    const sum = parseExposition(await AggregatorRegistry.aggregate([one, one]).metrics());
    expect(sum.value('liberzmq_operations_total', { kind: 'request' })).toBe(2);
    expect(sum.value('liberzmq_request_duration_seconds_count')).toBe(2);
    expect(sum.value('liberzmq_request_duration_seconds_bucket', { le: '+Inf' })).toBe(2);
    expect(sum.value('liberzmq_endpoints', { endpoint: 'Client' })).toBe(2);
  });

  it('gives the same figures to scrapes at the same time', async () => {
    const metrics = install();
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const [first, second] = await Promise.all([metrics.metricsText(), metrics.metricsText()]);
    expect(second).toBe(first);
  });
});

describe('options', () => {
  it('add labels and a prefix', async () => {
    const metrics = install({ prefix: 'zmq:', labels: { service: 'billing' } });
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const { samples, value } = await scrape(metrics);
    expect(samples.every(({ name, labels }) => name.startsWith('zmq:') && labels['service'] === 'billing')).toBe(true);
    expect(value('zmq:request_duration_seconds_count', { service: 'billing', subject: 'x' })).toBe(1);
  });

  it('have buckets by default that the time limit of a request fits into', async () => {
    const metrics = install();
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const bounds = (await scrape(metrics)).samples
      .filter(({ name }) => name === 'liberzmq_request_duration_seconds_bucket')
      .map(({ labels }) => labels['le']);
    expect(bounds).toEqual([...DEFAULT_BUCKETS.map(String), '+Inf']);
    expect(DEFAULT_BUCKETS).toContain(10);
  });

  it.each<[string, unknown]>([
    ['an unknown one', { port: 9464 }],
    ['a register that is none', { register: {} }],
    ['a register that is null', { register: null }],
    ['an empty prefix', { prefix: '' }],
    ['a prefix that no name may begin with', { prefix: 'my-app_' }],
    ['subjects below 0', { maxSubjects: -1 }],
    ['no buckets', { buckets: [] }],
    ['buckets that do not rise', { buckets: [1, 1] }],
    ['a bucket of nothing', { buckets: [0, 1] }],
    ['a bucket without end', { buckets: [1, Infinity] }],
    ['a label that is taken', { labels: { subject: 'x' } }],
    ['the label of buckets', { labels: { le: 'x' } }],
    ['a label that Prometheus keeps for itself', { labels: { __name__: 'x' } }],
    ['a label with a name that is none', { labels: { 'my-label': 'x' } }],
    ['a label that is no text', { labels: { shard: 1 } }],
    ['no object', 'liberzmq_'],
  ])('refuse %s', (_, options) => {
    expect(() => install(options as PrometheusMetricsOptions)).toThrow(BAD_OPTION);
    expect(isHeard()).toBe(false);
  });
});
