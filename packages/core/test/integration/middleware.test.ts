import { describe, expect, it } from '@jest/globals';
import {
  Client,
  Dealer,
  Publisher,
  Puller,
  Pusher,
  RemoteError,
  Router,
  Subscriber,
  type AddMiddlewareOptions,
  type Message,
  type Middleware,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, defer, startServer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

/** Notes each message that passes, in both directions. */
function recorder(name: string, notes: string[]): Middleware {
  const note = async ({ direction, pattern, subject, body }: Message, next: () => Promise<void>): Promise<void> => {
    notes.push(`${name} ${direction} ${pattern} ${subject} ${JSON.stringify(body)}`);
    await next();
  };
  return { name, outgoing: note, incoming: note };
}

const doubler: Middleware = {
  name: 'doubler',
  async outgoing(message, next) {
    message.body = 2 * (message.body as number);
    await next();
  },
};

const stopper: Middleware = { name: 'stopper', outgoing: () => undefined, incoming: () => undefined };

describe('requests', () => {
  it('pass it on both sides, both ways, in mirrored order', async () => {
    const notes: string[] = [];
    const server = keep(await startServer({ inc: (data) => (data as number) + 1 }));
    server.addMiddleware(recorder('s1', notes)).addMiddleware(recorder('s2', notes));
    const client = keep(new Client({ address: addressOf(server) }));
    client.addMiddleware(recorder('c1', notes)).addMiddleware(recorder('c2', notes));
    expect(await client.sendRequest('inc', 1)).toBe(2);
    expect(notes).toEqual([
      'c1 outgoing request inc 1',
      'c2 outgoing request inc 1',
      's2 incoming request inc 1',
      's1 incoming request inc 1',
      's1 outgoing request inc 2',
      's2 outgoing request inc 2',
      'c2 incoming request inc 2',
      'c1 incoming request inc 2',
    ]);
  });

  it('can be changed: action, headers and data', async () => {
    const server = keep(await startServer({ real: (data, { headers }) => ({ data, headers }) }));
    const client = keep(new Client({ address: addressOf(server) })).addMiddleware({
      name: 'changer',
      async outgoing(message, next) {
        message.subject = 'real';
        message.headers = { ...message.headers, added: 'yes' };
        message.body = [message.body];
        await next();
      },
    });
    expect(await client.sendRequest('alias', 1, { headers: { own: 'too' } })).toEqual({
      data: [1],
      headers: { own: 'too', added: 'yes' },
    });
  });

  it('wrap the handler: what it throws passes through them', async () => {
    const server = keep(
      await startServer({
        boom: () => {
          throw new Error('raw');
        },
      }),
    );
    server.addMiddleware({
      name: 'translator',
      async incoming(_, next) {
        await next().catch(() => {
          throw new RemoteError('REMOTE', 'translated');
        });
      },
    });
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('boom')).rejects.toMatchObject({ code: 'REMOTE', message: 'translated' });
  });

  it('that are stopped fail at once, and say by which side', async () => {
    const server = keep(await startServer({ x: () => 1 }));
    const stopped = keep(new Client({ address: addressOf(server) })).addMiddleware(stopper);
    await expect(stopped.sendRequest('x')).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(stopped.stats()).toMatchObject({ drops: { middleware: 1 }, inFlight: 0 });
    server.addMiddleware(stopper);
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('x')).rejects.toMatchObject({
      code: 'REMOTE',
      message: expect.stringContaining('middleware'),
    });
    expect(server.stats().drops).toEqual({ middleware: 1 });
  });

  it('a bug in one is the error of that request alone', async () => {
    const server = keep(await startServer({ x: () => 1 }));
    const client = keep(new Client({ address: addressOf(server) })).addMiddleware({
      name: 'twice',
      async outgoing(_, next) {
        await next();
        await next();
      },
    });
    await expect(client.sendRequest('x')).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining("'twice'"),
    });
  });

  it('keep their order however long a middleware takes', async () => {
    const order: unknown[] = [];
    const server = keep(await startServer({ note: (data) => void order.push(data) }));
    const client = keep(new Client({ address: addressOf(server) })).addMiddleware({
      name: 'uneven',
      async outgoing(message, next) {
        for (let turns = 10 - ((message.body as number) % 10); turns > 0; turns -= 1)
          await new Promise((resolve) => setImmediate(resolve));
        await next();
      },
    });
    await Promise.all(upTo(50).map((n) => client.sendRequest('note', n)));
    expect(order).toEqual(upTo(50));
  });
});

