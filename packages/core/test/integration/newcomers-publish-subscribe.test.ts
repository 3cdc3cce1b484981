import { describe, expect, it } from '@jest/globals';
import { Publisher, Subscriber, type TopicHandler } from '@liberzmq/core';
import { addressOf, ANY_PORT, defer, until, upTo } from './endpoints.js';
import { joined, lost, publishAll, publishing, RECONNECT, recorder, row, turn } from './publishing.js';

const { keep, through, publisher } = publishing();

/** A handler, and what it was called with, as `topic=body`. */
function handler(): { handle: TopicHandler; seen: string[] } {
  const seen: string[] = [];
  return { handle: (topic, message) => void seen.push(`${topic}=${String(message)}`), seen };
}

/** A subscriber that listens with one handler, and has had everything that is retained. */
async function listening(source: Publisher, ...topics: string[]) {
  const reader = keep(new Subscriber({ address: addressOf(source), ...RECONNECT }));
  const first = handler();
  for (const topic of topics) reader.subscribe(topic, first.handle);
  await joined(source, topics, () => reader.startListening());
  return { reader, first };
}

/** Waits until all that is on its way to a subscriber of these topics has come: it subscribes to one topic more. */
async function settled(source: Publisher, reader: Subscriber): Promise<void> {
  const end = `settled.${Math.random()}`;
  const done = defer();
  reader.subscribe(end, () => {
    done.resolve();
  });
  await source.waitForSubscribers({ topic: end });
  await source.publish(end, 1);
  await done.promise;
}

