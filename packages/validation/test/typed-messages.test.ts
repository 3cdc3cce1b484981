import { describe, expect, test } from '@jest/globals';
import { Publisher, Puller, Pusher, Subscriber, type Sender } from '@liberzmq/core';
import { Type } from 'typebox';
import { z } from 'zod';
import { defineContract, typedPublisher, typedPuller, typedPusher, typedSubscriber } from '../src/index.js';
import { ANY_PORT, nextEvent, open, errorOf } from './endpoints.js';

const contract = defineContract({
  version: '1',
  topics: {
    'user.created': { message: Type.Object({ name: Type.String() }) },
    'user.deleted': { message: Type.Object({ id: Type.Integer() }) },
    'prices.*': { message: Type.Number() },
    length: { message: z.string().transform((text) => text.length) },
    end: { message: Type.Null() },
  },
  tasks: {
    resize: { data: Type.Object({ file: Type.String() }) },
    count: { data: z.string().transform(Number) },
  },
});

interface Published {
  readonly publisher: Publisher;
  readonly subscriber: Subscriber;
}

async function published(): Promise<Published> {
  const publisher = open(new Publisher({ address: ANY_PORT }));
  await publisher.connect();
  const subscriber = open(new Subscriber({ address: publisher.boundAddress as string }));
  return { publisher, subscriber };
}

