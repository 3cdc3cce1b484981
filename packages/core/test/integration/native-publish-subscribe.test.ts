import { describe, expect, it } from '@jest/globals';
import {
  configureLogging,
  Publisher,
  Subscriber,
  type Logger,
  type Message,
  type Middleware,
  type Serializer,
  type TopicContext,
  type TopicMessage,
} from '@liberzmq/core';
import { startNode } from '@liberzmq-tooling/testkit';
import { Subscriber as PlainSub } from 'zeromq';
import { addressOf, ANY_PORT, defer, until, upTo } from './endpoints.js';
import { joined, lost, publishAll, publishing, RECONNECT, recorder, row, turn } from './publishing.js';

const { keep, through, publisher, subscriber, proxied } = publishing();

/** Longer than a subscription waits for the announcement that explains it. */
const GRACE_MS = 400;

describe('who is subscribed', () => {
  it('is counted exactly, wildcards and all', async () => {
    const source = await publisher();
    await subscriber(source, ['b.*']);
    await subscriber(source, ['b.>', 'c']);
    await subscriber(source, ['b.x.y', 'b.>', '*.x.*']);
    await source.waitForSubscribers({ topic: 'b.x.y', count: 2 });
    await source.waitForSubscribers({ topic: 'b.x', count: 3 });
    await source.waitForSubscribers({ count: 3 });
    const none = source.waitForSubscribers({ topic: 'd', timeoutMs: GRACE_MS });
    const many = source.waitForSubscribers({ topic: 'b.x.y', count: 3, timeoutMs: GRACE_MS });
    await expect(none).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining("nobody subscribed to 'd'"),
    });
    await expect(many).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining("fewer than 3 have subscribed to 'b.x.y'"),
    });
  });

  it('is waited for until enough have come', async () => {
    const source = await publisher();
    await subscriber(source, ['t']);
    let enough = false;
    const waiting = source.waitForSubscribers({ topic: 't', count: 2 }).then(() => (enough = true));
    await subscriber(source, ['t.*', 'other']);
    expect(enough).toBe(false);
    await subscriber(source, ['t']);
    expect(await waiting).toBe(true);
  });

  it('is listed, with exact patterns, two of the same too', async () => {
    const source = await publisher();
    const first = await subscriber(source, ['a', 'b.*']);
    await subscriber(source, ['a', 'b.*']);
    const listed = source.subscribers();
    expect(listed.map(({ patterns }) => patterns)).toEqual([
      ['a', 'b.*'],
      ['a', 'b.*'],
    ]);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(2);
    expect(source.subscriptions()).toEqual({ a: 2, 'b.': 2 });
    await first.close();
    await until(() => source.subscribers().length === 1, 'one is gone');
    expect(source.subscriptions()).toEqual({ a: 1, 'b.': 1 });
    await source.waitForSubscribers({ topic: 'a' });
  });

  it('follows what a subscriber changes at run time, and says so', async () => {
    const source = await publisher();
    const events: unknown[] = [];
    source.on('subscriberJoined', ({ patterns }) => events.push([...patterns]));
    source.on('subscriberLeft', () => events.push('left'));
    const reader = await subscriber(source, ['a']);
    reader.subscribe('b.*');
    reader.subscribe('b.>');
    await until(() => events.length === 2, 'the change is known');
    await source.waitForSubscribers({ topic: 'b.x.y' });
    reader.unsubscribe('b.>');
    await until(() => events.length === 3, 'the end of one is known');
    await expect(source.waitForSubscribers({ topic: 'b.x.y', timeoutMs: GRACE_MS })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await source.waitForSubscribers({ topic: 'b.x' });
    await reader.close();
    await until(() => events.length === 4, 'it is gone');
    expect(events).toEqual([['a'], ['a', 'b.*', 'b.>'], ['a', 'b.*'], 'left']);
    expect(source.subscribers()).toEqual([]);
  });

  it('is told when a process that subscribed is killed', async () => {
    const source = await publisher();
    const joinedIds: string[] = [];
    const left: string[] = [];
    source.on('subscriberJoined', ({ id }) => joinedIds.push(id));
    source.on('subscriberLeft', ({ id }) => left.push(id));
    await using child = startNode(
      {
        code: `
        import { Subscriber } from '@liberzmq/core';
        await new Subscriber({ address: process.argv[2], topics: ['t'] }).connect();`,
      },
      { args: [addressOf(source)] },
    );
    await source.waitForSubscribers({ topic: 't', timeoutMs: 15_000 });
    await until(() => joinedIds.length === 1, 'it has announced itself');
    child.kill('SIGKILL');
    await until(() => left.length === 1, 'it is missed');
    expect(left).toEqual(joinedIds);
    expect({ subscribers: source.subscribers(), prefixes: source.subscriptions() }).toEqual({
      subscribers: [],
      prefixes: {},
    });
  });

  it('is counted anew, not twice, when a publisher that connects has lost its connection', async () => {
    const reader = keep(new Subscriber({ address: ANY_PORT, bind: true, topics: ['t', 'u.*'] }));
    await reader.connect();
    const proxy = await through(reader);
    const source = keep(new Publisher({ address: proxy.address, bind: false, ...RECONNECT }));
    const events: string[] = [];
    source.on('subscriberJoined', () => events.push('joined'));
    source.on('subscriberLeft', () => events.push('left'));
    await source.connect();
    await until(() => events.length === 1, 'it is known');
    proxy.refuse();
    proxy.cut();
    await until(() => events.length === 2, 'it is gone');
    expect({ subscribers: source.subscribers(), prefixes: source.subscriptions() }).toEqual({
      subscribers: [],
      prefixes: {},
    });
    proxy.accept();
    await until(() => events.length === 3, 'it is back');
    expect(events).toEqual(['joined', 'left', 'joined']);
    expect(source.subscribers()).toEqual([{ id: expect.any(String), patterns: ['t', 'u.*'] }]);
    expect(source.subscriptions()).toEqual({ t: 1, 'u.': 1 });
  });

  it('is one, though its old connection has not ended yet at the publisher', async () => {
    const { source, proxy, seen } = await proxied({}, ['t', 'u.*']);
    let left = 0;
    source.on('subscriberLeft', () => (left += 1));
    const again = defer();
    source.on('subscribed', ({ prefix }) => {
      if (prefix === 'u.') again.resolve();
    });
    proxy.cut({ direction: 'back' });
    await again.promise;
    await expect(source.waitForSubscribers({ topic: 't', count: 2, timeoutMs: GRACE_MS })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(source.subscriptions()['t']).toBeGreaterThan(1);
    expect(source.subscribers()).toEqual([{ id: expect.any(String), patterns: ['t', 'u.*'] }]);
    proxy.heal();
    await until(() => source.subscriptions()['t'] === 1, 'the old connection has ended');
    expect(source.subscribers()).toEqual([{ id: expect.any(String), patterns: ['t', 'u.*'] }]);
    expect(left).toBe(0);
    await source.publish('u.x', 1);
    await until(() => seen.length === 1, 'it is reached');
    expect(seen).toEqual(['u.x=1']);
  });
});

