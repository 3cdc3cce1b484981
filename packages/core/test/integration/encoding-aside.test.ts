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

describe('what cannot be encoded aside', () => {
  const swallowing = {
    name: 'swallowing',
    outgoing: async (_message: unknown, next: () => Promise<void>): Promise<void> => {
      await next().catch(() => undefined);
    },
  };

  it.each(['refused', { slow: 'fails' }])('fails, whatever a middleware makes of it: %j', async (body) => {
    const serializer = new Aside();
    const pusher = keep(new Pusher({ address: ANY_PORT, serializer }));
    const server = await serve(shared, (data) => data);
    const client = keep(new Client({ address: addressOf(server), serializer }));
    for (const endpoint of [pusher, client]) endpoint.addMiddleware(swallowing);
    const outcomes = Promise.allSettled([pusher.pushTask('t', body), client.sendRequest('echo', body)]);
    if (isSlow(body)) await until(() => serializer.waiting === 2, 'both are being encoded');
    serializer.finish();
    const rejected = { status: 'rejected', reason: expect.objectContaining({ code: 'ENCODE', outcome: 'not-sent' }) };
    expect(await outcomes).toEqual([rejected, rejected]);
    expect(await client.sendRequest('echo', 'well')).toBe('well');
  });

  it.each([undefined, null, 'text', 5, [1], new ArrayBuffer(2)])(
    'is what a serializer makes that makes no bytes: %p',
    async (junk) => {
      const given = junk as unknown as Uint8Array;
      const ways: Serializer[] = [
        { ...plain, serialize: () => given },
        { ...plain, serializeAsync: () => given },
        { ...plain, serializeAsync: async () => Promise.resolve(given) },
      ];
      for (const serializer of ways) {
        const pusher = keep(new Pusher({ address: ANY_PORT, serializer }));
        await expect(pusher.pushTask('t', 1)).rejects.toMatchObject({
          code: 'ENCODE',
          message: expect.stringContaining('must return a Uint8Array, not'),
        });
      }
    },
  );
});

describe('what waits for its turn', () => {
  const pushAll = (pusher: Pusher): Promise<unknown[]> =>
    Promise.allSettled([
      pusher.pushTask('t', { slow: 0 }),
      ...Array.from({ length: 9 }, (_, n) => pusher.pushTask('t', n + 1)),
    ]);

  it.each([
    { policy: 'reject', pulled: [{ slow: 0 }, 1, 2], rejected: 7 },
    { policy: 'drop-newest', pulled: [{ slow: 0 }, 1, 2], rejected: 0 },
    { policy: 'drop-oldest', pulled: [7, 8, 9], rejected: 0 },
    { policy: 'wait', pulled: [{ slow: 0 }, 1, 2, 3, 4, 5, 6, 7, 8, 9], rejected: 0 },
  ] as const)('is counted, and the policy applies to it: $policy', async ({ policy, pulled, rejected }) => {
    const serializer = new Aside();
    const pusher = keep(new Pusher({ address: ANY_PORT, serializer, outbox: { policy, maxMessages: 3 } }));
    await pusher.connect();
    const outcomes = pushAll(pusher);
    expect(pusher.stats().queued.messages).toBe(pulled.length);
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    await puller.connect();
    serializer.finish();
    const got: unknown[] = [];
    while (got.length < pulled.length) got.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
    expect(got).toEqual(pulled);
    const failures = (await outcomes).filter((each) => (each as { status: string }).status === 'rejected');
    expect(failures).toEqual(
      Array.from({ length: rejected }, () => ({
        status: 'rejected',
        reason: expect.objectContaining({ code: 'BACKPRESSURE', outcome: 'not-sent' }),
      })),
    );
    const { drops, queued } = pusher.stats();
    expect(drops['outbox-full'] ?? 0).toBe(policy.startsWith('drop') ? 7 : 0);
    expect(queued).toEqual({ messages: 0, bytes: 0 });
  });

  it('counts with its bytes, once it is encoded', async () => {
    const serializer = new Aside();
    const pusher = keep(new Pusher({ address: ANY_PORT, serializer, outbox: { policy: 'reject', maxBytes: 1_000 } }));
    await pusher.connect();
    const sent = pusher.pushTask('t', { slow: 0 });
    const behind = pusher.pushTask('t', 'x'.repeat(1_500));
    await until(() => pusher.stats().queued.bytes > 1_500, 'its bytes are counted');
    await expect(pusher.pushTask('t', 'small')).rejects.toMatchObject({ code: 'BACKPRESSURE' });
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    await puller.connect();
    serializer.finish();
    await Promise.allSettled([sent, behind]);
    expect(pusher.stats().queued).toEqual({ messages: 0, bytes: 0 });
  });

  it('says what still had it when its time is up, or the endpoint is closed', async () => {
    const serializer = new Aside();
    const pusher = keep(new Pusher({ address: ANY_PORT, serializer }));
    await pusher.connect();
    const had = expect.stringContaining('a middleware or the serializer still had');
    await expect(pusher.pushTask('t', { slow: 0 }, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
      message: had,
    });
    const pushed = pusher.pushTask('t', { slow: 1 });
    await Promise.all([
      expect(pushed).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent', message: had }),
      pusher.close({ timeoutMs: 0 }),
    ]);
  });

  it('is no answer any more when its client has gone on', async () => {
    const serializer = new Aside();
    const server = await serve(serializer, (data) => data);
    const client = keep(new Client({ address: addressOf(server), serializer: plain }));
    const abort = new AbortController();
    const request = client.sendRequest('echo', { slow: 0 }, { signal: abort.signal });
    await until(() => serializer.waiting === 1, 'the answer is being encoded');
    abort.abort();
    await expect(request).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await client.sendRequest('echo', 1)).toBe(1);
    serializer.finish();
    expect(await client.sendRequest('echo', 2)).toBe(2);
    expect(client.stats().drops).toEqual({});
    expect(server.stats().inFlight).toBe(0);
  });
});

