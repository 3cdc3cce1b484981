import { describe, expect, it } from '@jest/globals';
import { Client, Publisher, Puller, Pusher, Server, Subscriber } from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

const LIMIT = { maxMessageBytes: 4_096 };
const SIZES = [100, 100, 100, 3_900, 100, 3_900, 50];
const BODIES = SIZES.map((size) => 'x'.repeat(size));
/** Three bytes each. */
const EUROS = upTo(200).map((n) => '€'.repeat(n));

/** Publisher and subscriber, connected, and what has arrived. */
async function publishing(options: object = {}): Promise<{ source: Publisher; seen: unknown[]; lost: () => number }> {
  const source = keep(await new Publisher({ address: ANY_PORT, ...LIMIT, ...options }).connect());
  const subscriber = keep(new Subscriber({ address: addressOf(source), ...LIMIT }));
  const seen: unknown[] = [];
  let lost = 0;
  subscriber.on('disconnected', () => void (lost += 1));
  subscriber.subscribe('t', (_topic, data) => void seen.push(data));
  await subscriber.startListening();
  await source.waitForSubscribers({ topic: 't' });
  return { source, seen, lost: () => lost };
}

describe('where no message may be large', () => {
  it.each([
    ['of one byte a character', BODIES],
    ['of three bytes a character', EUROS],
  ])('publications %s that were made together all arrive', async (_, bodies) => {
    const { source, seen, lost } = await publishing();
    await Promise.all(bodies.map((body) => source.publish('t', body)));
    await until(() => seen.length === bodies.length, 'all have come');
    expect(seen).toEqual(bodies);
    expect(lost()).toBe(0);
  });

  it('what is retained arrives, however much it is', async () => {
    const source = keep(await new Publisher({ address: ANY_PORT, ...LIMIT, retain: true }).connect());
    for (const [n, body] of BODIES.entries()) await source.publish(`t.${String(n)}`, body);
    const subscriber = keep(new Subscriber({ address: addressOf(source), ...LIMIT }));
    const seen = new Map<string, unknown>();
    let lost = 0;
    subscriber.on('disconnected', () => void (lost += 1));
    subscriber.subscribe('t.*', (topic, data) => void seen.set(topic, data));
    await subscriber.startListening();
    await until(() => seen.size === BODIES.length, 'all have come');
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(BODIES.map((body, n) => [`t.${String(n)}`, body])));
    expect(lost).toBe(0);
  });

  it('requests that were made together are all answered', async () => {
    const server = keep(new Server({ address: ANY_PORT, ...LIMIT }));
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    const client = keep(new Client({ address: addressOf(server), ...LIMIT }));
    expect(await Promise.all(BODIES.map((body) => client.sendRequest('echo', body)))).toEqual(BODIES);
  });

  it('tasks that travel together all arrive', async () => {
    const source = keep(await new Pusher({ address: ANY_PORT, ...LIMIT, batch: true }).connect());
    const puller = keep(await new Puller({ address: addressOf(source), ...LIMIT }).connect());
    await Promise.all(BODIES.map((body) => source.pushTask('t', body)));
    const seen = [];
    while (seen.length < BODIES.length) seen.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
    expect(seen).toEqual(BODIES);
  });

  it('what would go past the limit with its packet is refused, and what is just below arrives', async () => {
    const { source, seen, lost } = await publishing();
    let largest = 0;
    for (let size = 3_900; size <= 4_100; size += 1) {
      const failure = await source.publish('t', 'x'.repeat(size)).catch((error: unknown) => error);
      if (failure === undefined) largest = size;
      else expect(failure).toMatchObject({ code: 'TOO_LARGE' });
    }
    await source.publish('t', 'last');
    await until(() => seen.at(-1) === 'last', 'the last one has come');
    expect((seen.at(-2) as string).length).toBe(largest);
    expect(largest).toBeGreaterThan(3_950);
    expect(lost()).toBe(0);
  });
});