describe('plain SUB sockets', () => {
  /** What is logged as a warning. */
  function warnings(): string[] {
    const seen: string[] = [];
    const log = (): undefined => undefined;
    const logger: Logger = {
      ...{ level: 'warn', trace: log, debug: log, info: log, error: log, fatal: log },
      warn: (_facts: unknown, message?: string) => seen.push(message ?? ''),
      child: () => logger,
    };
    configureLogging({ logger });
    return seen;
  }

  it('count by their prefixes, wider ones after a while, and one of them is warned of, once', async () => {
    const warned = warnings();
    const plain = upTo(2).map(() => new PlainSub({ linger: 0 }));
    try {
      const source = await publisher();
      const own = await subscriber(source, ['p.*']);
      for (const socket of plain) {
        socket.connect(addressOf(source));
        socket.subscribe('p');
      }
      await source.waitForSubscribers({ topic: 'p', count: 2, timeoutMs: 200 });
      await source.waitForSubscribers({ topic: 'p.q', count: 3 });
      expect(source.subscribers()).toEqual([
        { id: expect.any(String), patterns: ['p.*'] },
        { id: undefined, patterns: ['p'] },
        { id: undefined, patterns: ['p'] },
      ]);
      await until(() => warned.length > 0, 'it is logged');
      plain[0]?.subscribe('q');
      await source.waitForSubscribers({ topic: 'q.r' });
      await own.close();
      expect(warned).toEqual([expect.stringMatching(/has not announced itself.*dialect: 'classic'/)]);
    } finally {
      configureLogging({ level: 'silent' });
      for (const socket of plain) socket.close();
    }
  });

  it('that come one after the other are all waited for', async () => {
    const plain = upTo(2).map(() => new PlainSub({ linger: 0 }));
    try {
      const source = await publisher();
      for (const socket of plain) socket.connect(addressOf(source));
      plain[0]?.subscribe('a');
      await source.waitForSubscribers({ topic: 'a' });
      const both = source.waitForSubscribers({ topic: 'ab.c', count: 2, timeoutMs: 3_000 });
      await new Promise((resolve) => setTimeout(resolve, 150));
      plain[1]?.subscribe('ab');
      await both;
    } finally {
      for (const socket of plain) socket.close();
    }
  });

  it('cause no warning of a classic publisher, and neither do subscribers of ours', async () => {
    const warned = warnings();
    const plain = new PlainSub({ linger: 0 });
    try {
      const source = await publisher({ dialect: 'classic' });
      plain.connect(addressOf(source));
      plain.subscribe('');
      await source.waitForSubscribers({ topic: 'x' });
      await source.publish('x', 'readable');
      expect((await plain.receive()).map(String)).toEqual(['x', '"readable"']);
      const native = await publisher();
      await subscriber(native, ['*.x', 'y']);
      await expect(native.waitForSubscribers({ topic: 'z', timeoutMs: GRACE_MS })).rejects.toThrow();
      expect(warned).toEqual([]);
    } finally {
      configureLogging({ level: 'silent' });
      plain.close();
    }
  });
});

