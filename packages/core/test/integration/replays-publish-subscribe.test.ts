import { describe, expect, it } from '@jest/globals';
import { Subscriber, type OutboxPolicy } from '@liberzmq/core';
import { addressOf, until, upTo } from './endpoints.js';
import { joined, lost, publishAll, publishing, RECONNECT, recorder, row, turn } from './publishing.js';

const { keep, through, publisher, subscriber, proxied } = publishing();

const POLICIES: readonly OutboxPolicy[] = ['drop-oldest', 'drop-newest', 'reject', 'wait'];
/** Less than a packet holds, and much less than what is replayed. */
const SMALL = { maxMessages: 10, maxBytes: 4_000 };

describe('what is kept and is more than the outbox holds', () => {
  it.each(POLICIES)('reaches a subscriber that comes back, all of it and in order: %s', async (policy) => {
    const { source, seen, events, whileAway } = await proxied({ history: 5_000, outbox: { ...SMALL, policy } }, [
      't',
      'u.*',
    ]);
    await source.publish('t', 0);
    await until(() => seen.length === 1, 'the first has come');
    await whileAway(async () => {
      await publishAll(source, 't', upTo(3_001).slice(1));
      for (const n of upTo(50)) await publishAll(source, `u.${n}`, upTo(10));
    });
    await until(() => seen.length >= 3_501, 'all has come');
    expect(seen.filter((each) => each.startsWith('t='))).toEqual(row('t', 0, 3_001));
    for (const n of upTo(50)) {
      expect(seen.filter((each) => each.startsWith(`u.${n}=`))).toEqual(row(`u.${n}`, 0, 10));
    }
    expect(events).toEqual([]);
    expect(source.stats().drops).toEqual({});
  });

  it.each(POLICIES)('reaches one that is late: the last of every topic: %s', async (policy) => {
    const source = await publisher({ retain: true, outbox: { ...SMALL, policy } });
    for (const n of upTo(2_000)) await source.publish(`t.${n}`, n);
    const { seen, events } = recorder(await subscriber(source, ['t.*']));
    await until(() => seen.length >= 2_000, 'all has come');
    expect(seen).toEqual(upTo(2_000).map((n) => `t.${n}=${n}`));
    expect(events).toEqual([]);
    expect(source.stats()).toMatchObject({ drops: {}, sent: { messages: 2_000 } });
  });

  it.each(POLICIES)('is not sent faster than it is read, so that nobody drops it: %s', async (policy) => {
    const source = await publisher({ retain: true, highWaterMark: 10, outbox: { policy } });
    const body = 'x'.repeat(20_000);
    for (const n of upTo(1_500)) await source.publish(`t.${n}`, body);
    const reader = keep(new Subscriber({ address: addressOf(source), topics: ['t.*'], highWaterMark: 10 }));
    const topics: string[] = [];
    for await (const { topic } of reader) {
      topics.push(topic);
      if (topics.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      if (topic === 't.1499') break;
    }
    expect(topics).toEqual(upTo(1_500).map((n) => `t.${n}`));
  });

  it('may be of large bodies', async () => {
    const source = await publisher({ retain: true, outbox: { maxBytes: 50_000 }, checksum: true });
    for (const n of upTo(50)) await source.publish(`t.${n}`, Buffer.alloc(30_000 + n, n));
    const reader = await subscriber(source, ['t.*'], { checksum: true });
    for (const n of upTo(50)) {
      expect(await reader.receiveMessage()).toEqual({ topic: `t.${n}`, message: Buffer.alloc(30_000 + n, n) });
    }
    expect(source.stats().drops).toEqual({});
  });

  it.each(POLICIES)('comes before what is live, though that goes on all the while: %s', async (policy) => {
    const { source, seen, events, whileAway } = await proxied({ history: 100_000, outbox: { policy } }, ['t', 'u']);
    await source.publish('t', 0);
    await until(() => seen.length === 1, 'the first has come');
    let published = 1;
    let over = false;
    let publishing: Promise<void> | undefined;
    await whileAway(async () => {
      for (; published < 20_000; published += 1) await source.publish('t', published);
      publishing = (async () => {
        for (; !over; published += 1) {
          await source.publish('t', published);
          if (published % 10 === 0) await turn();
        }
      })();
    });
    await until(() => seen.length > 20_000, 'what was missed has come');
    over = true;
    await publishing;
    await until(() => seen.includes(`t=${published - 1}`), 'the last has come');
    expect(seen).toEqual(row('t', 0, published));
    expect(events).toEqual([]);
    expect(source.stats().drops).toEqual({});
  });

  it('does not come behind what is newer for one that is late, nor leave a gap', async () => {
    // On a busy machine another policy drops what is live, and says so as a gap.
    const source = await publisher({ retain: true, outbox: { maxMessages: 50, policy: 'wait' } });
    const topics = upTo(1_000).map((n) => `t.${n}`);
    for (const topic of topics) await source.publish(topic, 0);
    let round = 1;
    let over = false;
    const publishing = (async () => {
      for (; !over; round += 1) {
        for (const [n, topic] of topics.entries()) {
          await source.publish(topic, round);
          if (n % 20 === 0) await turn();
        }
      }
    })();
    const late = upTo(3).map(() => recorder(keep(new Subscriber({ address: addressOf(source), topics: ['t.*'] }))));
    await until(() => late.every(({ seen }) => seen.length > 3_000), 'they have some');
    over = true;
    await publishing;
    await until(() => late.every(({ seen }) => seen.includes(`t.999=${round - 1}`)), 'they have the last');
    for (const { seen, events } of late) {
      expect(events).toEqual([]);
      for (const topic of topics) {
        const own = seen.filter((each) => each.startsWith(`${topic}=`));
        expect(own).toEqual(row(topic, round - own.length, round));
      }
    }
  });

  it('goes on from where it was when the connection is lost in the midst of it', async () => {
    const { source, proxy, reader, seen, events, whileAway } = await proxied({ history: 20_000 }, ['>']);
    await source.publish('t', 0);
    await until(() => seen.length === 1, 'the first has come');
    proxy.throttle(200_000, { direction: 'back' });
    await whileAway(() => publishAll(source, 't', upTo(20_000).slice(1)));
    await until(() => seen.length > 1_000, 'some has come');
    await lost(reader, () => {
      proxy.cut();
    });
    const before = seen.length;
    proxy.throttle(Infinity);
    await until(() => seen.length >= 20_000, 'all has come');
    expect(before).toBeLessThan(20_000);
    expect(seen).toEqual(row('t', 0, 20_000));
    expect(events).toEqual([]);
  });

  it('is waited for as long as it goes on coming', async () => {
    const { source, proxy, seen, events, whileAway } = await proxied({ history: 20_000 }, ['>']);
    await source.publish('t', 0);
    await until(() => seen.length === 1, 'the first has come');
    proxy.throttle(60_000, { direction: 'back' });
    await whileAway(() => publishAll(source, 't', upTo(20_000).slice(1)));
    for (let n = 20_000; seen.length < 17_000; n += 1) {
      await source.publish('t', n);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    proxy.throttle(Infinity);
    await until(() => seen.length > 20_000, 'all has come');
    expect(seen).toEqual(row('t', 0, seen.length));
    expect(events).toEqual([]);
  }, 20_000);

  it('is sent before the publisher closes', async () => {
    const source = await publisher({ retain: true, outbox: SMALL });
    for (const n of upTo(5_000)) await source.publish(`t.${n}`, n);
    const { seen } = recorder(await subscriber(source, ['t.*']));
    await source.close();
    await until(() => seen.length >= 5_000, 'all has come');
    expect(seen).toEqual(upTo(5_000).map((n) => `t.${n}=${n}`));
  });

  it('is sent no further when the subscriber has gone', async () => {
    const source = await publisher({ retain: true, outbox: { ...SMALL, policy: 'wait' } });
    const body = 'x'.repeat(10_000);
    for (const n of upTo(3_000)) await source.publish(`t.${n}`, body);
    const reader = keep(new Subscriber({ address: addressOf(source), topics: ['t.*'], highWaterMark: 5 }));
    const first = reader.receiveMessage();
    await joined(source, ['t.*'], () => reader.connect());
    await first;
    await reader.close();
    await until(() => source.subscribers().length === 0, 'it is gone');
    await turn();
    const { messages } = source.stats().sent;
    expect(messages).toBeLessThan(3_000);
    for (const _ of upTo(20)) await turn();
    expect(source.stats()).toMatchObject({ sent: { messages }, queued: { messages: 0 } });
  });
});

describe('a topic that the publisher has forgotten', () => {
  /** More than a publisher remembers. */
  const OTHERS = upTo(100_000).map((n) => `other.${n}`);

  it('goes on without a gap that is none, and with those that are', async () => {
    const source = await publisher();
    const { seen, events } = recorder(await subscriber(source, ['t', 'often']));
    await publishAll(source, 'often', upTo(500));
    await source.publish('t', 0);
    for (const topic of OTHERS) await source.publish(topic, 0);
    await source.publish('t', 1);
    await source.publish('often', 500);
    await until(() => seen.length === 503, 'they have come');
    expect(seen).toEqual([...row('often', 0, 500), 't=0', 't=1', 'often=500']);
    expect(events).toEqual([]);
  }, 20_000);

  it('nor for a subscriber that was away meanwhile', async () => {
    const { source, seen, events, whileAway } = await proxied({ history: 2 }, ['t', 'often']);
    await publishAll(source, 'often', upTo(500));
    await source.publish('t', 0);
    await until(() => seen.length === 501, 'they have come');
    await whileAway(async () => {
      for (const topic of OTHERS) await source.publish(topic, 0);
      await publishAll(source, 't', [1, 2]);
      await publishAll(source, 'often', [500, 501, 502]);
    });
    await source.publish('t', 3);
    await until(() => seen.includes('t=3'), 'the last has come');
    expect(seen.slice(500)).toEqual(['t=0', 't=1', 't=2', 'often=501', 'often=502', 't=3']);
    expect(events).toEqual([{ topic: 'often', missed: 1 }]);
  }, 20_000);
});

it('an unfinished replay to one does not hold up another', async () => {
  const source = await publisher({ retain: true, outbox: SMALL });
  const proxy = await through(source);
  proxy.throttle(50_000, { direction: 'back' });
  for (const n of upTo(5_000)) await source.publish(`t.${n}`, n);
  const slow = recorder(keep(new Subscriber({ address: proxy.address, topics: ['t.*'], ...RECONNECT })));
  await until(() => slow.seen.length > 0, 'the slow one has some');
  const { seen } = recorder(await subscriber(source, ['t.*']));
  await until(() => seen.length >= 5_000, 'the other has all');
  expect(seen).toHaveLength(5_000);
});
