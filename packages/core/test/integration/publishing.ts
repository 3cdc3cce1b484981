import { Publisher, Subscriber, type PublisherOptions, type SubscriberOptions } from '@liberzmq/core';
import { proxyAfterEach } from '../faults/proxied.js';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

export const RECONNECT = { reconnectIntervalMs: 5, reconnectMaxIntervalMs: 20 };

/** Publishers and subscribers that are closed after each test. Call it once, at the top of the file. */
export function publishing() {
  const keep = closeAfterEach();
  const through = proxyAfterEach();

  async function publisher(options: Partial<PublisherOptions> = {}): Promise<Publisher> {
    return keep(await new Publisher({ address: ANY_PORT, ...options }).connect());
  }

  /** A subscriber that is known at the publisher with all of its topics. */
  async function subscriber(
    source: Publisher,
    topics: readonly string[],
    options: Partial<SubscriberOptions> = {},
  ): Promise<Subscriber> {
    const made = keep(new Subscriber({ address: addressOf(source), topics, ...options }));
    await joined(source, topics, () => made.connect());
    return made;
  }

  /** A publisher, and a subscriber whose connection to it goes through a proxy. */
  async function proxied(options: Partial<PublisherOptions>, topics: readonly string[]) {
    const source = await publisher(options);
    const proxy = await through(source);
    const reader = keep(new Subscriber({ address: proxy.address, topics, ...RECONNECT }));
    const record = recorder(reader);
    await joined(source, topics, () => reader.connect());
    return {
      source,
      proxy,
      reader,
      ...record,
      /** Cuts the connection, does something when the publisher knows of it, and lets the subscriber come back. */
      whileAway: async (act: () => unknown): Promise<void> => {
        const left = defer();
        source.on('subscriberLeft', () => {
          left.resolve();
        });
        const remaining = countOf(source) - topics.length;
        proxy.refuse();
        await lost(reader, () => {
          proxy.cut();
        });
        await left.promise;
        // What it had subscribed to is taken back prefix by prefix.
        await until(() => countOf(source) <= remaining, 'its subscriptions are gone');
        await act();
        await joined(source, topics, () => {
          proxy.accept();
        });
      },
    };
  }

  return { keep, through, publisher, subscriber, proxied };
}

/** How many subscriptions there are on the wire. */
function countOf(source: Publisher): number {
  return Object.values(source.subscriptions()).reduce((sum, count) => sum + count, 0);
}

/** Does something, and waits until somebody announces these patterns: nobody else must be about to. */
export async function joined(source: Publisher, patterns: readonly string[], act: () => unknown): Promise<void> {
  const done = defer();
  const onJoined = (event: { readonly patterns: readonly string[] }): void => {
    if ([...event.patterns].sort().join() === [...patterns].sort().join()) done.resolve();
  };
  source.on('subscriberJoined', onJoined);
  await act();
  await done.promise;
  source.off('subscriberJoined', onJoined);
}

/** All that comes to a subscriber, as `topic=body`, and what it is told beside. */
export function recorder(of: Subscriber): { seen: string[]; events: unknown[] } {
  const seen: string[] = [];
  const events: unknown[] = [];
  of.on('gap', ({ topic, missed }) => events.push({ topic, missed }));
  of.on('publisherRestarted', ({ publisher: id }) => events.push({ restarted: id }));
  void (async () => {
    for await (const { topic, message } of of) seen.push(`${topic}=${String(message)}`);
  })();
  return { seen, events };
}

export async function publishAll(source: Publisher, topic: string, bodies: readonly unknown[]): Promise<void> {
  for (const body of bodies) await source.publish(topic, body);
}

/** Does what costs a subscriber its connection, and waits until it has given up the socket that it was on. */
export async function lost(reader: Subscriber, act: () => unknown): Promise<void> {
  const disconnected = defer();
  reader.on('disconnected', () => {
    disconnected.resolve();
  });
  await act();
  await disconnected.promise;
  for (let turns = 0; turns < 10; turns += 1) await turn();
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Messages with numbers in a row, as a recorder notes them. */
export function row(topic: string, from: number, to: number): string[] {
  return upTo(to)
    .slice(from)
    .map((n) => `${topic}=${n}`);
}
