import { describe, expect, test } from '@jest/globals';
import { Publisher, Subscriber, type TopicMessage } from '@liberzmq/core';
import { Type } from 'typebox';
import { z } from 'zod';
import { ValidatedPublisher, validation, ValidatedSubscriber, validatorOf, type OnInvalid } from '../src/index.js';
import { ANY_PORT, nextEvent, open } from './endpoints.js';

const UserMessage = Type.Object({
  user_id: Type.Integer(),
  username: Type.String({ minLength: 1 }),
  email: Type.String({ format: 'email' }),
  age: Type.Integer({ minimum: 0 }),
});
const JOHN = { user_id: 1, username: 'john_doe', email: 'john@example.com', age: 25 };

async function publishing<P extends Publisher>(publisher: P, topics = ['>']): Promise<[P, Subscriber]> {
  open(publisher);
  await publisher.connect();
  const subscriber = open(new Subscriber({ address: publisher.boundAddress!, topics }));
  await subscriber.connect();
  await publisher.waitForSubscribers();
  return [publisher, subscriber];
}

const next = (subscriber: Subscriber): Promise<TopicMessage> => subscriber.receiveMessage({ timeoutMs: 5_000 });

describe('ValidatedPublisher', () => {
  test.each([
    ['user_id', 'invalid', 'must be integer'],
    ['username', '', 'must not have fewer than 1 characters'],
    ['email', 'invalid', 'must match format "email"'],
    ['age', -1, 'must be >= 0'],
  ])("the guide's message is refused for a wrong %s, and nothing is sent", async (key, value, message) => {
    const [publisher, subscriber] = await publishing(new ValidatedPublisher({ address: ANY_PORT }));
    publisher.registerMessageModel('user', UserMessage);
    await expect(publisher.publish('user', { ...JOHN, [key]: value })).rejects.toMatchObject({
      name: 'ValidationError',
      code: 'INVALID_INPUT',
      outcome: 'not-sent',
      retryable: false,
      issues: [expect.objectContaining({ path: `/${key}`, message })],
    });
    await publisher.publish('user', JOHN);
    expect(await next(subscriber)).toEqual({ topic: 'user', message: JOHN });
    expect(publisher.stats().errors).toEqual({ INVALID_INPUT: 1 });
  });

  test('all ways to publish are checked, topics without a model are not', async () => {
    const [publisher, subscriber] = await publishing(new ValidatedPublisher({ address: ANY_PORT }));
    publisher.registerMessageModel('n', Type.Number());
    await expect(publisher.send('n', 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(publisher.publish('n', 'x', { headers: { a: 'b' } })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(publisher.publishMultipart('n', [1, 'x'])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [expect.objectContaining({ path: '/1' })],
    });
    await expect(publisher.publishMultipart('n', [])).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(publisher.publish(undefined as unknown as string, 1)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await publisher.publishMultipart('n', [1, 2]);
    await publisher.publish('other', 'x');
    expect([await next(subscriber), await next(subscriber)]).toEqual([
      { topic: 'n', message: [1, 2] },
      { topic: 'other', message: 'x' },
    ]);
  });

  test('a model may be for a pattern; the topic itself counts first, and a second model takes the place of the first', async () => {
    const [publisher] = await publishing(new ValidatedPublisher({ address: ANY_PORT }));
    const refused = (topic: string, message: unknown): Promise<boolean> =>
      publisher.publish(topic, message).then(
        () => false,
        () => true,
      );
    publisher.registerMessageModel('user.*', Type.Number()).registerMessageModel('user.name', Type.String());
    expect(await refused('user.age', 'x')).toBe(true);
    expect(await refused('user.age', 1)).toBe(false);
    expect(await refused('user.name', 'x')).toBe(false);
    expect(await refused('user.name', 1)).toBe(true);
    expect(await refused('users', 'x')).toBe(false);
    publisher.registerMessageModel('user.*', Type.String());
    expect(await refused('user.age', 'x')).toBe(false);
    expect(() => publisher.registerMessageModel('', Type.String())).toThrow(/not empty/);
    expect(() => publisher.registerMessageModel('a.>.b', Type.String())).toThrow(/'>'/);
    expect(() => publisher.registerMessageModel('a', { type: 'strin' })).toThrow(/the schema is not one/);
  });

  test('what is sent is what was given, or what the options of the schema make of it', async () => {
    const [publisher, subscriber] = await publishing(new ValidatedPublisher({ address: ANY_PORT }));
    publisher.registerMessageModel('zod', z.object({ n: z.string().transform(Number) }));
    publisher.registerMessageModel(
      'box',
      validatorOf(Type.Object({ n: Type.Number() }), { coerce: true, clean: 'strip' }),
    );
    const given = Object.freeze({ n: '5', more: 1 });
    await publisher.publish('zod', given);
    await publisher.publish('box', given);
    expect([await next(subscriber), await next(subscriber)]).toEqual([
      { topic: 'zod', message: { n: '5', more: 1 } },
      { topic: 'box', message: { n: 5 } },
    ]);
  });

  test('messages keep their order where checks take a while, and time limits hold meanwhile', async () => {
    const [publisher, subscriber] = await publishing(new ValidatedPublisher({ address: ANY_PORT }));
    const gates = new Map<string, () => void>();
    const Gated = z.string().refine(async (name) => {
      if (name.startsWith('open')) return true;
      await new Promise<void>((resolve) => gates.set(name, resolve));
      return !name.startsWith('bad');
    });
    publisher.registerMessageModel('gated', Gated);
    const first = publisher.publish('gated', 'first');
    const bad = expect(publisher.publish('gated', 'bad')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const rest = [
      publisher.publish('gated', 'open'),
      publisher.publish('free', 'second'),
      publisher.publishMultipart('free', ['a', 'b']),
    ];
    await expect(publisher.publish('gated', 'stuck', { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
    });
    const aborting = new AbortController();
    const aborted = expect(publisher.publish('gated', 'stuck', { signal: aborting.signal })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
      cause: 'enough',
    });
    aborting.abort('enough');
    await aborted;
    rest.push(publisher.publish('free', 'third'));
    gates.get('bad')?.();
    await new Promise((resolve) => setImmediate(resolve));
    gates.get('first')?.();
    await Promise.all([first, bad, ...rest]);
    const arrived: unknown[] = [];
    while (arrived.length < 5) arrived.push((await next(subscriber)).message);
    expect(arrived).toEqual(['first', 'open', 'second', ['a', 'b'], 'third']);
  });

  test('what is being checked when it is closed is not sent', async () => {
    const [publisher] = await publishing(new ValidatedPublisher({ address: ANY_PORT }));
    publisher.registerMessageModel(
      't',
      z.string().refine(() => new Promise<boolean>(() => undefined)),
    );
    const closed = { code: 'CLOSED', outcome: 'not-sent' };
    const published = [
      expect(publisher.publish('t', 'x')).rejects.toMatchObject(closed),
      expect(publisher.publish('t', 'x', { timeoutMs: 60_000 })).rejects.toMatchObject(closed),
      expect(publisher.publish('free', 'x')).rejects.toMatchObject(closed),
    ];
    await publisher.close();
    await Promise.all(published);
  });
});

describe('ValidatedSubscriber', () => {
  async function subscribing(onInvalid?: OnInvalid): Promise<[Publisher, ValidatedSubscriber]> {
    const publisher = open(new Publisher({ address: ANY_PORT }));
    await publisher.connect();
    const subscriber = open(new ValidatedSubscriber({ address: publisher.boundAddress!, topics: ['>'], onInvalid }));
    subscriber.registerMessageModel('n.*', z.string().transform(Number).pipe(z.number()));
    await subscriber.connect();
    await publisher.waitForSubscribers();
    return [publisher, subscriber];
  }

  test('by default what is not valid is not delivered, but counted and reported; others are what the schema makes of them', async () => {
    const [publisher, subscriber] = await subscribing();
    const failed = nextEvent(subscriber, 'handlerFailed');
    await publisher.publish('n.a', 'x');
    await publisher.publish('n.a', '5');
    await publisher.publish('other', 'x');
    expect(await next(subscriber)).toEqual({ topic: 'n.a', message: 5 });
    expect(await next(subscriber)).toEqual({ topic: 'other', message: 'x' });
    expect(await failed).toMatchObject({ topic: 'n.a', error: { code: 'INVALID_INPUT', issues: [{ path: '' }] } });
    expect(subscriber.stats()).toMatchObject({ errors: { INVALID_INPUT: 1 }, drops: { middleware: 1 } });
  });

  test('drop: it is not delivered, and counted', async () => {
    const [publisher, subscriber] = await subscribing('drop');
    await publisher.publish('n.a', 'x');
    await publisher.publish('n.a', '5');
    expect(await next(subscriber)).toEqual({ topic: 'n.a', message: 5 });
    expect(subscriber.stats()).toMatchObject({ errors: {}, drops: { middleware: 1 } });
  });

  test('pass: it is delivered as it came, and counted', async () => {
    const [publisher, subscriber] = await subscribing('pass');
    await publisher.publish('n.a', 'x');
    expect(await next(subscriber)).toEqual({ topic: 'n.a', message: 'x' });
    expect(subscriber.stats()).toMatchObject({ errors: { INVALID_INPUT: 1 }, drops: {} });
  });

  test('handlers get what came through, after any middleware', async () => {
    const [publisher, subscriber] = await subscribing('drop');
    subscriber.addMiddleware({
      name: 'unwrap',
      incoming: (message, proceed) => {
        message.body = (message.body as { wrapped: unknown }).wrapped;
        return proceed();
      },
    });
    const messages = new Promise<unknown[]>((resolve) => {
      const heard: unknown[] = [];
      subscriber.subscribe('n.*', (_topic, message) => {
        heard.push(message);
        if (heard.length === 2) resolve(heard);
      });
    });
    await subscriber.startListening();
    for (const wrapped of ['1', 'x', '2']) await publisher.publish('n.a', { wrapped });
    expect(await messages).toEqual([1, 2]);
  });

  test('wrong options are refused', () => {
    const address = 'tcp://127.0.0.1:5555';
    expect(() => new ValidatedSubscriber({ address, onInvalid: 'ignore' as OnInvalid })).toThrow(/onInvalid/);
    expect(() => new ValidatedSubscriber(undefined as never)).toThrow(/options must be an object/);
  });
});

describe('validation()', () => {
  test('checks what goes out, and leaves the rest alone', async () => {
    const checks = validation({ models: [['n', Type.Number()]] });
    const [publisher, subscriber] = await publishing(new Publisher({ address: ANY_PORT }).addMiddleware(checks));
    await expect(publisher.publish('n', 'x')).rejects.toMatchObject({ code: 'INVALID_INPUT', outcome: 'not-sent' });
    await publisher.publish('n', 1);
    await publisher.publish('other', 'x');
    expect([await next(subscriber), await next(subscriber)].map(({ message }) => message)).toEqual([1, 'x']);
    expect(checks.invalid).toBe(1);
  });

  test('checks what comes in, in one direction or both, synchronously or not', async () => {
    const [publisher, subscriber] = await publishing(new Publisher({ address: ANY_PORT }));
    const checks = validation({
      models: new Map([['n', z.number().refine(async (n) => Promise.resolve(n > 0))]]),
      direction: 'incoming',
      onInvalid: 'drop',
    });
    expect(checks.outgoing).toBeUndefined();
    expect(validation({ models: [], direction: 'outgoing' }).incoming).toBeUndefined();
    subscriber.addMiddleware(checks);
    for (const n of [0, 1, 'x', 2]) await publisher.publish('n', n);
    expect([await next(subscriber), await next(subscriber)].map(({ message }) => message)).toEqual([1, 2]);
    expect(checks.invalid).toBe(2);
  });

  test('wrong options are refused', () => {
    for (const options of [
      undefined,
      {},
      { models: 5 },
      { models: ['a'] },
      { models: [['a', { type: 'x' }]] },
      { models: [], direction: 'up' },
      { models: [], onInvalid: 'ignore' },
      { models: [], more: 1 },
    ]) {
      expect(() => validation(options as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
  });
});
