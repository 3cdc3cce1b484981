import { describe, expect, it } from '@jest/globals';
import {
  Client,
  Dealer,
  json,
  Publisher,
  Puller,
  Pusher,
  Router,
  SerializerFactory,
  Server,
  Subscriber,
  type MessageInfo,
  type Serializer,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, until } from './endpoints.js';

const keep = closeAfterEach();

/** JSON that is made elsewhere for values that say so, and is ready when the test says so. */
class Aside implements Serializer {
  readonly name = 'aside-test';
  readonly contentType = 'application/json';
  readonly seen: (MessageInfo | undefined)[] = [];
  readonly #waiting: (() => void)[] = [];

  /** How many values wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  serialize(value: unknown, message?: MessageInfo): Uint8Array {
    this.seen.push(message);
    return json.serialize(value);
  }

  deserialize(bytes: Uint8Array, message?: MessageInfo): unknown {
    this.seen.push(message);
    return json.deserialize(bytes);
  }

  serializeAsync(value: unknown, message?: MessageInfo): Uint8Array | Promise<Uint8Array> {
    this.seen.push(message);
    if (value === 'refused') throw new Error('not this one');
    if (!isSlow(value)) return json.serialize(value);
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        if (value.slow === 'fails') reject(new Error('it came to nothing'));
        else resolve(json.serialize(value));
      });
    });
  }

  /** The last one first. */
  finish(): void {
    for (const finish of this.#waiting.splice(0).reverse()) finish();
  }
}

/** What the other side needs to speak the same. */
const plain: Serializer = {
  name: 'aside-test',
  contentType: 'application/json',
  serialize: (value) => json.serialize(value),
  deserialize: (bytes) => json.deserialize(bytes),
};

function isSlow(value: unknown): value is { readonly slow: unknown } {
  return typeof value === 'object' && value !== null && 'slow' in value;
}

const shared = new Aside();
SerializerFactory.register('aside-test', shared);

async function serve(serializer: Serializer, handle: (data: unknown) => unknown): Promise<Server> {
  const server = keep(new Server({ address: ANY_PORT, serializer }));
  server.registerHandler('echo', handle);
  return server.startServer();
}

describe('a body that is encoded aside', () => {
  it('holds back the requests behind it, and none comes before its turn', async () => {
    const arrived: unknown[] = [];
    const serializer = new Aside();
    const server = await serve(shared, (data) => {
      arrived.push(data);
      return 1;
    });
    const client = keep(new Client({ address: addressOf(server), serializer }));
    const bodies = [{ slow: 1 }, 'quick', { slow: 2 }, 'quick too'];
    const requests = bodies.map((data) => client.sendRequest('echo', data));
    await until(() => serializer.waiting === 2, 'both are being encoded at the same time');
    serializer.finish();
    await Promise.all(requests);
    expect(arrived).toEqual(bodies);
  });

  it('that fails, or is taken back, fails alone', async () => {
    const serializer = new Aside();
    const server = await serve(shared, (data) => data);
    const client = keep(new Client({ address: addressOf(server), serializer }));
    const abort = new AbortController();
    const outcomes = Promise.allSettled([
      client.sendRequest('echo', { slow: 'fails' }),
      client.sendRequest('echo', 'refused'),
      client.sendRequest('echo', { slow: 'aborted' }, { signal: abort.signal }),
      client.sendRequest('echo', { slow: 'late' }, { timeoutMs: 20 }),
      client.sendRequest('echo', 'well'),
    ]);
    await until(() => serializer.waiting === 3, 'all are being encoded');
    abort.abort();
    await new Promise((resolve) => setTimeout(resolve, 40));
    serializer.finish();
    const rejected = (fields: object): unknown => ({ status: 'rejected', reason: expect.objectContaining(fields) });
    expect(await outcomes).toEqual([
      rejected({ code: 'ENCODE', outcome: 'not-sent', message: expect.stringContaining('it came to nothing') }),
      rejected({ code: 'ENCODE', outcome: 'not-sent', message: expect.stringContaining('not this one') }),
      rejected({ code: 'ABORTED', outcome: 'not-sent' }),
      rejected({ code: 'TIMEOUT', outcome: 'not-sent' }),
      { status: 'fulfilled', value: 'well' },
    ]);
  });

  it('is an answer, and holds up no other answer', async () => {
    const server = await serve(shared, (data) => data);
    const client = keep(new Client({ address: addressOf(server), serializer: plain }));
    const slow = client.sendRequest('echo', { slow: 1 });
    expect(await client.sendRequest('echo', 'quick')).toBe('quick');
    const failing = client.sendRequest('echo', { slow: 'fails' });
    await until(() => shared.waiting === 2, 'both answers are being encoded');
    shared.finish();
    expect(await slow).toEqual({ slow: 1 });
    await expect(failing).rejects.toMatchObject({
      code: 'ENCODE',
      message: expect.stringContaining('came to nothing'),
    });
  });

  it('is waited for by whoever closes', async () => {
    const serializer = new Aside();
    const server = await serve(serializer, (data) => data);
    const client = keep(new Client({ address: addressOf(server), serializer: plain }));
    const answer = client.sendRequest('echo', { slow: 1 });
    await until(() => serializer.waiting === 1, 'the answer is being encoded');
    const closed = server.close();
    serializer.finish();
    expect(await answer).toEqual({ slow: 1 });
    await closed;

    const pusher = keep(new Pusher({ address: ANY_PORT, serializer }));
    await pusher.connect();
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    await puller.connect();
    const pushed = pusher.pushTask('t', { slow: 2 });
    await until(() => serializer.waiting === 1, 'the task is being encoded');
    const pusherClosed = pusher.close();
    serializer.finish();
    await pushed;
    expect((await puller.pullTask({ timeoutMs: 5_000 })).data).toEqual({ slow: 2 });
    await pusherClosed;
  });

  it.each([{ batch: false }, { batch: true }])('keeps the order of tasks: %j', async (options) => {
    const serializer = new Aside();
    const pusher = keep(new Pusher({ address: ANY_PORT, serializer, ...options }));
    await pusher.connect();
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    await puller.connect();
    const pushes = [
      pusher.pushTask('t', { slow: 1 }),
      pusher.pushTask('t', 2),
      pusher.pushTask({ type: 't', data: 3, more: 'yes' }),
      pusher.pushSimple({ slow: 4 }),
      pusher.pushTask('t'),
    ];
    await until(() => serializer.waiting === 2, 'both are being encoded');
    serializer.finish();
    await Promise.all(pushes);
    const pulled: unknown[] = [];
    while (pulled.length < 5) pulled.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
    expect(pulled).toEqual([{ slow: 1 }, 2, 3, { slow: 4 }, undefined]);
  });

  it.each([{}, { history: 10 }])('keeps the order of publications, and is kept as it was sent: %j', async (options) => {
    const serializer = new Aside();
    const publisher = keep(new Publisher({ address: ANY_PORT, serializer, ...options }));
    await publisher.connect();
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) }));
    const received: unknown[] = [];
    subscriber.subscribe('news', (_topic, message) => {
      received.push(message);
    });
    await subscriber.startListening();
    await publisher.waitForSubscribers({ topic: 'news' });
    const published = [
      publisher.publish('news', { slow: 1 }),
      publisher.publish('news', 2),
      publisher.publishMultipart('news', [3, { slow: 'inside an array' }]),
      publisher.publish('unheard', { slow: 4 }),
    ];
    const [wanted] = 'history' in options ? [2] : [1];
    await until(() => serializer.waiting === wanted, 'what somebody wants is being encoded');
    serializer.finish();
    await Promise.all(published);
    await until(() => received.length === 3, 'all have come');
    expect(received).toEqual([{ slow: 1 }, 2, [3, { slow: 'inside an array' }]]);
  });

  it('goes between a dealer and a router', async () => {
    const serializer = new Aside();
    const router = keep(new Router({ address: ANY_PORT, serializer }));
    await router.connect();
    const dealer = keep(new Dealer({ address: addressOf(router), serializer }));
    const sent = [dealer.sendRequest({ slow: 1 }), dealer.sendRequest(2)];
    await until(() => serializer.waiting === 1, 'it is being encoded');
    serializer.finish();
    const ids = await Promise.all(sent);
    const first = await router.receiveRequest({ timeoutMs: 5_000 });
    expect([first.requestId, first.data]).toEqual([ids[0], { slow: 1 }]);
    expect((await router.receiveRequest({ timeoutMs: 5_000 })).data).toBe(2);
    const answered = router.sendResponse(first.clientId, first.requestId, { slow: 3 });
    await until(() => serializer.waiting === 1, 'the response is being encoded');
    serializer.finish();
    await answered;
    expect(await dealer.receiveResponse({ timeoutMs: 5_000 })).toEqual({ requestId: ids[0], data: { slow: 3 } });
    expect(new Set(serializer.seen.map((message) => message?.pattern))).toEqual(new Set(['route']));
  });
});