it('one that is put first is nearest to the code that sends and handles', async () => {
  const notes: string[] = [];
  const server = keep(await startServer({ inc: (data) => (data as number) + 1 }));
  server.addMiddleware(recorder('s2', notes)).addMiddleware(recorder('s1', notes), { position: 'first' });
  const client = keep(new Client({ address: addressOf(server) }));
  client.addMiddleware(recorder('c2', notes), { position: 'last' });
  client.addMiddleware(recorder('c1', notes), { position: 'first' });
  expect(await client.sendRequest('inc', 1)).toBe(2);
  expect(notes.map((note) => note.split(' ').slice(0, 2).join(' '))).toEqual([
    'c1 outgoing',
    'c2 outgoing',
    's2 incoming',
    's1 incoming',
    's1 outgoing',
    's2 outgoing',
    'c2 incoming',
    'c1 incoming',
  ]);
});

it('a middleware that never ends holds up only its own message, once that has timed out', async () => {
  const server = keep(await startServer({ echo: (data) => data }));
  const client = keep(new Client({ address: addressOf(server) })).addMiddleware({
    name: 'stuck once',
    outgoing: (message, next) => (message.body === 'stuck' ? new Promise(() => undefined) : next()),
  });
  const stuck = client.sendRequest('echo', 'stuck', { timeoutMs: 50 }).catch((error: unknown) => error);
  const behind = client.sendRequest('echo', 'behind', { timeoutMs: 5_000 });
  expect(await stuck).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
  expect(await behind).toBe('behind');
});

it('a slow reply of one client holds up no other', async () => {
  const server = keep(await startServer({ echo: (data) => data }));
  const slow = defer();
  server.addMiddleware({
    name: 'slow for one',
    async outgoing(message, next) {
      if (message.body === 'slow') await slow.promise;
      await next();
    },
  });
  const [one, two] = upTo(2).map(() => keep(new Client({ address: addressOf(server) })));
  const waiting = one?.sendRequest('echo', 'slow');
  expect(await two?.sendRequest('echo', 'quick', { timeoutMs: 5_000 })).toBe('quick');
  slow.resolve();
  expect(await waiting).toBe('slow');
});

