import { Subscriber } from '@liberzmq/core';
import '@liberzmq/serializers';
import { typedSubscriber } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
import { Aggregates } from '../data/aggregates.mjs';
import { now } from '../measure/clock.mjs';
import { Histogram } from '../measure/histogram.mjs';
import { Sequence } from '../measure/sequence.mjs';
import { play } from './role.mjs';

/** Receives one stream, aggregates it by topic, and checks that no record is missing. */
await play(async (/** @type {{ stream: string, publisher: string }} */ { stream, publisher }, runner) => {
  const aggregates = new Aggregates();
  const sequence = new Sequence();
  const latency = new Histogram();
  let latest = '';
  let sent = 0;
  let start = NaN;
  runner.showsProgress(() => ({
    received: sequence.received,
    topics: aggregates.topics.length,
    latest: aggregates.of(latest),
  }));

  const subscriber = new Subscriber({ address: publisher, topics: [`${stream}.>`] });
  runner.onStop(() => subscriber.close({ drain: false }));
  try {
    for await (const { topic, message } of typedSubscriber(subscriber, contract)) {
      if (!('record' in message)) {
        sent = message.published;
        break;
      }
      if (sequence.received === 0) start = now();
      latency.record(now() - message.sentAt);
      sequence.take(message.number);
      aggregates.add(topic, message.record);
      latest = topic;
    }
  } finally {
    await subscriber.close();
  }

  const { received, doubled } = sequence;
  return {
    sent,
    received,
    doubled,
    lost: sequence.lost(sent),
    perSecond: (received * 1_000) / (now() - start),
    latency,
    aggregates,
  };
});
