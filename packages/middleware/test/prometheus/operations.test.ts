import { describe, expect, it } from '@jest/globals';
import {
  createError,
  Dealer,
  Publisher,
  Puller,
  Pusher,
  RemoteError,
  Router,
  Subscriber,
  type Client,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, scrape, scrapedTests, scrapeUntil } from './scraped.js';

const { install, keep, serve } = scrapedTests();

const OPERATIONS = 'liberzmq_operations_total';
const fails = (): Promise<never> => Promise.reject(new RemoteError('REMOTE', 'no'));

async function askAll(client: Client, actions: readonly string[]): Promise<void> {
  for (const action of actions) await client.sendRequest(action, 1, { timeoutMs: 5_000 }).catch(() => undefined);
}

describe('operations', () => {
  it('are counted at both ends, by action and code', async () => {
    const metrics = install();
    const { client } = await serve({
      fine: () => 1,
      fails,
      breaks: () => Promise.reject(new TypeError('a bug')),
    });
    await askAll(client, ['fine', 'fine', 'fails', 'breaks']);
    const exposed = await scrape(metrics);
    const counts = exposed.samples
      .filter(({ name }) => name === OPERATIONS)
      .map(
        ({ labels, value }) =>
          `${labels['kind']!} ${labels['pattern']!} ${labels['subject']!} ${labels['code']!} ${value}`,
      );
    expect(counts.sort()).toEqual([
      'handle request breaks REMOTE 1',
      'handle request fails REMOTE 1',
      'handle request fine ok 2',
      'request request breaks REMOTE 1',
      'request request fails REMOTE 1',
      'request request fine ok 2',
    ]);
  });

  it('have their durations in histograms, in seconds', async () => {
    const metrics = install({ buckets: [0.02, 1] });
    const { client } = await serve({
      fast: () => 1,
      slow: () => new Promise((resolve) => setTimeout(resolve, 30)),
    });
    await askAll(client, ['fast', 'slow']);
    const exposed = await scrape(metrics);
    for (const name of ['liberzmq_request_duration_seconds', 'liberzmq_handle_duration_seconds']) {
      expect(exposed.types.get(name)).toBe('histogram');
      const slow = { subject: 'slow' };
      expect(exposed.value(`${name}_bucket`, { ...slow, le: '0.02' })).toBe(0);
      expect(exposed.value(`${name}_bucket`, { ...slow, le: '1' })).toBe(1);
      expect(exposed.value(`${name}_bucket`, { ...slow, le: '+Inf' })).toBe(1);
      expect(exposed.value(`${name}_count`, slow)).toBe(1);
      expect(exposed.value(`${name}_sum`, slow)).toBeGreaterThan(0.02);
      expect(exposed.value(`${name}_sum`, slow)).toBeLessThan(5);
      expect(exposed.value(`${name}_count`, { subject: 'fast' })).toBe(1);
    }
    expect(exposed.value('liberzmq_process_duration_seconds_count')).toBeUndefined();
  });

  it('are counted of tasks and publications', async () => {
    const metrics = install();
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    puller.registerTaskHandler('work', () => undefined);
    puller.registerTaskHandler('breaks', () => Promise.reject(new TypeError('a bug')));
    await puller.startWorker();
    await pusher.pushTask('work', 1);
    await pusher.pushTask('breaks', 1);
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) }));
    subscriber.subscribe('news', () => undefined);
    await subscriber.startListening();
    await publisher.waitForSubscribers();
    await publisher.publish('news', 1);
    const exposed = await scrapeUntil(metrics, ({ value }) => value(OPERATIONS, { kind: 'process' }) === 3);
    expect(exposed.value(OPERATIONS, { kind: 'send', pattern: 'task', subject: 'work', code: 'ok' })).toBe(1);
    expect(exposed.value(OPERATIONS, { kind: 'send', pattern: 'publish', subject: 'news', code: 'ok' })).toBe(1);
    expect(exposed.value(OPERATIONS, { kind: 'process', pattern: 'task', subject: 'breaks', code: 'HANDLER' })).toBe(1);
    const duration = 'liberzmq_process_duration_seconds_count';
    expect(exposed.value(duration, { pattern: 'task', subject: 'work' })).toBe(1);
    expect(exposed.value(duration, { pattern: 'publish', subject: 'news' })).toBe(1);
    // Sending is over at once, and has no histogram.
    expect([...exposed.types.keys()].filter((name) => name.endsWith('_seconds'))).toHaveLength(3);
  });

  it('of dealers and routers have no subject: theirs are ids', async () => {
    const metrics = install();
    const router = keep(await new Router({ address: ANY_PORT }).connect());
    const dealer = keep(new Dealer({ address: addressOf(router), identity: 'd' }));
    for (let round = 0; round < 3; round += 1) {
      await dealer.sendRequest(round);
      const { clientId, requestId } = await router.receiveRequest();
      await router.sendResponse(clientId, requestId, round);
      await dealer.receiveResponse();
    }
    const exposed = await scrapeUntil(
      metrics,
      ({ value }) => value(OPERATIONS, { pattern: 'route', kind: 'send' }) === 6,
    );
    expect(exposed.labelValues(OPERATIONS, 'subject')).toEqual(['']);
    expect(exposed.value(OPERATIONS, { pattern: 'route', kind: 'receive' })).toBe(6);
  });
});