describe('what was missed', () => {
  it('is counted at both ends where the outbox of a publisher overflows', async () => {
    const source = await publisher({ outbox: { maxMessages: 10 } });
    const { seen, events } = recorder(await subscriber(source, ['t']));
    const dropped: string[] = [];
    source.on('dropped', ({ reason, description }) => dropped.push(`${reason}: ${description}`));
    await source.publish('t', 0);
    await until(() => seen.length === 1, 'the first has come');
    await Promise.all(upTo(100).map((n) => source.publish('t', n + 1)));
    await until(() => seen.includes('t=100'), 'the last has come');
    expect(seen).toEqual(['t=0', ...row('t', 91, 101)]);
    expect(events).toEqual([{ topic: 't', missed: 90 }]);
    expect(source.stats().drops).toEqual({ 'outbox-full': 90 });
    expect(dropped).toEqual(upTo(90).map(() => "outbox-full: message on 't'"));
  });

  it('is counted when the connection was lost, topic by topic', async () => {
    const { source, seen, events, whileAway } = await proxied({}, ['t', 'u', 'v']);
    await publishAll(source, 't', [0, 1]);
    await source.publish('u', 0);
    await until(() => seen.length === 3, 'they have come');
    await whileAway(async () => {
      await publishAll(source, 't', [2, 3, 4, 5, 6]);
      await publishAll(source, 'v', [0, 1]);
    });
    await source.publish('t', 7);
    await source.publish('u', 1);
    await source.publish('v', 2);
    await until(() => seen.length === 6, 'they have come');
    expect(seen).toEqual(['t=0', 't=1', 'u=0', 't=7', 'u=1', 'v=2']);
    expect(events).toEqual([{ topic: 't', missed: 5 }]);
  });

  it('is nothing for one that comes late: the first number is the beginning', async () => {
    const source = await publisher();
    await publishAll(source, 't', upTo(20));
    const { seen, events } = recorder(await subscriber(source, ['t']));
    await publishAll(source, 't', [20, 21]);
    await until(() => seen.length === 2, 'they have come');
    expect({ seen, events }).toEqual({ seen: ['t=20', 't=21'], events: [] });
  });

  it('is nothing while it was not subscribed', async () => {
    const source = await publisher();
    const reader = await subscriber(source, ['t', 'always']);
    const { seen, events } = recorder(reader);
    await publishAll(source, 't', [0, 1]);
    await until(() => seen.length === 2, 'they have come');
    reader.unsubscribe('t');
    await until(() => source.subscriptions()['t'] === undefined, 'the end is known');
    await publishAll(source, 't', [2, 3]);
    await joined(source, ['always', 't'], () => reader.subscribe('t'));
    await publishAll(source, 't', [4, 5]);
    await until(() => seen.length === 4, 'they have come');
    expect({ seen, events }).toEqual({ seen: ['t=0', 't=1', 't=4', 't=5'], events: [] });
  });

  it('is told apart by publisher where several send to one subscriber', async () => {
    const reader = keep(new Subscriber({ address: ANY_PORT, bind: true }));
    const contexts: TopicContext[] = [];
    const gaps: unknown[] = [];
    reader.on('gap', (event) => gaps.push(event));
    reader.subscribe('t', (_topic, _message, context) => void contexts.push(context));
    await reader.startListening();
    const sources = upTo(2).map((n) => keep(new Publisher({ address: addressOf(reader), bind: false, id: `p${n}` })));
    for (const source of sources) await source.waitForSubscribers({ topic: 't' });
    for (const n of upTo(50)) await sources[n % 3 === 0 ? 0 : 1]?.publish('t', n);
    await until(() => contexts.length === 50, 'all have come');
    expect(gaps).toEqual([]);
    expect(contexts.filter(({ peer }) => peer === 'p0')).toHaveLength(17);
    expect(contexts.filter(({ peer }) => peer === 'p1')).toHaveLength(33);
  });

  it('is not known when the publisher was started anew, which is said', async () => {
    const first = await publisher();
    const address = addressOf(first);
    const reader = keep(new Subscriber({ address, topics: ['t'], ...RECONNECT }));
    const { seen, events } = recorder(reader);
    await joined(first, ['t'], () => reader.connect());
    await publishAll(first, 't', [0, 1, 2]);
    await until(() => seen.length === 3, 'they have come');
    await lost(reader, () => first.close());
    const second = keep(new Publisher({ address }));
    await joined(second, ['t'], () => second.connect());
    await publishAll(second, 't', [3, 4]);
    await until(() => seen.length === 5, 'they have come');
    expect(seen).toEqual(row('t', 0, 5));
    expect(events).toEqual([{ restarted: address }]);
  });
});