describe('a serializer is told which message it is for', () => {
  /** What a serializer has seen while something ran. */
  async function seen(run: (serializer: Serializer) => Promise<void>): Promise<unknown[]> {
    const infos: unknown[] = [];
    const note = (value: unknown, message?: MessageInfo): void => {
      infos.push({ value, ...message });
    };
    await run({
      name: 'noting-test',
      contentType: 'application/json',
      serialize: (value, message) => {
        note(value, message);
        return json.serialize(value);
      },
      deserialize: (bytes, message) => {
        const value = json.deserialize(bytes);
        note(value, message);
        return value;
      },
    });
    return infos;
  }

  const twice = (value: unknown, pattern: string, subject: string): unknown[] => {
    const info = { value, pattern, subject };
    return [info, info];
  };

  it('a request and its reply', async () => {
    const infos = await seen(async (serializer) => {
      const server = await serve(serializer, () => 'answer');
      await keep(new Client({ address: addressOf(server), serializer })).sendRequest('echo', 'question');
    });
    expect(infos).toEqual([...twice('question', 'request', 'echo'), ...twice('answer', 'reply', 'echo')]);
  });

  it.each([{}, { retain: true }])('a publication: %j', async (options) => {
    const infos = await seen(async (serializer) => {
      const publisher = keep(new Publisher({ address: ANY_PORT, serializer, ...options }));
      await publisher.connect();
      const subscriber = keep(new Subscriber({ address: addressOf(publisher), serializer }));
      subscriber.subscribe('news.*');
      await subscriber.startListening();
      await publisher.waitForSubscribers({ topic: 'news.today' });
      await publisher.publish('news.today', 'headline');
      for await (const { message } of subscriber) {
        expect(message).toBe('headline');
        break;
      }
    });
    expect(infos).toEqual(twice('headline', 'publish', 'news.today'));
  });

  it.each([{ batch: false }, { batch: true }])('a task: %j', async (options) => {
    const infos = await seen(async (serializer) => {
      const pusher = keep(new Pusher({ address: ANY_PORT, serializer, ...options }));
      await pusher.connect();
      const puller = keep(new Puller({ address: addressOf(pusher), serializer }));
      await puller.connect();
      await pusher.pushTask('resize', 'picture');
      await puller.pullTask({ timeoutMs: 5_000 });
    });
    expect(infos).toEqual(twice('picture', 'task', 'resize'));
  });
});