describe('an answer', () => {
  const bigintsOnly: Serializer = {
    name: 'bigints-test',
    contentType: 'text/plain',
    serialize: (value) => {
      if (typeof value !== 'bigint') throw new TypeError('not a bigint');
      return Buffer.from(String(value));
    },
    deserialize: (bytes) => BigInt(Buffer.from(bytes).toString()),
  };

  it('to a request without data is in the format of its client', async () => {
    SerializerFactory.register('bigints-test', bigintsOnly);
    const server = keep(new Server({ address: ANY_PORT }));
    server.registerHandler('now', (_data, { headers }) => BigInt(Object.keys(headers).length));
    await server.startServer();
    const client = keep(new Client({ address: addressOf(server), serializer: 'bigints-test' }));
    expect(await client.sendRequest('now')).toBe(0n);
    expect(await client.sendRequest('now', undefined, { headers: { a: 'b' } })).toBe(1n);
  });

  it('to a ping needs no word for it in the format of its server', async () => {
    const server = await serve(bigintsOnly, (data) => data);
    const client = keep(new Client({ address: addressOf(server), serializer: bigintsOnly }));
    expect(await client.ping()).toBeGreaterThan(0);
    expect([server.stats().errors, client.stats().errors]).toEqual([{}, {}]);
  });

  it('that is an error is understood, whatever is registered as json', async () => {
    const server = await serve(json, () => {
      throw new Error('no such luck');
    });
    const client = keep(new Client({ address: addressOf(server), serializer: { ...bigintsOnly, name: 'json' } }));
    await expect(client.sendRequest('echo', 1n)).rejects.toMatchObject({ code: 'REMOTE', message: 'no such luck' });
  });
});

describe('bytes', () => {
  it('among other values stay bytes in every serializer that says that it has no place for them', async () => {
    SerializerFactory.register('other-json-test', json);
    const aside: Serializer = { ...plain, name: 'alone-test', bytes: 'alone' };
    SerializerFactory.register('alone-test', aside);
    for (const serializer of ['json', 'other-json-test', 'alone-test']) {
      const pusher = keep(new Pusher({ address: ANY_PORT, serializer }));
      await pusher.connect();
      const puller = keep(new Puller({ address: addressOf(pusher) }));
      await puller.connect();
      await pusher.pushTask({ type: 't', data: Buffer.from('data'), more: Buffer.from('more'), n: 1 });
      const { data, more, n } = await puller.pullTask({ timeoutMs: 5_000 });
      expect([data, more, n]).toEqual([Buffer.from('data'), Buffer.from('more'), 1]);
    }
  });

  it('that a serializer gives back as they were are kept as they were', async () => {
    const serializer: Serializer = {
      name: 'own-bytes-test',
      contentType: 'application/octet-stream',
      serialize: (value) => value as Uint8Array,
      serializeAsync: (value) => value as Uint8Array,
      deserialize: (bytes) => bytes,
    };
    SerializerFactory.register('own-bytes-test', serializer);
    const publisher = keep(new Publisher({ address: ANY_PORT, serializer, retain: true }));
    await publisher.connect();
    const bytes = Buffer.from('first');
    await publisher.publish('news', bytes);
    bytes.fill('x');
    const subscriber = keep(new Subscriber({ address: addressOf(publisher), topics: ['news'] }));
    expect((await subscriber.receiveMessage({ timeoutMs: 5_000 })).message).toEqual(Buffer.from('first'));
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
      await pusher.pushSimple('bare');
      await puller.pullTask({ timeoutMs: 5_000 });
    });
    expect(infos).toEqual([...twice('picture', 'task', 'resize'), ...twice('bare', 'task', 'unknown')]);
  });
});
