import { describe, expect, it } from '@jest/globals';
import { Publisher, Subscriber, type TopicMessage } from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

async function publisher(options: Partial<ConstructorParameters<typeof Publisher>[0]> = {}): Promise<Publisher> {
  return keep(await new Publisher({ address: ANY_PORT, ...options }).connect());
}

function subscriberOf(source: Publisher, topics?: readonly string[]): Subscriber {
  return keep(new Subscriber({ address: addressOf(source), topics }));
}

async function take(from: AsyncIterable<TopicMessage>, count: number): Promise<TopicMessage[]> {
  const taken: TopicMessage[] = [];
  for await (const message of from) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

it('delivers what is published on a topic to its subscribers, in order', async () => {
  const news = await publisher();
  const subscribers = [subscriberOf(news, ['news']), subscriberOf(news, ['news'])];
  await Promise.all(subscribers.map((each) => each.connect()));
  await until(() => news.subscriptions()['news'] === 2, 'both are subscribed');
  const received = subscribers.map((each) => take(each, 10_000));
  await Promise.all(upTo(10_000).map((n) => news.publish('news', n)));
  for (const messages of await Promise.all(received))
    expect(messages.map(({ message }) => message)).toEqual(upTo(10_000));
});

describe('topics', () => {
  it.each([
    ['exact', ['a.b'], ['a.b']],
    ['one part', ['a.*'], ['a.b', 'a.c']],
    ['the rest', ['a.>'], ['a.b', 'a.b.c', 'a.c']],
    ['in the middle', ['a.*.c'], ['a.b.c']],
    ['everything', ['>'], ['a', 'a.b', 'a.b.c', 'a.c', 'ab']],
  ])('match: %s', async (_, topics, expected) => {
    const source = await publisher();
    const subscriber = subscriberOf(source, [...topics, 'end']);
    const received = (async () => {
      const seen: string[] = [];
      for await (const { topic } of subscriber) {
        if (topic === 'end') return seen;
        seen.push(topic);
      }
      return seen;
    })();
    await source.waitForSubscribers({ topic: 'end' });
    for (const topic of ['a', 'a.b', 'a.b.c', 'a.c', 'ab', 'end']) await source.publish(topic, 1);
    expect((await received).filter((topic) => topic !== 'end').sort()).toEqual([...expected].sort());
  });

  it('none at all means all', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source);
    const received = take(subscriber, 2);
    await source.waitForSubscribers();
    await source.publish('x', 1);
    await source.publish('中文', '你好');
    expect(await received).toEqual([
      { topic: 'x', message: 1 },
      { topic: '中文', message: '你好' },
    ]);
  });

  it('of one kind do not reach who asked for another', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source, ['a']);
    await subscriber.connect();
    await source.waitForSubscribers({ topic: 'a' });
    await expect(source.waitForSubscribers({ topic: 'b', timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await source.publish('b', 'not for you');
    await source.publish('a', 'for you');
    expect(await subscriber.receiveMessage()).toEqual({ topic: 'a', message: 'for you' });
  });
});