describe('retained messages', () => {
  it('come to one that is late: the last of each matching topic, once, then what is live', async () => {
    const source = await publisher({ retain: true });
    for (const topic of ['a.x', 'a.y', 'a.y.z', 'b']) await publishAll(source, topic, [0, 1]);
    const reader = keep(new Subscriber({ address: addressOf(source), topics: ['a.*', 'a.y', '>'].slice(0, 2) }));
    const { seen, events } = recorder(reader);
    await joined(source, ['a.*', 'a.y'], () => reader.connect());
    await publishAll(source, 'a.x', [2, 3]);
    await until(() => seen.includes('a.x=3'), 'the last has come');
    expect(seen).toEqual(['a.x=1', 'a.y=1', 'a.x=2', 'a.x=3']);
    expect(events).toEqual([]);
  });

  it('come to nobody else', async () => {
    const source = await publisher({ retain: true });
    const early = recorder(await subscriber(source, ['t', 'end']));
    await source.publish('t', 'kept');
    await until(() => early.seen.length === 1, 'it has come');
    const late = recorder(await subscriber(source, ['t', 'end']));
    await source.publish('end', 1);
    await until(() => late.seen.length === 2 && early.seen.length === 2, 'all has come');
    expect(late.seen).toEqual(['t=kept', 'end=1']);
    expect(early.seen).toEqual(['t=kept', 'end=1']);
  });

  it.each([0, 5])('come with a pattern that is subscribed to later, too (history of %d)', async (history) => {
    const source = await publisher({ retain: true, history });
    await publishAll(source, 'a', [0, 1, 2]);
    await publishAll(source, 'b.c', [0, 1, 2]);
    const reader = await subscriber(source, ['a']);
    const { seen } = recorder(reader);
    await until(() => seen.length === 1, 'the first has come');
    reader.subscribe('b.*');
    await until(() => seen.length === 2, 'the second has come');
    reader.subscribe('>');
    await joined(source, ['a', 'b.*', '>', 'end'], () => reader.subscribe('end'));
    await source.publish('end', 1);
    await until(() => seen.includes('end=1'), 'the end has come');
    expect(seen).toEqual(['a=2', 'b.c=2', 'end=1']);
  });

  it('are neither repeated nor out of order while it goes on publishing', async () => {
    const source = await publisher({ retain: true });
    let published = 0;
    let over = false;
    const publishing = (async () => {
      for (; !over; published += 1) {
        await source.publish('t', published);
        if (published % 20 === 0) await turn();
      }
    })();
    const readers: ReturnType<typeof recorder>[] = [];
    for (const _ of upTo(5)) readers.push(recorder(await subscriber(source, ['t'])));
    await until(() => readers.every(({ seen }) => seen.length > 100), 'some have come');
    over = true;
    await publishing;
    await until(() => readers.every(({ seen }) => seen.at(-1) === `t=${published - 1}`), 'all have come');
    for (const { seen, events } of readers) {
      expect(seen).toEqual(row('t', published - seen.length, published));
      expect(events).toEqual([]);
    }
  });

  it('may be undefined or bytes, and keep their headers', async () => {
    const source = await publisher({ retain: true });
    const [small, large] = [Buffer.from('small'), Buffer.alloc(20_000, 7)];
    await source.publish('undefined', undefined, { headers: { of: 'undefined' } });
    await source.publish('small', small);
    await source.publish('large', large, { headers: { of: 'large' } });
    small.fill(0);
    large.fill(0);
    const reader = keep(new Subscriber({ address: addressOf(source) }));
    const got = new Map<string, unknown>();
    reader.subscribe((topic, message, { headers }) => void got.set(topic, [message, headers]));
    await reader.startListening();
    await until(() => got.size === 3, 'all have come');
    expect(got.get('undefined')).toEqual([undefined, { of: 'undefined' }]);
    expect(got.get('small')).toEqual([Buffer.from('small'), {}]);
    expect(got.get('large')).toEqual([Buffer.alloc(20_000, 7), { of: 'large' }]);
  });
});