describe('the labels of operations are bounded:', () => {
  it('subjects, over all kinds', async () => {
    const metrics = install({ maxSubjects: 2 });
    const { client } = await serve({ a: () => 1, b: () => 1, c: () => 1, d: () => 1 });
    await askAll(client, ['a', 'b', 'c', 'd', 'a']);
    const exposed = await scrape(metrics);
    expect(exposed.labelValues(OPERATIONS, 'subject')).toEqual(['_other', 'a', 'b']);
    expect(exposed.value(OPERATIONS, { kind: 'handle', subject: '_other' })).toBe(2);
    expect(exposed.value(OPERATIONS, { kind: 'request', subject: 'a' })).toBe(2);
    expect(exposed.value('liberzmq_handle_duration_seconds_count', { subject: '_other' })).toBe(2);
  });

  it('no subjects at all with 0', async () => {
    const metrics = install({ maxSubjects: 0 });
    const { client } = await serve({ a: () => 1 });
    await askAll(client, ['a']);
    expect((await scrape(metrics)).labelValues(OPERATIONS, 'subject')).toEqual(['_other']);
  });

  it('what strangers make up takes no place of a subject', async () => {
    const metrics = install({ maxSubjects: 3 });
    const { client } = await serve({ known: () => 1 });
    // The client counts here too, and later: what it asks for is known in this process from then on.
    await askAll(client, ['made-up-1', 'made-up-2']);
    const exposed = await scrape(metrics);
    const refused = { kind: 'handle', subject: '_other', code: 'UNKNOWN_ACTION' };
    expect(exposed.value(OPERATIONS, refused)).toBe(2);
    expect(exposed.value(OPERATIONS, { kind: 'request', subject: 'made-up-1' })).toBe(1);
  });

  it('codes', async () => {
    const metrics = install();
    const { client } = await serve({
      fails: (code) => Promise.reject(createError(String(code), 'no')),
    });
    for (let index = 0; index < 60; index += 1) {
      await client.sendRequest('fails', `OWN_${index}`).catch(() => undefined);
    }
    const exposed = await scrape(metrics);
    expect(exposed.labelValues(OPERATIONS, 'code')).toHaveLength(51);
    expect(exposed.value(OPERATIONS, { kind: 'request', code: '_other' })).toBe(10);
    expect(exposed.value(OPERATIONS, { kind: 'request' })).toBe(60);
    expect(exposed.value('liberzmq_errors_total', { endpoint: 'Client', code: '_other' })).toBe(10);
  });

  it('texts of any kind come out as they are', async () => {
    const metrics = install();
    const name = 'a "quoted" \\ name\nof two lines';
    const { client } = await serve({ [name]: () => 1 });
    await askAll(client, [name]);
    expect((await scrape(metrics)).value(OPERATIONS, { kind: 'handle', subject: name })).toBe(1);
  });

  it('a subject that is no text', async () => {
    const metrics = install();
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    await expect(async () => pusher.pushTask(undefined as unknown as string, 1)).rejects.toThrow();
    const exposed = await scrape(metrics);
    expect(exposed.labelValues(OPERATIONS, 'subject')).not.toContain('undefined');
  });
});