describe('handlers', () => {
  it('are each called once for a message, in order, one after the other', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source);
    const calls: string[] = [];
    const done = defer();
    subscriber.subscribe('t.*', async (topic, message) => {
      calls.push(`wild ${topic} ${String(message)}`);
      await new Promise((resolve) => setImmediate(resolve));
      calls.push('wild end');
    });
    subscriber.subscribe('t.x', (_, message, context) => {
      calls.push(`exact ${context.topic} ${String(message)}`);
      if (message === 2) done.resolve();
    });
    await subscriber.startListening();
    await source.waitForSubscribers({ topic: 't.x' });
    await source.publish('t.x', 1);
    await source.publish('t.x', 2);
    await done.promise;
    expect(calls).toEqual(['wild t.x 1', 'wild end', 'exact t.x 1', 'wild t.x 2', 'wild end', 'exact t.x 2']);
  });

  it('that throw are reported, and the next message is handled', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source);
    const failed: unknown[] = [];
    const second = defer();
    subscriber.on('handlerFailed', (event) => failed.push(event));
    subscriber.subscribe('t', (_, message) => {
      if (message === 1) throw new Error('first');
      second.resolve();
    });
    await subscriber.startListening();
    await source.waitForSubscribers();
    await source.publish('t', 1);
    await source.publish('t', 2);
    await second.promise;
    expect(failed).toEqual([{ topic: 't', error: expect.objectContaining({ message: 'first' }) }]);
    expect(subscriber.stats().errors).toEqual({ HANDLER: 1 });
  });

  it('run side by side if they may', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source);
    const release = defer();
    let running = 0;
    let most = 0;
    subscriber.subscribe('t', async () => {
      running += 1;
      most = Math.max(most, running);
      await release.promise;
      running -= 1;
    });
    await subscriber.startListening({ concurrency: 3 });
    await source.waitForSubscribers();
    for (const n of upTo(10)) await source.publish('t', n);
    await until(() => running === 3, 'three run');
    release.resolve();
    await subscriber.stopListening();
    expect(most).toBe(3);
  });

  it('are aborted when the grace time of a stop is over', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source);
    const aborted = defer();
    const running = defer();
    subscriber.subscribe('t', (_topic, _message, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted.resolve();
      });
      running.resolve();
      return new Promise(() => undefined);
    });
    await subscriber.startListening();
    await source.waitForSubscribers();
    await source.publish('t', 1);
    await running.promise;
    await subscriber.stopListening({ graceMs: 20 });
    await aborted.promise;
  });

  it('stop when they are told to', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source);
    let calls = 0;
    const subscription = subscriber.subscribe('t', () => void (calls += 1));
    subscriber.subscribe('t', () => void (calls += 10));
    await subscriber.startListening();
    await source.waitForSubscribers({ topic: 't' });
    await source.publish('t', 1);
    await until(() => calls === 11, 'both were called');
    subscription.unsubscribe();
    await source.publish('t', 2);
    await until(() => calls === 21, 'the other one was called');
    expect(subscriber.unsubscribe('t')).toBe(true);
    expect(subscriber.unsubscribe('t')).toBe(false);
    await until(() => Object.keys(source.subscriptions()).length === 0, 'the publisher knows');
  });
});

describe('subscriptions', () => {
  it.each(['first', 'late'])('may be thousands, with the publisher there %s', async (when) => {
    const topics = upTo(5_000).map((n) => `topic.${n}`);
    const first = await publisher();
    const address = addressOf(first);
    if (when === 'late') await first.close();
    const subscriber = keep(new Subscriber({ address, topics, reconnectIntervalMs: 10 }));
    await subscriber.connect();
    const source = when === 'late' ? keep(await new Publisher({ address }).connect()) : first;
    await until(() => Object.keys(source.subscriptions()).length === 5_000, 'all have arrived');
  });

  it('that have all been ended are not replaced by one to everything', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source, ['a']);
    await subscriber.connect();
    await source.waitForSubscribers({ topic: 'a' });
    expect(subscriber.unsubscribe('a')).toBe(true);
    await expect(subscriber.receiveMessage({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await until(() => Object.keys(source.subscriptions()).length === 0, 'nothing is subscribed');
  });

  it('without a handler are kept for whoever fetches them, while handlers take the others', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source);
    const handled: unknown[] = [];
    subscriber.subscribe('h', (_, message) => handled.push(message));
    subscriber.subscribe('f');
    await subscriber.startListening();
    await source.waitForSubscribers({ topic: 'f' });
    for (const n of upTo(5)) {
      await source.publish('f', n);
      await source.publish('h', n);
    }
    await until(() => handled.length === 5, 'the handler has had its own');
    for (const n of upTo(5))
      expect(await subscriber.receiveMessage({ timeoutMs: 2_000 })).toEqual({ topic: 'f', message: n });
  });
});