describe('one-way messages', () => {
  it('pass it when published and when received', async () => {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect()).addMiddleware(doubler);
    const notes: string[] = [];
    const subscriber = keep(new Subscriber({ address: addressOf(publisher), topics: ['t'] })).addMiddleware(
      recorder('r', notes),
    );
    const received = subscriber.receiveMessage();
    await publisher.waitForSubscribers();
    await publisher.publish('t', 21);
    expect(await received).toEqual({ topic: 't', message: 42 });
    expect(notes).toEqual(['r incoming publish t 42']);
  });

  it('pass it when pushed and when pulled', async () => {
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect()).addMiddleware(doubler);
    const puller = keep(new Puller({ address: addressOf(pusher) })).addMiddleware({
      name: 'renamer',
      async incoming(message, next) {
        message.subject = 'renamed';
        await next();
      },
    });
    const pulled = puller.pullTask();
    await pusher.pushTask('t', 4);
    expect(await pulled).toMatchObject({ type: 'renamed', data: 8 });
  });

  it('pass it between dealer and router', async () => {
    const router = keep(await new Router({ address: ANY_PORT }).connect()).addMiddleware(doubler);
    const notes: string[] = [];
    const dealer = keep(new Dealer({ address: addressOf(router) })).addMiddleware(recorder('d', notes));
    const request = router.receiveRequest();
    const id = await dealer.sendRequest(1);
    const { clientId, requestId, data } = await request;
    await router.sendResponse(clientId, requestId, data);
    expect(await dealer.receiveResponse()).toEqual({ requestId: id, data: 2 });
    expect(notes).toEqual([`d outgoing route ${id} 1`, `d incoming route ${id} 2`]);
  });

  /** Messages that have come together, and in how many turns of the microtask queue they were handled. */
  function turnsOf(count: number): {
    handle: (n: unknown) => void;
    handled: Promise<{ got: unknown[]; turns: number }>;
  } {
    const done = defer<{ got: unknown[]; turns: number }>();
    const got: unknown[] = [];
    let turns = 0;
    let isNew = true;
    const handle = (n: unknown): void => {
      if (isNew) {
        turns += 1;
        isNew = false;
        queueMicrotask(() => (isNew = true));
      }
      got.push(n);
      if (got.length === count) done.resolve({ got, turns });
    };
    return { handle, handled: done.promise };
  }

  const check: Middleware = {
    name: 'check',
    incoming(message, next) {
      if (typeof message.body !== 'number') throw new Error('not a number');
      if (message.body % 5 === 4) return undefined;
      message.body += 100;
      return next();
    },
  };
  /** Fewer than after which the event loop gets its turn. */
  const SENT = [0, 1, 2, 'three', 4, 5, 6];
  const CHECKED = [100, 101, 102, 105, 106];

  it.each([
    ['none', [], SENT],
    ['one', [check], CHECKED],
    ['two', [{ name: 'pass', incoming: (_message, next) => next() } satisfies Middleware, check], CHECKED],
  ])('that came together are delivered in one turn where steps are done at once: %s', async (_many, list, came) => {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) }));
    const messages = turnsOf(came.length);
    subscriber.subscribe('t', (_topic, message) => {
      messages.handle(message);
    });
    const pusher = keep(await new Pusher({ address: ANY_PORT, batch: true }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    const tasks = turnsOf(came.length);
    puller.registerTaskHandler('t', ({ data }) => {
      tasks.handle(data);
    });
    for (const middleware of list) for (const endpoint of [subscriber, puller]) endpoint.addMiddleware(middleware);
    await Promise.all([subscriber.startListening(), puller.startWorker()]);
    await publisher.waitForSubscribers();
    await Promise.all(SENT.flatMap((n) => [publisher.publish('t', n), pusher.pushTask('t', n)]));
    expect(await messages.handled).toEqual({ got: came, turns: 1 });
    expect(await tasks.handled).toEqual({ got: came, turns: 1 });
    const stopped = list.length === 0 ? {} : { drops: { middleware: 2 }, errors: { HANDLER: 1 } };
    for (const endpoint of [subscriber, puller]) expect(endpoint.stats()).toMatchObject(stopped);
  });

  it('keep their order where some of them take a while in a middleware', async () => {
    const pusher = keep(await new Pusher({ address: ANY_PORT, batch: true }).connect());
    const got: unknown[] = [];
    const puller = keep(new Puller({ address: addressOf(pusher) })).addMiddleware({
      name: 'uneven',
      incoming: (message, next) =>
        (message.body as number) % 3 === 0 ? new Promise((resolve) => setImmediate(resolve)).then(next) : next(),
    });
    puller.registerTaskHandler('t', ({ data }) => void got.push(data));
    await puller.startWorker();
    await pusher.pushBatch(upTo(20).map((data) => ({ type: 't', data })));
    await until(() => got.length === 20, 'all are done');
    expect(got).toEqual(upTo(20));
  });

  it.each([
    ['replaces nothing', 't', 1, {}],
    ['replaces the body', 't', 2, {}],
    ['replaces all', 'u', 2, { a: 'b' }],
  ])('tasks keep what else they carry when a middleware %s', async (_what, subject, body, headers) => {
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) })).addMiddleware({
      name: 'changer',
      incoming(message, next) {
        Object.assign(message, { subject, body, headers });
        return next();
      },
    });
    const pulled = puller.pullTask();
    await pusher.pushTask({ type: 't', data: 1, id: 'i', priority: 3, note: 'more' });
    expect(await pulled).toMatchObject({ type: subject, data: body, headers, id: 'i', priority: 3, note: 'more' });
  });

  it('that are stopped are counted', async () => {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect()).addMiddleware(stopper);
    await publisher.publish('t', 1);
    expect(publisher.stats()).toMatchObject({ drops: { middleware: 1 }, sent: { messages: 0 } });

    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) })).addMiddleware({
      name: 'picky',
      async incoming(message, next) {
        if (message.body === 1) return;
        if (message.body === 2) throw new Error('two is bad');
        await next();
      },
    });
    const failed: unknown[] = [];
    puller.on('taskFailed', ({ error }) => failed.push((error as Error).message));
    const pulled = puller.pullTask();
    await pusher.pushBatch([1, 2, 3].map((data) => ({ type: 't', data })));
    expect((await pulled).data).toBe(3);
    await until(() => puller.stats().drops['middleware'] === 2, 'both are counted');
    expect(failed).toEqual(['two is bad']);
  });

  it('that a middleware still has when the endpoint is closed were not sent', async () => {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect()).addMiddleware({
      name: 'endless',
      outgoing: () => new Promise(() => undefined),
    });
    const published = publisher.publish('t', 1).catch((error: unknown) => error);
    await publisher.close();
    expect(await published).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });

  it('cannot be published when a middleware throws', async () => {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect()).addMiddleware({
      name: 'strict',
      outgoing: () => {
        throw new Error('not like this');
      },
    });
    await expect(publisher.publish('t', 1)).rejects.toThrow('not like this');
  });
});

it.each([
  ['a place that there is not', { position: 'middle' }],
  ['an option that there is not', { place: 'first' }],
  ['no options at all', null],
])('refuses %s', (_, options) => {
  const client = keep(new Client({ address: 'tcp://127.0.0.1:9' }));
  expect(() => client.addMiddleware(doubler, options as AddMiddlewareOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('addMiddleware') }),
  );
});

it.each([
  ['no name', { outgoing: () => undefined }],
  ['no step', { name: 'empty' }],
])('refuses a middleware with %s', (_, middleware) => {
  const client = keep(new Client({ address: 'tcp://127.0.0.1:9' }));
  expect(() => client.addMiddleware(middleware as Middleware)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