/** A sender that keeps what it is given. */
function recording(): { readonly sent: unknown[][]; readonly sender: Sender } {
  const sent: unknown[][] = [];
  const sender: Sender = {
    send: (...message) => {
      sent.push(message);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { sent, sender };
}

describe('typedPublisher and typedSubscriber', () => {
  test('messages arrive on the topics that a pattern stands for, as their schemas make them', async () => {
    const { publisher, subscriber } = await published();
    const typed = typedSubscriber(subscriber, contract);
    const got: unknown[] = [];
    typed.subscribe('user.*', (topic, message) => got.push([topic, message]));
    typed.subscribe('prices.eur', (topic, price) => got.push([topic, price]));
    typed.subscribe('length', (_topic, length) => got.push(length));
    const ended = new Promise((resolve) => typed.subscribe('end', resolve));
    await typed.startListening();
    await publisher.waitForSubscribers({ topic: 'end' });
    const sender = typedPublisher(publisher, contract);
    await sender.publish('user.created', { name: 'Ada' });
    await sender.publish('user.deleted', { id: 1 });
    await sender.publish('prices.eur', 1.5);
    await sender.publish('prices.usd', 1.6);
    await sender.publish('length', 'four');
    await sender.publish('end', null);
    await ended;
    expect(got).toEqual([['user.created', { name: 'Ada' }], ['user.deleted', { id: 1 }], ['prices.eur', 1.5], 4]);
  });

  test('what is not as the contract says is not sent', async () => {
    const { sent, sender } = recording();
    const publisher = typedPublisher(sender, contract);
    await expect(publisher.publish('prices.eur', '1.5' as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      outcome: 'not-sent',
      message: `the message on 'prices.eur' is not valid: must be number, not string "1.5"`,
    });
    await expect(publisher.publish('user.renamed' as 'end', null)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining("the contract has no topic 'user.renamed'; it has user.created"),
    });
    await publisher.publish('prices.eur', 1.5, { timeoutMs: 5 });
    expect(sent).toEqual([['prices.eur', 1.5, { timeoutMs: 5 }]]);
  });

  test('of several patterns the one that says most counts, in whatever order they are written', async () => {
    const { sent, sender } = recording();
    const message = (text: string) => ({ message: Type.Literal(text) });
    const names = ['>', 'a.>', '*.b', 'a.*', 'a.b.*', 'a.b'];
    for (const order of [names, names.toReversed()]) {
      const topics = Object.fromEntries(order.map((name) => [name, message(name)]));
      const publisher = typedPublisher(sender, defineContract({ version: '1', topics }));
      for (const [topic, name] of [
        ['a.b', 'a.b'],
        ['a.c', 'a.*'],
        ['c.b', '*.b'],
        ['a.b.c', 'a.b.*'],
        ['a.b.c.d', 'a.>'],
        ['b', '>'],
      ] as const) {
        await publisher.publish(topic, name);
      }
    }
    expect(sent).toHaveLength(12);
  });

  test('messages of a slow check keep their order', async () => {
    const slow = z.string().refine(async (text) => {
      if (text === 'slow') await new Promise(setImmediate);
      return true;
    });
    const { sent, sender } = recording();
    const publisher = typedPublisher(
      sender,
      defineContract({ version: '1', topics: { a: { message: slow }, b: { message: Type.String() } } }),
    );
    await Promise.all([publisher.publish('a', 'slow'), publisher.publish('b', 'quick')]);
    expect(sent.map(([topic]) => topic)).toEqual(['a', 'b']);
  });

  test('what arrives and is not as the contract says is rejected, and topics that it does not have are not its own', async () => {
    const { publisher, subscriber } = await published();
    const typed = typedSubscriber(subscriber, contract);
    const got: unknown[] = [];
    const untyped: unknown[] = [];
    typed.subscribe('user.*', (topic) => got.push(topic));
    subscriber.subscribe('user.renamed', (topic) => untyped.push(topic));
    const ended = new Promise((resolve) => typed.subscribe('end', resolve));
    const failed = nextEvent(subscriber, 'handlerFailed');
    await typed.startListening();
    await publisher.waitForSubscribers({ topic: 'end' });
    await publisher.publish('user.created', { name: 5 });
    await publisher.publish('user.renamed', { name: 'Ada' });
    await publisher.publish('user.deleted', { id: 1 });
    await publisher.publish('end', null);
    await ended;
    expect(await failed).toMatchObject({ topic: 'user.created', error: { code: 'INVALID_INPUT' } });
    expect(got).toEqual(['user.deleted']);
    expect(untyped).toEqual(['user.renamed']);
    expect(typed.invalid).toBe(1);
    expect(subscriber.stats().errors).toEqual({ INVALID_INPUT: 1 });
  });

  test.each(['drop', 'pass'] as const)('with onInvalid: %s', async (onInvalid) => {
    const { publisher, subscriber } = await published();
    const typed = typedSubscriber(subscriber, contract, { onInvalid });
    const got: unknown[] = [];
    typed.subscribe('prices.*', (_topic, price) => got.push(price));
    const ended = new Promise((resolve) => typed.subscribe('end', resolve));
    await typed.startListening();
    await publisher.waitForSubscribers({ topic: 'end' });
    await publisher.publish('prices.eur', 'dear');
    await publisher.publish('end', null);
    await ended;
    expect(got).toEqual(onInvalid === 'pass' ? ['dear'] : []);
    expect(typed.invalid).toBe(1);
    expect(subscriber.stats().drops).toEqual(onInvalid === 'drop' ? { middleware: 1 } : {});
  });

  test('loops get what the contract has, checked', async () => {
    const { publisher, subscriber } = await published();
    const typed = typedSubscriber(subscriber, contract);
    subscriber.subscribe();
    const loop = (async () => {
      const got: unknown[] = [];
      for await (const { topic, message } of typed) {
        if (topic === 'end') break;
        got.push(topic === 'user.created' ? message.name : topic);
      }
      return got;
    })();
    await publisher.waitForSubscribers({ topic: 'end' });
    await publisher.publish('user.created', { name: 'Ada' });
    await publisher.publish('user.created', {});
    await publisher.publish('news', 'not in the contract');
    await publisher.publish('end', null);
    expect(await loop).toEqual(['Ada']);
    await publisher.publish('news', 'not in the contract');
    await publisher.publish('prices.eur', 1);
    expect(await typed.receiveMessage()).toEqual({ topic: 'prices.eur', message: 1 });
  });

  test('it is checked once, however often the contract is put around it, and next to the handler', async () => {
    const { publisher, subscriber } = await published();
    const typed = typedSubscriber(subscriber, contract);
    expect(() => typedSubscriber(subscriber, contract, { onInvalid: 'drop' })).toThrow('has the contract already');
    const again = typedSubscriber(subscriber, contract);
    subscriber.addMiddleware({
      name: 'text',
      incoming: (message, next) => {
        if (message.subject === 'length') message.body = String(message.body);
        return next();
      },
    });
    const got: unknown[] = [];
    typed.subscribe('length', (_topic, length) => got.push(length));
    const ended = new Promise((resolve) => again.subscribe('end', resolve));
    await typed.startListening();
    await publisher.waitForSubscribers({ topic: 'end' });
    await publisher.publish('length', 12_345);
    await publisher.publish('end', null);
    await ended;
    expect(got).toEqual([5]);
  });

  test.each<[string, (subscriber: Subscriber) => unknown, string]>([
    ['a topic that the contract does not have', (s) => typedSubscriber(s, contract).subscribe('a' as never), "'a'"],
    ['a pattern that none matches', (s) => typedSubscriber(s, contract).subscribe('*.b.c' as never), "'*.b.c'"],
    ['a topic that is no text', (s) => typedSubscriber(s, contract).subscribe(5 as never), "no topic '5'"],
    ['a handler that is none', (s) => typedSubscriber(s, contract).subscribe('end', 5 as never), 'the handler must be'],
    ['no subscriber', () => typedSubscriber({} as never, contract), 'give it a subscriber'],
    ['no publisher', () => typedPublisher({} as never, contract), 'give it a publisher'],
    ['no contract', (s) => typedSubscriber(s, {} as never), 'the contract must be one that defineContract has made'],
    ['an unknown option', (s) => typedSubscriber(s, contract, { drop: true } as never), "unknown option 'drop'"],
    ['an unknown policy', (s) => typedSubscriber(s, contract, { onInvalid: 'no' as never }), "option 'onInvalid'"],
  ])('%s is refused', (_name, call, message) => {
    const subscriber = open(new Subscriber({ address: 'tcp://127.0.0.1:5555' }));
    expect(errorOf(() => call(subscriber))).toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(message),
    });
  });
});