describe('history', () => {
  it('gives a subscriber that comes back what it missed, in order, before what is live, and nobody else', async () => {
    const { source, seen, events, whileAway } = await proxied({ history: 100 }, ['t', 'u.*']);
    const other = recorder(await subscriber(source, ['t']));
    await publishAll(source, 't', upTo(10));
    await source.publish('u.a', 0);
    await until(() => seen.length === 11, 'they have come');
    let published = 10;
    let over = false;
    let publishing: Promise<void> | undefined;
    await whileAway(async () => {
      await publishAll(source, 'u.b', [0, 1]);
      for (; published < 60; published += 1) await source.publish('t', published);
      publishing = (async () => {
        for (; !over; published += 1) {
          await source.publish('t', published);
          if (published % 10 === 0) await turn();
        }
      })();
      await until(() => published > 70, 'it goes on publishing');
    });
    await until(() => seen.length > 50, 'what was missed has come');
    over = true;
    await publishing;
    await until(() => seen.includes(`t=${published - 1}`), 'the last has come');
    const firstMissed = Math.max(0, Number(seen[11]?.split('=')[1]) - 10);
    const expected = row('t', 0, published).filter((_, n) => n < 10 || n >= 10 + firstMissed);
    expect(seen.filter((each) => each.startsWith('t='))).toEqual(expected);
    expect(events).toEqual(firstMissed === 0 ? [] : [{ topic: 't', missed: firstMissed }]);
    expect(seen.filter((each) => each.startsWith('u'))).toEqual(['u.a=0', 'u.b=0', 'u.b=1']);
    await until(() => other.seen.length === published, 'the other one has had all');
    expect(other).toEqual({ seen: row('t', 0, published), events: [] });
  });

  it('that does not reach back far enough leaves a gap of the right number', async () => {
    const { source, seen, events, whileAway } = await proxied({ history: 3 }, ['t']);
    await source.publish('t', 0);
    await until(() => seen.length === 1, 'it has come');
    await whileAway(() => publishAll(source, 't', [1, 2, 3, 4, 5, 6, 7]));
    await source.publish('t', 8);
    await until(() => seen.includes('t=8'), 'the last has come');
    expect(seen).toEqual(['t=0', 't=5', 't=6', 't=7', 't=8']);
    expect(events).toEqual([{ topic: 't', missed: 4 }]);
  });

  it('holds topics that have begun meanwhile, whatever their names', async () => {
    const { source, seen, events, whileAway } = await proxied({ history: 10 }, ['>']);
    await source.publish('t', 0);
    await until(() => seen.length === 1, 'it has come');
    await whileAway(async () => {
      for (const topic of ['constructor', '__proto__', 'new']) await publishAll(source, topic, [0, 1]);
    });
    await source.publish('t', 1);
    await until(() => seen.includes('t=1'), 'the last has come');
    expect([...seen].sort()).toEqual(
      ['t=0', 't=1', ...['constructor', '__proto__', 'new'].flatMap((topic) => row(topic, 0, 2))].sort(),
    );
    expect(events).toEqual([]);
  });

  it('is not for what was published before one came, or before it subscribed to it', async () => {
    const source = await publisher({ history: 10 });
    const proxy = await through(source);
    await publishAll(source, 'a', [0, 1, 2]);
    await publishAll(source, 'b', [0, 1, 2]);
    const reader = keep(new Subscriber({ address: proxy.address, topics: ['a', 'end'], ...RECONNECT }));
    const { seen, events } = recorder(reader);
    await joined(source, ['a', 'end'], () => reader.connect());
    await joined(source, ['a', 'b', 'end'], () => reader.subscribe('b'));
    await source.publish('end', 0);
    await until(() => seen.length > 0, 'it is connected');
    proxy.refuse();
    await lost(reader, () => {
      proxy.cut();
    });
    await until(() => source.subscribers().length === 0, 'it is gone');
    await source.publish('a', 3);
    await joined(source, ['a', 'b', 'end'], () => {
      proxy.accept();
    });
    await publishAll(source, 'b', [3]);
    await source.publish('end', 1);
    await until(() => seen.includes('end=1'), 'the end has come');
    expect(seen).toEqual(['end=0', 'a=3', 'b=3', 'end=1']);
    expect(events).toEqual([]);
  });

  it('comes in order though what is live was there first, and a middleware takes its time', async () => {
    const { source, proxy, reader, seen, events } = await proxied({ history: 1_000 }, ['>']);
    await many(source);
    await until(() => seen.length === MANY, 'they have come');
    seen.length = 0;
    reader.addMiddleware({
      name: 'slow',
      async incoming(message, next) {
        await turn();
        if ((message.body as number) % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        await next();
      },
    });
    proxy.refuse();
    await lost(reader, () => {
      proxy.cut();
    });
    await until(() => source.subscribers().length === 0, 'it is gone');
    await publishAll(source, 't', upTo(20));
    proxy.throttle(10_000, { direction: 'there' });
    proxy.accept();
    await liveFirst(source, '', 20, 40);
    proxy.throttle(Infinity);
    await until(() => seen.length >= 30, 'some have come');
    await publishAll(source, 't', upTo(60).slice(40));
    await until(() => seen.includes('t=59'), 'the last has come');
    expect({ seen, events }).toEqual({ seen: row('t', 0, 60), events: [] });
  });

  it('works the other way round: publishers that come back to a subscriber that is bound', async () => {
    const reader = keep(new Subscriber({ address: ANY_PORT, bind: true, topics: ['>'] }));
    const { seen, events } = recorder(reader);
    await until(() => reader.boundAddress !== undefined, 'it is bound');
    const proxy = await through(reader);
    const options = { bind: false, history: 1_000, ...RECONNECT };
    const steady = keep(new Publisher({ address: addressOf(reader), id: 'steady', ...options }));
    const source = keep(new Publisher({ address: proxy.address, id: 'shaky', ...options }));
    for (const each of [steady, source]) await each.waitForSubscribers({ topic: 't' });
    await publishAll(steady, 'before', [0, 1]);
    await many(source);
    await until(() => seen.length === MANY + 2, 'they have come');
    seen.length = 0;
    proxy.refuse();
    proxy.throttle(10_000, { direction: 'back' });
    proxy.cut();
    await until(() => source.subscribers().length === 0, 'it is gone');
    proxy.accept();
    await publishAll(source, 't', upTo(20));
    await liveFirst(source, '', 20, 40);
    await publishAll(steady, 's', upTo(10));
    proxy.throttle(Infinity);
    await until(() => seen.length >= 45, 'some have come');
    await publishAll(source, 't', upTo(60).slice(40));
    await until(() => seen.includes('t=59'), 'the last has come');
    expect(seen.filter((each) => each.startsWith('t'))).toEqual(row('t', 0, 60));
    expect(seen.filter((each) => !each.startsWith('t'))).toEqual(row('s', 0, 10));
    expect(events).toEqual([]);
  });

  const MANY = 500;

  /** Publishes on so many topics that to say how far they were read takes long. */
  async function many(source: Publisher): Promise<void> {
    for (const n of upTo(MANY)) await source.publish(`one.of.many.${n}`, n);
  }

  /** Publishes when the prefix is known again, packet by packet, and before it is known how far was read. */
  async function liveFirst(source: Publisher, prefix: string, from: number, to: number): Promise<void> {
    await until(() => source.subscriptions()[prefix] === 1, 'it is subscribed');
    for (const n of upTo(to).slice(from)) {
      await source.publish('t', n);
      await turn();
    }
    expect(source.subscribers().filter(({ id }) => id !== undefined)).toEqual([]);
  }
});

describe('where nobody is subscribed', () => {
  /** JSON, and how often it was asked to encode. */
  function countingSerializer(): Serializer & { calls: number } {
    return {
      name: 'counting',
      contentType: 'application/json',
      calls: 0,
      serialize(value) {
        this.calls += 1;
        return Buffer.from(JSON.stringify(value));
      },
      deserialize: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown,
    };
  }

  it('nothing is encoded; and where somebody is, it is once for all', async () => {
    const serializer = countingSerializer();
    const source = await publisher({ serializer });
    await publishAll(source, 't', upTo(10));
    await source.publish('t', 1, { headers: { a: 'b' } });
    expect(serializer.calls).toBe(0);
    const readers: ReturnType<typeof recorder>[] = [];
    for (const _ of upTo(3)) readers.push(recorder(await subscriber(source, ['t', 'b.*'], { serializer })));
    await publishAll(source, 'other', upTo(10));
    await publishAll(source, 'b.x.y', upTo(10));
    await source.publishMultipart('b.x.y', [1, 2]);
    expect(serializer.calls).toBe(0);
    await publishAll(source, 't', upTo(10));
    expect(serializer.calls).toBe(10);
    await until(() => readers.every(({ seen }) => seen.length === 10), 'they have come');
    expect(readers.map(({ events }) => events)).toEqual([[], [], []]);
  });

  const LOOPS: Readonly<Record<string, (source: Publisher) => Promise<void>>> = {
    'a message': (source) => source.publish('t', 1),
    'one with headers': (source) => source.publish('t', 1, { headers: { a: 'b' } }),
    'several bodies': (source) => source.publishMultipart('t', [1, 2]),
  };
  const KINDS: Readonly<Record<string, () => Promise<Publisher> | Publisher>> = {
    native: () => publisher(),
    classic: () => publisher({ dialect: 'classic' }),
    retaining: () => publisher({ retain: true }),
    'not yet open': () => keep(new Publisher({ address: ANY_PORT })),
    'with middleware': async () => (await publisher()).addMiddleware({ name: 'm', outgoing: (_, next) => next() }),
  };

  it.each(Object.keys(KINDS).flatMap((kind) => Object.keys(LOOPS).map((loop): [string, string] => [loop, kind])))(
    'a loop that awaits each publish of %s starves nothing: a publisher that is %s',
    async (loop, kind) => {
      const source = await KINDS[kind]!();
      const publish = LOOPS[loop]!;
      const timer = { fired: false };
      setTimeout(() => (timer.fired = true), 1);
      for (let published = 0; !timer.fired && published < 500_000; published += 1) await publish(source);
      expect(timer.fired).toBe(true);
    },
  );
});

it('a loop that awaits each publish starves nothing where somebody is subscribed', async () => {
  const source = await publisher();
  const { seen } = recorder(await subscriber(source, ['t']));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  for (const n of upTo(200_000)) await source.publish('t', n);
  clearInterval(timer);
  expect(turns).toBeGreaterThanOrEqual(3);
  await until(() => seen.length > 0, 'some have come');
});

describe('a message', () => {
  it('passes the middleware on both sides, with its headers', async () => {
    const source = await publisher();
    const stamp =
      (name: string): Middleware['outgoing'] =>
      async (message: Message, next) => {
        message.headers = { ...message.headers, [name]: message.direction };
        message.body = `${String(message.body)} ${name}`;
        await next();
      };
    source.addMiddleware({ name: 'p', outgoing: stamp('p') });
    const reader = keep(new Subscriber({ address: addressOf(source) }));
    reader.addMiddleware({ name: 's', incoming: stamp('s') });
    const got: unknown[] = [];
    reader.subscribe('t', (topic, message, context) => {
      got.push({ topic, message, headers: { ...context.headers }, peer: context.peer });
    });
    await joined(source, ['t'], () => reader.startListening());
    await source.publish('t', 1, { headers: { own: '中文' } });
    await source.publish('t', 2);
    await until(() => got.length === 2, 'they have come');
    expect(got).toEqual([
      { topic: 't', message: '1 p s', headers: { own: '中文', p: 'outgoing', s: 'incoming' }, peer: source.id },
      { topic: 't', message: '2 p s', headers: { p: 'outgoing', s: 'incoming' }, peer: source.id },
    ]);
  });

  it('has the headers that it had when it was published', async () => {
    const source = await publisher();
    const reader = keep(new Subscriber({ address: addressOf(source) }));
    const got: unknown[] = [];
    reader.subscribe('t', (_, message, { headers }) => void got.push([message, headers['n']]));
    await joined(source, ['t'], () => reader.startListening());
    const headers: Record<string, string> = {};
    for (const n of upTo(5)) {
      headers['n'] = String(n);
      await source.publish('t', n, { headers });
    }
    await until(() => got.length === 5, 'they have come');
    expect(got).toEqual(upTo(5).map((n) => [n, String(n)]));
  });

  it('may have several bodies', async () => {
    const source = await publisher();
    const reader = await subscriber(source, ['t']);
    const received: Promise<TopicMessage>[] = upTo(3).map(() => reader.receiveMessage());
    await source.publishMultipart('t', [{ part: 1 }, 'two', 3]);
    await source.publishMultipart('t', ['alone']);
    await source.publishMultipart('t', [undefined], { headers: { a: 'b' } });
    expect((await Promise.all(received)).map(({ message }) => message)).toEqual([
      [{ part: 1 }, 'two', 3],
      'alone',
      undefined,
    ]);
  });

  const BODIES = [Buffer.from([0, 0xc1, 255]), { part: 2 }, new Uint8Array(20_000).fill(3), undefined, Buffer.alloc(0)];
  const ARRIVED = [BODIES[0], { part: 2 }, Buffer.alloc(20_000, 3), null, Buffer.alloc(0)];

  it('may have several bodies that are bytes', async () => {
    const source = await publisher();
    const reader = await subscriber(source, ['t']);
    const received: Promise<TopicMessage>[] = upTo(4).map(() => reader.receiveMessage());
    await source.publish('t', 'before');
    await source.publishMultipart('t', BODIES, { headers: { a: 'b' } });
    await source.publishMultipart('t', [BODIES[0]]);
    await source.publish('t', 'after');
    const messages = (await Promise.all(received)).map(({ message }) => message);
    expect(messages).toEqual(['before', ARRIVED, BODIES[0], 'after']);
    expect(reader.stats().drops).toEqual({});
  });

  it('may have several bodies that a middleware makes bytes of', async () => {
    const source = await publisher();
    source.addMiddleware({
      name: 'bytes',
      outgoing: async (message, next) => {
        message.body = (message.body as string[]).map((each) => Buffer.from(each));
        await next();
      },
    });
    const reader = await subscriber(source, ['t']);
    const received = reader.receiveMessage();
    await source.publishMultipart('t', ['a', 'b']);
    expect((await received).message).toEqual([Buffer.from('a'), Buffer.from('b')]);
  });

  it('of several bodies that are bytes is kept as it was when it was published', async () => {
    const source = await publisher({ retain: true });
    const bytes = Buffer.alloc(20_000, 'a');
    await source.publishMultipart('t', [bytes, 1]);
    bytes.fill('b');
    const reader = keep(new Subscriber({ address: addressOf(source), topics: ['t'] }));
    expect((await reader.receiveMessage()).message).toEqual([Buffer.alloc(20_000, 'a'), 1]);
  });

  it('has no more bodies than may be where some are bytes', async () => {
    const source = await publisher();
    const reader = await subscriber(source, ['t']);
    const received = reader.receiveMessage();
    const bodies = [Buffer.of(1), ...upTo(65_535)];
    await expect(source.publishMultipart('t', bodies)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      outcome: 'not-sent',
    });
    await source.publishMultipart('t', bodies.slice(0, -1));
    expect((await received).message).toEqual(bodies.slice(0, -1));
  });

  it.each([undefined, null, '', 0, false, [], {}, Buffer.from([0, 0xc1, 255]), 'ä'.repeat(10_000)])(
    'arrives as it was: %p',
    async (value) => {
      const source = await publisher();
      const reader = await subscriber(source, ['t']);
      const received = reader.receiveMessage();
      await source.publish('t', value);
      expect((await received).message).toEqual(value);
    },
  );
});