describe('loops', () => {
  it('lose nothing when they are left and entered again', async () => {
    const source = await publisher({ outbox: { policy: 'wait' } });
    const subscriber = subscriberOf(source, ['n']);
    const first = take(subscriber, 10);
    await source.waitForSubscribers();
    const published = Promise.all(upTo(5_000).map((n) => source.publish('n', n)));
    const seen = [...(await first)];
    while (seen.length < 5_000) seen.push(...(await take(subscriber, Math.min(499, 5_000 - seen.length))));
    await published;
    expect(seen.map(({ message }) => message)).toEqual(upTo(5_000));
  });

  it('that are slow hold up a publisher that waits, and lose nothing', async () => {
    const source = await publisher({ outbox: { policy: 'wait' }, highWaterMark: 10 });
    const subscriber = keep(new Subscriber({ address: addressOf(source), topics: ['n'], highWaterMark: 10 }));
    const loop = subscriber[Symbol.asyncIterator]();
    const first = loop.next();
    await source.waitForSubscribers();
    const body = 'x'.repeat(20_000);
    const published = Promise.all(upTo(3_000).map((n) => source.publish('n', { n, body })));
    await first;
    await until(() => subscriber.stats().received.messages > 1_000, 'the buffer is full');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(subscriber.stats().received.messages).toBeLessThan(1_100);
    expect(source.stats().queued.messages).toBeGreaterThan(0);
    for (const n of upTo(2_999)) expect((await loop.next()).value).toMatchObject({ message: { n: n + 1 } });
    await published;
  });

  it('end when the subscriber is closed', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source, ['t']);
    const all = (async () => {
      const seen = [];
      for await (const { message } of subscriber) seen.push(message);
      return seen;
    })();
    await source.waitForSubscribers();
    await source.publish('t', 'last');
    await until(() => subscriber.stats().received.messages === 1, 'it has arrived');
    await subscriber.close();
    expect(await all).toEqual(['last']);
    await expect(subscriber.receiveMessage()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('receiveMessage', () => {
  it('waits no longer than it may, and can be aborted', async () => {
    const source = await publisher();
    const subscriber = subscriberOf(source, ['t']);
    await expect(subscriber.receiveMessage({ timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const controller = new AbortController();
    const waiting = subscriber.receiveMessage({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await source.waitForSubscribers();
    await source.publish('t', 'not lost');
    expect(await subscriber.receiveMessage()).toEqual({ topic: 't', message: 'not lost' });
  });
});

it('publishes several bodies as one message', async () => {
  const source = await publisher();
  const subscriber = subscriberOf(source, ['t']);
  const received = subscriber.receiveMessage();
  await source.waitForSubscribers();
  await source.publishMultipart('t', [{ part: 1 }, 'two', 3]);
  expect(await received).toEqual({ topic: 't', message: [{ part: 1 }, 'two', 3] });
  await expect(source.publishMultipart('t', [])).rejects.toMatchObject({ code: 'BAD_OPTION' });
});

it('tells the publisher who comes and goes', async () => {
  const source = await publisher();
  const events: string[] = [];
  source.on('subscribed', ({ prefix }) => events.push(`+${prefix}`));
  source.on('unsubscribed', ({ prefix }) => events.push(`-${prefix}`));
  const subscriber = subscriberOf(source, ['a', 'b.*']);
  await subscriber.connect();
  await until(() => events.length === 2, 'it has subscribed');
  await subscriber.close();
  await until(() => events.length === 4, 'it is gone');
  expect([...events].sort()).toEqual(['+a', '+b.', '-a', '-b.']);
});

it('reaches a subscriber that was there before the publisher', async () => {
  const first = await publisher();
  const address = addressOf(first);
  await first.close();
  const subscriber = keep(new Subscriber({ address, topics: ['t'], reconnectIntervalMs: 20 }));
  const received = subscriber.receiveMessage();
  const second = keep(await new Publisher({ address }).connect());
  await second.waitForSubscribers({ topic: 't' });
  await second.publish('t', 'hello');
  expect(await received).toEqual({ topic: 't', message: 'hello' });
});

it('works the other way round: publishers that connect to a subscriber', async () => {
  const subscriber = keep(new Subscriber({ address: ANY_PORT, bind: true, topics: ['t'] }));
  await subscriber.connect();
  const source = keep(new Publisher({ address: addressOf(subscriber), bind: false }));
  const received = subscriber.receiveMessage();
  await source.waitForSubscribers({ topic: 't' });
  await source.send('t', 'from below');
  expect(await received).toEqual({ topic: 't', message: 'from below' });
});