describe('typedPusher and typedPuller', () => {
  test('tasks arrive as their schemas make them; what is not valid is neither sent nor worked on', async () => {
    const pusher = open(new Pusher({ address: ANY_PORT }));
    await pusher.connect();
    const puller = open(new Puller({ address: pusher.boundAddress as string }));
    const typed = typedPuller(puller, contract);
    const failed = nextEvent(puller, 'taskFailed');
    const got: unknown[] = [];
    const ended = new Promise<void>((resolve) => {
      typed.registerTaskHandler('resize', ({ data }) => got.push(data.file));
      typed.registerTaskHandler('count', ({ data }) => {
        got.push(data);
        resolve();
      });
    });
    await typed.startWorker();
    const sender = typedPusher(pusher, contract);
    await expect(sender.pushTask('resize', { file: 5 } as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      outcome: 'not-sent',
      issues: [{ path: '/file' }],
    });
    await expect(sender.pushTask('crop' as never, {} as never)).rejects.toMatchObject({
      message: "typedPusher: the contract has no task 'crop'; it has resize, count",
    });
    expect(await sender.pushTask('resize', { file: 'a.png' })).toHaveLength(36);
    await pusher.pushTask('resize', { file: 5 });
    await sender.pushTask('count', '5');
    await ended;
    expect(got).toEqual(['a.png', 5]);
    expect(await failed).toMatchObject({ task: { type: 'resize' }, error: { code: 'INVALID_INPUT' } });
    expect(typed.invalid).toBe(1);
    await typed.stopWorker();
    await sender.close();
    await typed.close();
  });

  test('of a batch with a task that is not valid none is pushed', async () => {
    const pusher = open(new Pusher({ address: ANY_PORT }));
    await pusher.connect();
    const puller = open(new Puller({ address: pusher.boundAddress as string }));
    const sender = typedPusher(pusher, contract);
    const bad = { type: 'resize', data: { file: 5 } } as never;
    await expect(sender.pushBatch([{ type: 'count', data: '1' }, bad])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      outcome: 'not-sent',
    });
    await expect(sender.pushBatch('tasks' as never)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(sender.pushBatch([null as never])).rejects.toMatchObject({ code: 'BAD_OPTION' });
    const pushed = sender.pushBatch([
      { type: 'resize', data: { file: 'a.png' }, id: 'one' },
      { type: 'count', data: '2', id: 'two', priority: 3 },
    ]);
    const typed = typedPuller(puller, contract);
    expect(await typed.pullTask()).toMatchObject({ id: 'one', data: { file: 'a.png' } });
    expect(await typed.pullTask()).toMatchObject({ id: 'two', data: 2, priority: 3 });
    expect(await pushed).toEqual(['one', 'two']);
  });

  test('tasks that the contract does not have go to the handlers of the puller itself', async () => {
    const pusher = open(new Pusher({ address: ANY_PORT }));
    await pusher.connect();
    const puller = open(new Puller({ address: pusher.boundAddress as string }));
    const others: unknown[] = [];
    puller.registerTaskHandler('crop', ({ data }) => others.push(data));
    const typed = typedPuller(puller, contract);
    const pushed = pusher.pushBatch([
      { type: 'crop', data: 1 },
      { type: 'nobody knows it' },
      { type: 'count', data: '2' },
      { type: 'crop', data: 3 },
      { type: 'count', data: '4' },
    ]);
    expect(await typed.pullTask()).toMatchObject({ data: 2 });
    for await (const { data } of typed) {
      others.push(data);
      break;
    }
    expect(others).toEqual([1, 3, 4]);
    await pushed;
  });

  test.each<[string, (puller: Puller) => unknown, string]>([
    [
      'a type that the contract does not have',
      (p) => typedPuller(p, contract).registerTaskHandler('crop' as never, () => undefined),
      "typedPuller: the contract has no task 'crop'; it has resize, count",
    ],
    ['no puller', () => typedPuller(null as never, contract), 'give it a puller'],
    ['no pusher', () => typedPusher(null as never, contract), 'give it a pusher'],
  ])('%s is refused', (_name, call, message) => {
    const puller = open(new Puller({ address: 'tcp://127.0.0.1:5557' }));
    expect(() => call(puller)).toThrow(message);
  });
});