describe('a subscriber that stops listening with much of a packet left', () => {
  /** A subscriber whose handler holds the first message, with a packet behind it. */
  async function holding() {
    const source = await publisher();
    const reader = keep(new Subscriber({ address: addressOf(source) }));
    const release = defer();
    const contexts: TopicContext[] = [];
    const seen: unknown[] = [];
    reader.subscribe('t', async (_, message, context) => {
      contexts.push(context);
      seen.push(message);
      if (message === 0) await release.promise;
    });
    await joined(source, ['t'], () => reader.startListening());
    for (const n of upTo(300)) await source.publish('t', n);
    await until(() => seen.length === 1, 'the first is with its handler');
    return { source, reader, seen, contexts, release: release.resolve };
  }

  it('gives its handlers the rest when it listens again', async () => {
    const { source, reader, seen, release } = await holding();
    const stopped = reader.stopListening();
    const again = reader.stopListening();
    for (const n of upTo(600).slice(300)) await source.publish('t', n);
    release();
    await Promise.all([stopped, again]);
    expect(seen).toEqual([0]);
    await reader.startListening();
    await until(() => seen.length === 600, 'all are handled');
    expect(seen).toEqual(upTo(600));
    expect(reader.stats().drops).toEqual({});
  });

  it('has the rest for who fetches it, in order', async () => {
    const { reader, seen, release } = await holding();
    const stopped = reader.stopListening();
    for (const n of upTo(300).slice(1)) expect(await reader.receiveMessage()).toEqual({ topic: 't', message: n });
    release();
    await stopped;
    expect(seen).toEqual([0]);
  });

  it('gives a loop that runs beside the handlers none of it twice', async () => {
    const source = await publisher();
    const reader = await subscriber(source, ['t']);
    const { seen } = recorder(reader);
    const release = defer();
    let handled = 0;
    reader.subscribe('t', async () => {
      handled += 1;
      await release.promise;
    });
    await reader.startListening();
    for (const n of upTo(300)) await source.publish('t', n);
    await until(() => seen.length > 1, 'the loop has more than the handlers');
    const stopped = reader.stopListening();
    release.resolve();
    await stopped;
    await source.publish('t', 300);
    await until(() => seen.includes('t=300'), 'the loop has the last');
    expect(seen).toEqual(row('t', 0, 301));
    expect(handled).toBe(1);
  });

  it('is waited for by a close, as long as that may take', async () => {
    const { reader, contexts, release } = await holding();
    const stopped = reader.stopListening();
    const closed = reader.close({ timeoutMs: 10_000 });
    await turn();
    expect([reader.state, contexts[0]?.signal.aborted]).toEqual(['closing', false]);
    release();
    await Promise.all([stopped, closed]);
  });
});