describe('a handler that comes later is given what is retained', () => {
  it('for the topic of another handler, which is not given it once more', async () => {
    const source = await publisher({ retain: true });
    await publishAll(source, 't', [0, 1, 2]);
    const { reader, first } = await listening(source, 't');
    await until(() => first.seen.length === 1, 'the first has had it');
    const [second, third] = [handler(), handler()];
    reader.subscribe('t', second.handle);
    await until(() => second.seen.length === 1, 'the second has had it');
    await source.publish('t', 3);
    await until(() => second.seen.length === 2, 'both have the next');
    reader.subscribe('t', third.handle);
    await until(() => third.seen.length === 1, 'the third has had it');
    await settled(source, reader);
    expect([first.seen, second.seen, third.seen]).toEqual([['t=2', 't=3'], ['t=2', 't=3'], ['t=3']]);
  });

  it.each([0, 5])('with a pattern that covers topics of others (history of %d)', async (history) => {
    const source = await publisher({ retain: true, history });
    for (const topic of ['a', 'b', 'c.d']) await publishAll(source, topic, [0, 1]);
    const { reader, first } = await listening(source, 'a', 'c.*');
    await until(() => first.seen.length === 2, 'the first has had its own');
    const second = handler();
    reader.subscribe('>', second.handle);
    await until(() => second.seen.length === 3, 'the second has had all');
    await settled(source, reader);
    expect([...first.seen].sort()).toEqual(['a=1', 'c.d=1']);
    expect([...second.seen].slice(0, 3).sort()).toEqual(['a=1', 'b=1', 'c.d=1']);
  });

  it('but not if it was there already, with another pattern or the same', async () => {
    const source = await publisher({ retain: true });
    await source.publish('t', 1);
    const { reader, first } = await listening(source, 't');
    await until(() => first.seen.length === 1, 'it has come');
    reader.subscribe('t', first.handle);
    reader.subscribe('*', first.handle);
    await settled(source, reader);
    expect(first.seen.filter((each) => each.startsWith('t='))).toEqual(['t=1']);
  });

  it('each once, when several come in one turn or in two', async () => {
    const source = await publisher({ retain: true });
    await source.publish('t', 1);
    const { reader, first } = await listening(source, 't');
    await until(() => first.seen.length === 1, 'it has come');
    const others = upTo(4).map(handler);
    for (const [n, { handle }] of others.entries()) {
      reader.subscribe('t', handle);
      if (n % 2 === 1) await turn();
    }
    await until(() => others.every(({ seen }) => seen.length > 0), 'all have had it');
    await settled(source, reader);
    expect([first, ...others].map(({ seen }) => seen)).toEqual(upTo(5).map(() => ['t=1']));
  });

  it('while loops, which get each message once, are not', async () => {
    const source = await publisher({ retain: true });
    await source.publish('t', 1);
    const { reader, first } = await listening(source, 't');
    const loop = recorder(reader);
    await until(() => first.seen.length === 1, 'it has come');
    const before = [...loop.seen];
    const second = handler();
    reader.subscribe('t', second.handle);
    await until(() => second.seen.length === 1, 'the second has had it');
    await source.publish('t', 2);
    await until(() => loop.seen.includes('t=2'), 'the loop has the next');
    expect(loop.seen).toEqual([...before, 't=2']);
    expect(second.seen).toEqual(['t=1', 't=2']);
  });

  it('though a loop has fetched it before there were handlers, or before they were called', async () => {
    const source = await publisher({ retain: true });
    await publishAll(source, 't', [1]);
    await publishAll(source, 'u', [1]);
    const reader = keep(new Subscriber({ address: addressOf(source), topics: ['t'] }));
    expect(await reader.receiveMessage()).toEqual({ topic: 't', message: 1 });
    const [early, late] = [handler(), handler()];
    reader.subscribe('t', early.handle);
    reader.subscribe('u', early.handle);
    expect(await reader.receiveMessage()).toEqual({ topic: 'u', message: 1 });
    await reader.startListening();
    await until(() => early.seen.length === 2, 'the first has had both');
    reader.subscribe('t', late.handle);
    await until(() => late.seen.length === 1, 'the second has had its own');
    await settled(source, reader);
    expect([[...early.seen].sort(), late.seen]).toEqual([['t=1', 'u=1'], ['t=1']]);
  });

  it('once, though what it has been given waits for a handler that takes its time', async () => {
    const source = await publisher({ retain: true });
    const reader = keep(new Subscriber({ address: addressOf(source) }));
    const release = defer();
    const slow: unknown[] = [];
    reader.subscribe('t', async (_, message) => {
      slow.push(message);
      if (message === 0) await release.promise;
    });
    await joined(source, ['t'], () => reader.startListening({ concurrency: 2 }));
    await publishAll(source, 't', [0, 1, 2]);
    await until(() => slow.includes(0), 'one is at work');
    const second = handler();
    reader.subscribe('t', second.handle);
    await turn();
    release.resolve();
    await settled(source, reader);
    expect(slow).toEqual([0, 1, 2]);
    expect(second.seen.at(-1)).toBe('t=2');
    expect(new Set(second.seen).size).toBe(second.seen.length);
  });

  it('neither twice nor behind something newer, while it goes on publishing', async () => {
    const source = await publisher({ retain: true });
    const { reader, first } = await listening(source, 't');
    const gaps: unknown[] = [];
    reader.on('gap', (event) => gaps.push(event));
    let published = 0;
    let over = false;
    const publishing = (async () => {
      for (; !over; published += 1) {
        await source.publish('t', published);
        if (published % 20 === 0) await turn();
      }
    })();
    const others: ReturnType<typeof handler>[] = [];
    for (const _ of upTo(20)) {
      const other = handler();
      others.push(other);
      reader.subscribe('t', other.handle);
      await until(() => other.seen.length > 20, 'it has some');
    }
    over = true;
    await publishing;
    await until(() => first.seen.length === published, 'all have come');
    expect(first.seen).toEqual(row('t', 0, published));
    for (const { seen } of others) expect(seen).toEqual(row('t', published - seen.length, published));
    expect(gaps).toEqual([]);
  });

  it('when the connection is back, if it came while it was lost', async () => {
    const source = await publisher({ retain: true });
    const proxy = await through(source);
    await publishAll(source, 't', [0, 1]);
    const reader = keep(new Subscriber({ address: proxy.address, ...RECONNECT }));
    const [first, second] = [handler(), handler()];
    reader.subscribe('t', first.handle);
    await joined(source, ['t'], () => reader.startListening());
    await until(() => first.seen.length === 1, 'it has come');
    proxy.refuse();
    await lost(reader, () => {
      proxy.cut();
    });
    await until(() => source.subscribers().length === 0, 'it is gone');
    reader.subscribe('t', second.handle);
    await joined(source, ['t'], () => {
      proxy.accept();
    });
    await until(() => second.seen.length === 1, 'the second has had it');
    await settled(source, reader);
    expect([first.seen, second.seen]).toEqual([['t=1'], ['t=1']]);
  });

  it('when the connection is lost before it has come', async () => {
    const source = await publisher({ retain: true });
    const proxy = await through(source);
    await publishAll(source, 't', [0, 1]);
    const reader = keep(new Subscriber({ address: proxy.address, ...RECONNECT }));
    const [first, second] = [handler(), handler()];
    reader.subscribe('t', first.handle);
    await joined(source, ['t'], () => reader.startListening());
    await until(() => first.seen.length === 1, 'it has come');
    proxy.stall({ direction: 'back', swallow: true });
    reader.subscribe('t', second.handle);
    await joined(source, ['t', 'end'], () => reader.subscribe('end'));
    proxy.heal();
    await lost(reader, () => {
      proxy.cut();
    });
    await until(() => second.seen.length === 1, 'the second has had it');
    await settled(source, reader);
    expect([first.seen, second.seen]).toEqual([['t=1'], ['t=1']]);
  });

  it('of all publishers, where several send to one subscriber', async () => {
    const reader = keep(new Subscriber({ address: ANY_PORT, bind: true }));
    const [first, second] = [handler(), handler()];
    reader.subscribe('t', first.handle);
    await reader.startListening();
    for (const n of upTo(3)) {
      const source = keep(new Publisher({ address: addressOf(reader), bind: false, id: `p${n}`, retain: true }));
      await source.waitForSubscribers({ topic: 't' });
      await source.publish('t', n);
    }
    await until(() => first.seen.length === 3, 'all have come');
    reader.subscribe('t', second.handle);
    await until(() => second.seen.length === 3, 'the second has had all');
    expect([...first.seen].sort()).toEqual(['t=0', 't=1', 't=2']);
    expect([...second.seen].sort()).toEqual(['t=0', 't=1', 't=2']);
  });

  it('through the middleware, with its headers', async () => {
    const source = await publisher({ retain: true });
    await source.publish('t', 1, { headers: { a: 'b' } });
    const { reader, first } = await listening(source, 't');
    await until(() => first.seen.length === 1, 'it has come');
    reader.addMiddleware({
      name: 'm',
      async incoming(message, next) {
        message.body = `${String(message.body)} m`;
        await turn();
        await next();
      },
    });
    const got = defer<unknown>();
    reader.subscribe('t', (_, message, { headers, peer }) => {
      got.resolve([message, { ...headers }, peer]);
    });
    expect(await got.promise).toEqual(['1 m', { a: 'b' }, source.id]);
    expect(first.seen).toEqual(['t=1']);
  });
});

it('nothing is given to a handler that comes later where nothing is retained', async () => {
  const source = await publisher({ history: 10 });
  const { reader, first } = await listening(source, 't');
  await publishAll(source, 't', [0, 1]);
  await until(() => first.seen.length === 2, 'they have come');
  const second = handler();
  reader.subscribe('t', second.handle);
  await settled(source, reader);
  await source.publish('t', 2);
  await until(() => second.seen.length === 1, 'the next has come');
  expect(second.seen).toEqual(['t=2']);
});
