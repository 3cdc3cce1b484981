import { describe, expect, it } from '@jest/globals';
import { Client, Puller, Pusher } from '@liberzmq/core';
import type { Exposition } from './exposition.js';
import { addressOf, ANY_PORT, scrape, scrapedTests, scrapeUntil } from './scraped.js';

const { install, keep, serve } = scrapedTests();

/** All counters of endpoints, by name and labels. */
function counters({ types, samples }: Exposition): Map<string, number> {
  const found = samples.filter(({ name }) => types.get(name) === 'counter');
  return new Map(found.map(({ name, labels, value }) => [`${name} ${JSON.stringify(labels)}`, value]));
}

describe('the figures of endpoints', () => {
  it('say what is under way, by kind and by the address that they were given', async () => {
    const metrics = install();
    let answer: (value: unknown) => void = () => undefined;
    const { client, server } = await serve({ wait: () => new Promise((resolve) => (answer = resolve)) });
    const asked = client.sendRequest('wait');
    const exposed = await scrapeUntil(
      metrics,
      ({ value }) => value('liberzmq_in_flight', { endpoint: 'Server' }) === 1,
    );
    expect(exposed.value('liberzmq_in_flight', { endpoint: 'Client', address: addressOf(server) })).toBe(1);
    expect(exposed.value('liberzmq_endpoints', { endpoint: 'Server', address: ANY_PORT })).toBe(1);
    expect(exposed.value('liberzmq_peers', { endpoint: 'Server' })).toBe(1);
    expect(exposed.value('liberzmq_peers', { endpoint: 'Client' })).toBe(1);
    answer(1);
    await asked;
    const after = await scrape(metrics);
    expect(after.value('liberzmq_in_flight', { endpoint: 'Client' })).toBe(0);
    expect(after.value('liberzmq_sent_messages_total', { endpoint: 'Client' })).toBe(1);
    const { messages } = server.stats().received;
    expect(after.value('liberzmq_received_messages_total', { endpoint: 'Server' })).toBe(messages);
    expect(after.value('liberzmq_sent_bytes_total', { endpoint: 'Client' })).toBe(client.stats().sent.bytes);
    expect(after.value('liberzmq_received_bytes_total', { endpoint: 'Server' })).toBe(server.stats().received.bytes);
  });

  it('say what waits', async () => {
    const metrics = install();
    const pusher = keep(await new Pusher({ address: 'tcp://127.0.0.1:9', bind: false }).connect());
    const pushed = Promise.allSettled([pusher.pushTask('work', 1), pusher.pushTask('work', 2)]);
    const exposed = await scrape(metrics);
    expect(exposed.value('liberzmq_queued_messages', { endpoint: 'Pusher' })).toBe(2);
    expect(exposed.value('liberzmq_queued_bytes', { endpoint: 'Pusher' })).toBe(pusher.stats().queued.bytes);
    await pusher.close({ timeoutMs: 0 });
    await pushed;
  });

  it('add up those of a kind and an address', async () => {
    const metrics = install();
    const { client, server } = await serve({ x: () => 1 });
    const second = keep(new Client({ address: addressOf(server) }));
    await Promise.all([client.sendRequest('x'), second.sendRequest('x')]);
    const exposed = await scrape(metrics);
    const labels = { endpoint: 'Client', address: addressOf(server) };
    expect(exposed.value('liberzmq_endpoints', labels)).toBe(2);
    expect(exposed.value('liberzmq_sent_messages_total', labels)).toBe(2);
  });

  it('count drops by reason and errors by code', async () => {
    const metrics = install();
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    puller.registerTaskHandler('work', () => Promise.reject(new TypeError('a bug')));
    await puller.startWorker();
    await pusher.pushTask('nobody does this', 1);
    await pusher.pushTask('work', 1);
    const exposed = await scrapeUntil(
      metrics,
      ({ value }) => value('liberzmq_errors_total', { code: 'HANDLER' }) === 1,
    );
    expect(exposed.value('liberzmq_drops_total', { endpoint: 'Puller', reason: 'no-handler' })).toBe(1);
  });

  it('bound the reasons of drops', async () => {
    const metrics = install();
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    let dropped = 0;
    puller.addMiddleware({
      name: 'drops all',
      incoming: (message) => message.drop(`reason ${dropped++}`),
    });
    puller.registerTaskHandler('work', () => undefined);
    await puller.startWorker();
    for (let index = 0; index < 60; index += 1) await pusher.pushTask('work', index);
    const exposed = await scrapeUntil(metrics, ({ value }) => value('liberzmq_drops_total') === 60);
    expect(exposed.labelValues('liberzmq_drops_total', 'reason')).toHaveLength(51);
    expect(exposed.value('liberzmq_drops_total', { reason: '_other' })).toBe(10);
  });

  it('bound the addresses', async () => {
    const metrics = install();
    for (let index = 0; index < 110; index += 1) {
      await keep(new Client({ address: `inproc://prometheus-${index}` })).connect();
    }
    const exposed = await scrape(metrics);
    expect(exposed.labelValues('liberzmq_endpoints', 'address')).toHaveLength(101);
    expect(exposed.value('liberzmq_endpoints', { address: '_other' })).toBe(10);
  });
});

describe('when endpoints come and go', () => {
  it('no counter goes down, and what is closed is under way no more', async () => {
    const metrics = install();
    const { client, server } = await serve({ x: () => 1, fails: () => Promise.reject(new TypeError('a bug')) });
    await client.sendRequest('x');
    await client.sendRequest('fails').catch(() => undefined);
    const before = await scrape(metrics);
    await client.close();
    await server.close();
    const closed = await scrape(metrics);
    for (const [series, value] of counters(before)) expect(counters(closed).get(series)).toBeGreaterThanOrEqual(value);
    for (const name of ['endpoints', 'peers', 'in_flight', 'queued_messages', 'queued_bytes']) {
      expect(closed.value(`liberzmq_${name}`)).toBeUndefined();
    }
    const again = await serve({ x: () => 1 });
    await again.client.sendRequest('x');
    const after = await scrape(metrics);
    for (const [series, value] of counters(closed)) expect(counters(after).get(series)).toBeGreaterThanOrEqual(value);
    expect(after.value('liberzmq_sent_messages_total', { endpoint: 'Server' })).toBe(3);
  });

  it('those that were open before count with all they have done', async () => {
    const { client } = await serve({ x: () => 1 });
    await client.sendRequest('x');
    const exposed = await scrape(install());
    expect(exposed.value('liberzmq_sent_messages_total', { endpoint: 'Client' })).toBe(1);
    expect(exposed.value('liberzmq_operations_total')).toBeUndefined();
  });
});