describe('checksums', () => {
  it('are understood on both sides', async () => {
    const source = await publisher({ checksum: true, retain: true });
    await source.publish('t', 'kept');
    const reader = await subscriber(source, ['t'], { checksum: true });
    const { seen } = recorder(reader);
    await source.publish('t', 'live');
    await until(() => seen.length === 2, 'they have come');
    expect(seen).toEqual(['t=kept', 't=live']);
    expect([source.stats().drops, reader.stats().drops]).toEqual([{}, {}]);
  });

  it('that are asked for and missing are refused, and counted', async () => {
    const source = await publisher();
    const malformed: string[] = [];
    const reader = keep(new Subscriber({ address: addressOf(source), topics: ['t'], checksum: true }));
    reader.on('malformed', ({ message }) => malformed.push(message));
    const { seen } = recorder(reader);
    await joined(source, ['t'], () => reader.connect());
    await source.publish('t', 1);
    await until(() => malformed.some((each) => each.includes('has no checksum')), 'it is refused');
    expect(seen).toEqual([]);
    expect(reader.stats().drops['malformed']).toBeGreaterThan(0);
    const strict = await publisher({ checksum: true });
    const refused = defer<string>();
    strict.on('malformed', ({ message }) => {
      refused.resolve(message);
    });
    keep(await new Subscriber({ address: addressOf(strict), topics: ['t'] }).connect());
    expect(await refused.promise).toMatch(/has no checksum/);
    expect(strict.stats().drops).toEqual({ malformed: 1 });
  });
});

