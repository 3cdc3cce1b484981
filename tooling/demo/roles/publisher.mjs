import { setTimeout as delay } from 'node:timers/promises';
import { Publisher } from '@liberzmq/core';
import { compressed } from '@liberzmq/serializers';
import { typedPublisher } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
import { readMerged } from '../data/records.mjs';
import { now } from '../measure/clock.mjs';
import { countEvents } from './count-events.mjs';
import { play } from './role.mjs';

// A timer is not worth it for less.
const SHORTEST_PAUSE_MS = 5;
// What is still on its way when the publisher closes may take this long to leave.
const LINGER_MS = 30_000;

/** @typedef {import('../data/records.mjs').StreamName} StreamName */
/** @typedef {{ subscriptions: number, atMost: number, replayMs: number }} Options */

/** Replays the records at an even pace, once everybody has subscribed. */
await play(async (/** @type {Options} */ { subscriptions, atMost, replayMs }, runner) => {
  const records = readMerged(atMost);
  /** @type {Partial<Record<StreamName, number>>} */
  const published = {};
  let count = 0;
  runner.showsProgress(() => ({ published: count, total: records.length }));

  // With `wait` nothing is ever dropped: a slow subscriber slows the replay down instead.
  const publisher = new Publisher({
    address: 'tcp://127.0.0.1:*',
    // The records are small. Of larger ones, more is saved.
    serializer: compressed('msgpack', { algorithm: 'deflate', thresholdBytes: 64 }),
    outbox: { policy: 'wait' },
    lingerMs: LINGER_MS,
  });
  const sender = typedPublisher(publisher, contract);
  runner.onStop(() => publisher.close({ drain: false }));
  try {
    const allSubscribed = countEvents(publisher, 'subscribed', subscriptions, runner.signal);
    await publisher.connect();
    await runner.ready({ address: publisher.boundAddress });
    await allSubscribed;

    const start = now();
    for (const { stream, topic, record } of records) {
      const pause = start + (replayMs * count) / records.length - now();
      if (pause > SHORTEST_PAUSE_MS) await delay(pause, undefined, { signal: runner.signal });
      count += 1;
      published[stream] = (published[stream] ?? 0) + 1;
      await sender.publish(topic, { seq: count, number: published[stream], sentAt: now(), record });
    }
    for (const [index, stream] of /** @type {StreamName[]} */ (Object.keys(published)).entries()) {
      await sender.publish(`${stream}.end`, { seq: count + 1 + index, published: published[stream] ?? 0 });
    }
  } finally {
    await publisher.close();
  }
  return { published };
});