describe('a classic publisher', () => {
  it('is understood by a subscriber, counts it exactly, and is told nothing of numbers', async () => {
    const source = await publisher({ dialect: 'classic' });
    const reader = await subscriber(source, ['t.*']);
    const { seen, events } = recorder(reader);
    await source.waitForSubscribers({ topic: 't.x' });
    await expect(source.waitForSubscribers({ topic: 't.x.y', timeoutMs: GRACE_MS })).rejects.toThrow();
    await publishAll(source, 't.x', [0, 1]);
    await source.publishMultipart('t.x', [2, 3]);
    await until(() => seen.length === 3, 'they have come');
    expect({ seen, events }).toEqual({ seen: ['t.x=0', 't.x=1', 't.x=2,3'], events: [] });
  });

  it.each([{ retain: true }, { history: 1 }])('cannot keep anything: %p is refused', (options) => {
    expect(() => new Publisher({ address: ANY_PORT, dialect: 'classic', ...options })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });
});

it('one that stands still slows down nobody else, and is told what it missed', async () => {
  const source = await publisher({ highWaterMark: 20 });
  await using child = startNode(
    {
      code: `
      import { Subscriber } from '@liberzmq/core';
      const subscriber = new Subscriber({ address: process.argv[2], topics: ['t'], highWaterMark: 5 });
      let [received, missed, gaps] = [0, 0, 0];
      subscriber.on('gap', (event) => { missed += event.missed; gaps += 1; });
      for await (const { message } of subscriber) {
        received += 1;
        if (received === 1) console.log(JSON.stringify({ first: message.n }));
        if (message.end) { console.log(JSON.stringify({ n: message.n, received, missed, gaps })); break; }
      }
      await subscriber.close();`,
    },
    { args: [addressOf(source)] },
  );
  await until(() => source.subscribers()[0]?.id !== undefined, 'it has announced itself', 15_000);
  const good = await subscriber(source, ['t']);
  const { seen, events } = recorder(good);
  const body = 'x'.repeat(1_000);
  let n = 0;
  const publish = async (end = false): Promise<void> => {
    await source.publish('t', { n, end, body });
    n += 1;
  };
  await publish();
  expect(await child.lines.nextLine()).toEqual({ first: 0 });
  child.kill('SIGSTOP');
  while (n < 20_000) {
    await publish();
    if (n % 100 === 0) await until(() => seen.length === n, 'the good one has them');
  }
  child.kill('SIGCONT');
  const line = child.lines.nextLine();
  let report: unknown;
  void line.then((given) => (report = given));
  while (report === undefined) {
    await publish(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { n: last, received, missed, gaps } = (await line) as Record<string, number>;
  expect(received! + missed!).toBe(last! + 1);
  expect(gaps).toBeGreaterThan(0);
  expect(missed).toBeGreaterThan(1_000);
  await until(() => seen.length === n, 'the good one has all');
  expect(events).toEqual([]);
  expect(await child.exitCode).toBe(0);
});
