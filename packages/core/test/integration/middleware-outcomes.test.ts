import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import {
  Client,
  Dealer,
  json,
  Publisher,
  Puller,
  Pusher,
  RemoteError,
  Router,
  Server,
  Subscriber,
  type Message,
  type Middleware,
  type Serializer,
  type Step,
} from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, defer, startServer, until } from './endpoints.js';

const keep = closeAfterEach();
const pass: Step = (_message, next) => next();

/** Notes what passes it, in both directions. */
function noting(name: string, notes: string[]): Middleware {
  const step: Step = ({ direction, body }, next) => {
    notes.push(`${name} ${direction} ${JSON.stringify(body)}`);
    return next();
  };
  return { name, outgoing: step, incoming: step };
}

/** Notes what becomes of the messages that pass. */
function witness(notes: unknown[]): Middleware {
  return {
    name: 'witness',
    outgoing: pass,
    settled: ({ direction, subject, body }, { error, dropped }) => {
      notes.push([direction, subject, body, dropped ?? (error as { code?: string } | undefined)?.code ?? 'done']);
    },
  };
}

describe('a middleware that answers', () => {
  const answering = (from: 'outgoing' | 'incoming'): Middleware => ({
    name: 'answering',
    [from]: (message: Message, next: () => Promise<void>) => {
      if (message.subject !== 'known' || message.request !== undefined) return next();
      message.answer({ known: message.body }, { from: 'middleware' });
      return undefined;
    },
  });

  it('at the client: nothing is sent, and the reply goes back through those that the request had passed', async () => {
    const notes: string[] = [];
    const server = keep(await startServer({ known: () => 'asked', other: () => 'other' }));
    const client = keep(new Client({ address: addressOf(server) }));
    client
      .addMiddleware(noting('outer', notes))
      .addMiddleware(answering('outgoing'))
      .addMiddleware(noting('inner', notes));
    expect(await client.sendRequest('known', 1)).toEqual({ known: 1 });
    expect(notes).toEqual(['outer outgoing 1', 'outer incoming {"known":1}']);
    expect(await client.sendRequest('other', 2)).toBe('other');
    expect(notes.slice(2)).toEqual([
      'outer outgoing 2',
      'inner outgoing 2',
      'inner incoming "other"',
      'outer incoming "other"',
    ]);
    expect(server.stats().received.messages).toBeLessThan(3);
  });

  it('at the server: no handler runs, and the reply goes out through those that the request had passed', async () => {
    const notes: string[] = [];
    let ran = 0;
    const server = keep(await startServer({ known: () => (ran += 1) }));
    server
      .addMiddleware(noting('near handler', notes))
      .addMiddleware(answering('incoming'))
      .addMiddleware(noting('near wire', notes));
    const headers: unknown[] = [];
    const client = keep(new Client({ address: addressOf(server) })).addMiddleware({
      name: 'headers',
      incoming: (message, next) => {
        headers.push(message.headers, message.request?.body);
        return next();
      },
    });
    expect(await client.sendRequest('known', 1)).toEqual({ known: 1 });
    expect(ran).toBe(0);
    expect(notes).toEqual(['near wire incoming 1', 'near wire outgoing {"known":1}']);
    expect(headers).toEqual([{ from: 'middleware' }, 1]);
  });

  it.each([
    ['a one-way message', 'task', (message: Message) => message.answer(1), /one-way/],
    [
      'a message twice',
      'request',
      (message: Message) => {
        message.answer(1);
        message.answer(2);
      },
      /answered before/,
    ],
    [
      'one that it has dropped',
      'request',
      (message: Message) => {
        message.drop('x');
        message.answer(2);
      },
      /dropped before/,
    ],
    ['with headers that are none', 'request', (message: Message) => message.answer(1, { 'lz-x': 'y' }), /headers/],
    ['under a reason that is none', 'request', (message: Message) => message.drop(''), /reason/],
  ])('is told so if it answers or drops %s', async (_what, pattern, act, wanted) => {
    const wrong: Middleware = {
      name: 'wrong',
      outgoing: (message) => {
        act(message);
      },
    };
    const server = keep(await startServer({ x: () => 1 }));
    const sent =
      pattern === 'request'
        ? keep(new Client({ address: addressOf(server) }))
            .addMiddleware(wrong)
            .sendRequest('x', 1)
        : keep(new Pusher({ address: ANY_PORT }))
            .addMiddleware(wrong)
            .pushTask('x', 1);
    await expect(sent).rejects.toMatchObject({ code: 'BAD_OPTION', message: expect.stringMatching(wanted) });
  });

  it('and passes the message on as well is told so, and the request fails', async () => {
    const server = keep(await startServer({ x: () => 1 }));
    const client = keep(new Client({ address: addressOf(server) })).addMiddleware({
      name: 'undecided',
      outgoing: (message, next) => {
        message.answer(1);
        return next();
      },
    });
    await expect(client.sendRequest('x')).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(/'undecided' called next\(\).*answered/),
    });
    expect(server.stats().received.messages).toBe(0);
  });

  it('after the message has gone on is told so', async () => {
    const server = keep(await startServer({ x: () => 1 }));
    server.addMiddleware({
      name: 'late',
      incoming: async (message, next) => {
        await next();
        message.answer('other');
      },
    });
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('x')).rejects.toMatchObject({ message: expect.stringMatching(/gone on already/) });
  });
});

describe('a middleware that drops', () => {
  const picky: Middleware = {
    name: 'picky',
    incoming: (message, next) => {
      if (message.body !== 'bad') return next();
      message.drop('too old');
      return undefined;
    },
  };

  it('requests: counted under its reason, which the caller is told', async () => {
    const server = keep(await startServer({ x: () => 1 })).addMiddleware(picky);
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('x', 'bad')).rejects.toMatchObject({ message: expect.stringMatching(/too old/) });
    expect(server.stats().drops).toEqual({ 'too old': 1 });
    const strict = keep(new Client({ address: addressOf(server) })).addMiddleware({
      name: 'strict',
      outgoing: (message) => {
        message.drop('never');
      },
    });
    await expect(strict.sendRequest('x')).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
      message: expect.stringMatching(/never/),
    });
    expect(strict.stats().drops).toEqual({ never: 1 });
  });

  it('tasks and publications: counted under its reason', async () => {
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    const puller = await keep(new Puller({ address: addressOf(pusher) }))
      .addMiddleware(picky)
      .connect();
    await pusher.pushTask('x', 'bad');
    await pusher.pushTask('x', 'good');
    expect(await puller.pullTask()).toMatchObject({ data: 'good' });
    expect(puller.stats().drops).toEqual({ 'too old': 1 });

    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) })).addMiddleware(picky);
    subscriber.subscribe('x');
    await subscriber.connect();
    await publisher.waitForSubscribers();
    await publisher.publish('x', 'bad');
    await publisher.publish('x', 'good');
    expect(await subscriber.receiveMessage()).toEqual({ topic: 'x', message: 'good' });
    expect(subscriber.stats().drops).toEqual({ 'too old': 1 });
  });
});

describe('settled()', () => {
  it('tells of each request once: answered, failed, timed out, aborted, dropped, at both ends', async () => {
    const [atClient, atServer]: [unknown[], unknown[]] = [[], []];
    const server = keep(
      await startServer({
        fine: (data) => data,
        fails: () => {
          throw new RemoteError('REMOTE', 'no');
        },
        hangs: () => new Promise(() => undefined),
      }),
    );
    server.addMiddleware(witness(atServer));
    const client = keep(new Client({ address: addressOf(server) })).addMiddleware(witness(atClient));
    await client.sendRequest('fine', 1);
    await client.sendRequest('fails', 2).catch(() => undefined);
    await client.sendRequest('hangs', 3, { timeoutMs: 30 }).catch(() => undefined);
    await until(() => atServer.length === 3, 'the server knows it, too');
    const controller = new AbortController();
    const aborted = client.sendRequest('hangs', 4, { signal: controller.signal }).catch(() => undefined);
    await until(() => server.stats().inFlight > 0, 'the handler runs');
    controller.abort();
    await aborted;
    await until(() => atServer.length === 4, 'the server has been told of the last');
    expect(atClient).toEqual([
      ['outgoing', 'fine', 1, 'done'],
      ['outgoing', 'fails', 2, 'REMOTE'],
      ['outgoing', 'hangs', 3, 'TIMEOUT'],
      ['outgoing', 'hangs', 4, 'ABORTED'],
    ]);
    expect(atServer).toEqual([
      ['incoming', 'fine', 1, 'done'],
      ['incoming', 'fails', 2, 'REMOTE'],
      ['incoming', 'hangs', 3, expect.stringMatching(/TIMEOUT|ABORTED/)],
      ['incoming', 'hangs', 4, 'ABORTED'],
    ]);
  });

  it('tells of what is sent and received one way, once handlers have ended or a loop has taken it', async () => {
    const [sent, received]: [unknown[], unknown[]] = [[], []];
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect()).addMiddleware(witness(sent));
    const puller = keep(new Puller({ address: addressOf(pusher) })).addMiddleware(witness(received));
    const gate = defer();
    puller.registerTaskHandler('slow', () => gate.promise);
    puller.registerTaskHandler('bad', () => {
      throw new RemoteError('REMOTE', 'no');
    });
    await puller.startWorker({ concurrency: 2 });
    await pusher.pushTask('slow', 1);
    await pusher.pushTask('bad', 2);
    await until(() => received.length === 1, 'the one that fails has been told of');
    expect(received).toEqual([['incoming', 'bad', 2, 'REMOTE']]);
    gate.resolve();
    await until(() => received.length === 2, 'the slow one has been told of');
    expect(received[1]).toEqual(['incoming', 'slow', 1, 'done']);
    expect(sent).toEqual([
      ['outgoing', 'slow', 1, 'done'],
      ['outgoing', 'bad', 2, 'done'],
    ]);

    const [published, heard]: [unknown[], unknown[]] = [[], []];
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect()).addMiddleware(witness(published));
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) })).addMiddleware(witness(heard));
    subscriber.subscribe('news', () => Promise.reject(new RemoteError('REMOTE', 'no')));
    subscriber.subscribe('news', () => undefined);
    await subscriber.startListening();
    await publisher.waitForSubscribers();
    await publisher.publish('news', 1);
    await until(() => heard.length === 1, 'it has been handled');
    expect(heard).toEqual([['incoming', 'news', 1, 'REMOTE']]);
    await subscriber.stopListening();
    const next = subscriber.receiveMessage();
    await publisher.publish('news', 2);
    await next;
    expect(heard[1]).toEqual(['incoming', 'news', 2, 'done']);
    expect(published).toHaveLength(2);
  });

  it('tells of what dealers and routers send each other', async () => {
    const notes: unknown[] = [];
    const router = keep(await new Router({ address: ANY_PORT }).connect()).addMiddleware(witness(notes));
    const dealer = keep(new Dealer({ address: addressOf(router) })).addMiddleware(witness(notes));
    await dealer.sendRequest('ask');
    const { clientId, requestId } = await router.receiveRequest();
    await router.sendResponse(clientId, requestId, 'told');
    await dealer.receiveResponse();
    expect(notes.map((note) => [(note as unknown[])[0], (note as unknown[])[2], (note as unknown[])[3]])).toEqual([
      ['outgoing', 'ask', 'done'],
      ['incoming', 'ask', 'done'],
      ['outgoing', 'told', 'done'],
      ['incoming', 'told', 'done'],
    ]);
  });

  it('that throws harms nobody, and is counted', async () => {
    const server = keep(await startServer({ x: () => 1 }));
    const client = keep(new Client({ address: addressOf(server) })).addMiddleware({
      name: 'clumsy',
      settled: () => {
        throw new Error('oops');
      },
    });
    expect(await client.sendRequest('x')).toBe(1);
    await until(() => client.stats().errors['HANDLER'] === 1, 'it is counted');
  });
});

describe('a middleware that puts a serializer around that of the endpoint', () => {
  /** JSON, backwards. */
  const reversed = (inner: Serializer): Serializer => ({
    name: `reversed_${inner.name}`,
    contentType: 'text/plain',
    serialize: (value) => Buffer.from(inner.serialize(value)).reverse(),
    deserialize: (bytes) => inner.deserialize(Buffer.from(bytes).reverse()),
  });
  const backwards: Middleware = { name: 'backwards', serializer: reversed };

  it.each(['native', 'classic'] as const)('is used for requests and replies (%s)', async (dialect) => {
    const server = keep(new Server({ address: ANY_PORT, dialect }).addMiddleware(backwards));
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    const client = keep(new Client({ address: addressOf(server), dialect })).addMiddleware(backwards);
    expect(await client.sendRequest('echo', { a: 1 })).toEqual({ a: 1 });
    const plain = keep(new Client({ address: addressOf(server), dialect, timeoutMs: 500 }));
    if (dialect === 'native') expect(await plain.sendRequest('echo', 2)).toBe(2);
  });

  it('is used for tasks and publications, and receivers without it say what they miss', async () => {
    const pusher = keep(new Pusher({ address: ANY_PORT }).addMiddleware(backwards));
    await pusher.connect();
    const puller = await keep(new Puller({ address: addressOf(pusher) }).addMiddleware(backwards)).connect();
    await pusher.pushTask('x', [1]);
    expect((await puller.pullTask()).data).toEqual([1]);

    const publisher = keep(new Publisher({ address: ANY_PORT }).addMiddleware(backwards));
    await publisher.connect();
    const [able, unable] = [
      new Subscriber({ address: addressOf(publisher) }).addMiddleware(backwards),
      new Subscriber({ address: addressOf(publisher) }),
    ].map(keep);
    const missed = new Promise((resolve) => unable?.on('malformed', ({ message }) => resolve(message)));
    for (const each of [able, unable]) each?.subscribe('t', () => undefined);
    await able?.connect();
    await unable?.startListening();
    await publisher.waitForSubscribers({ count: 2 });
    await publisher.publish('t', { deep: [1] });
    expect(await able?.receiveMessage()).toEqual({ topic: 't', message: { deep: [1] } });
    expect(await missed).toMatch(/reversed_json/);
  });

  it('may be added to an open endpoint, but not once it has sent or received something', async () => {
    const server = keep(await startServer({ x: () => 1 })).addMiddleware(backwards);
    const client = await keep(new Client({ address: addressOf(server) })).connect();
    client.addMiddleware(backwards);
    expect(await client.sendRequest('x', 1)).toBe(1);
    for (const endpoint of [client, server]) {
      expect(() => endpoint.addMiddleware(backwards)).toThrow(
        /before the endpoint sends or receives its first message/,
      );
    }
    expect(() =>
      keep(new Client({ address: addressOf(server) })).addMiddleware({
        name: 'no',
        serializer: () => ({}) as Serializer,
      }),
    ).toThrow(/a serializer has a name/);
    expect(json.name).toBe('json');
  });
});

describe('principal', () => {
  const prover: Middleware = {
    name: 'prover',
    incoming: (message, next) => {
      message.principal = { id: `peer of ${message.subject}`, roles: ['reader'] };
      return next();
    },
  };

  it('is what handlers of actions, topics and tasks read', async () => {
    const server = keep(await startServer({ who: (_data, { principal }) => principal })).addMiddleware(prover);
    const client = keep(new Client({ address: addressOf(server) }));
    expect(await client.sendRequest('who')).toEqual({ id: 'peer of who', roles: ['reader'] });

    const seen: unknown[] = [];
    const pusher = keep(await new Pusher({ address: ANY_PORT }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) })).addMiddleware(prover);
    puller.registerTaskHandler('work', (_task, { principal }) => void seen.push(principal?.id));
    await puller.startWorker();
    await pusher.pushTask('work', 1);
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = keep(new Subscriber({ address: addressOf(publisher) })).addMiddleware(prover);
    subscriber.subscribe('news', (_topic, _message, { principal }) => void seen.push(principal?.id));
    await subscriber.startListening();
    await publisher.waitForSubscribers();
    await publisher.publish('news', 1);
    await until(() => seen.length === 2, 'both have been handled');
    expect(seen.sort()).toEqual(['peer of news', 'peer of work']);
  });
});

describe('the asynchronous context of an incoming step', () => {
  const storage = new AsyncLocalStorage<string>();
  const scope: Middleware = {
    name: 'scope',
    keepsAsyncContext: true,
    incoming: (message, next) => storage.run(String(message.body), next),
  };

  it('is that of the handlers of actions, tasks and topics, also of those that begin later', async () => {
    const server = keep(await startServer({ x: () => storage.getStore() })).addMiddleware(scope);
    const client = keep(new Client({ address: addressOf(server) }));
    expect(await client.sendRequest('x', 'r')).toBe('r');

    const seen: string[] = [];
    const pusher = keep(await new Pusher({ address: ANY_PORT, batch: true }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) })).addMiddleware(scope);
    puller.registerTaskHandler('work', async ({ data }) => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${String(data)} in ${String(storage.getStore())}`);
    });
    await puller.startWorker({ concurrency: 2 });
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((data) => pusher.pushTask('work', data)));
    await until(() => seen.length === 5, 'all have been handled');
    expect(seen.sort()).toEqual(['a in a', 'b in b', 'c in c', 'd in d', 'e in e']);
  });
});

describe('a step that changes headers or action', () => {
  const renaming: Middleware = {
    name: 'renaming',
    incoming: (message, next) => {
      if (message.request !== undefined) return next();
      message.headers = { ...message.headers, added: 'yes' };
      message.subject = 'real';
      message.principal = { id: 'ada' };
      return next();
    },
    outgoing: (message, next) => {
      message.headers = { ...message.headers, more: 'too' };
      return next();
    },
  };

  it('leaves the handler one run, with one context: its reply headers, its principal, its signal', async () => {
    const server = keep(new Server({ address: ANY_PORT, maxConcurrency: 1 }).addMiddleware(renaming));
    let running = 0;
    const most: number[] = [];
    const aborted = defer();
    server.registerHandler('real', async (data, context) => {
      most.push((running += 1));
      context.replyHeaders['own'] = 'kept';
      if (data === 'hang') {
        context.signal.addEventListener('abort', () => aborted.resolve());
        await aborted.promise;
      }
      running -= 1;
      return [context.action, context.headers['added'], context.principal?.id, context.peer !== undefined];
    });
    await server.startServer();
    const client = keep(new Client({ address: addressOf(server) }));
    const replies: unknown[] = [];
    client.addMiddleware({
      name: 'seen',
      incoming: (message, next) => {
        replies.push(message.headers);
        return next();
      },
    });
    expect(await client.sendRequest('alias', 1)).toEqual(['real', 'yes', 'ada', true]);
    expect(replies).toEqual([{ own: 'kept', more: 'too' }]);
    await Promise.allSettled([
      client.sendRequest('alias', 'hang', { timeoutMs: 30 }),
      client.sendRequest('alias', 2, { timeoutMs: 60 }),
    ]);
    await aborted.promise;
    await client.sendRequest('alias', 3);
    expect(Math.max(...most)).toBe(1);
  });
});

describe('what is over, or was under way before', () => {
  it('a handler is not run for a caller who gave up while a step had the request', async () => {
    const gate = defer();
    let ran = 0;
    const server = keep(await startServer({ x: () => (ran += 1), y: () => 1 }));
    server.addMiddleware({
      name: 'slow',
      incoming: (message, next) => (message.subject === 'x' ? gate.promise.then(next) : next()),
    });
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('x', 1, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await until(() => server.stats().inFlight === 0, 'the server has given it up');
    gate.resolve();
    await client.sendRequest('y');
    expect(ran).toBe(0);
  });

  it('a reply to what was asked before there was any middleware does not pass it', async () => {
    const gate = defer();
    const server = keep(await startServer({ x: () => gate.promise.then(() => 1) }));
    const client = keep(new Client({ address: addressOf(server) }));
    const asked = client.sendRequest('x');
    await until(() => server.stats().inFlight === 1, 'it runs');
    client.addMiddleware({
      name: 'strict',
      incoming: () => {
        throw new RemoteError('REMOTE', 'who asked?');
      },
    });
    gate.resolve();
    expect(await asked).toBe(1);
  });
});

describe('settled() says what really became of it', () => {
  it('a result that cannot be encoded has failed', async () => {
    const notes: unknown[] = [];
    const server = keep(await startServer({ x: () => 12n })).addMiddleware(witness(notes));
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('x', 1)).rejects.toMatchObject({ code: 'ENCODE' });
    await until(() => notes.length === 1, 'it is told');
    expect(notes).toEqual([['incoming', 'x', 1, 'ENCODE']]);
  });

  it('a message that the outbox drops was dropped', async () => {
    const notes: unknown[] = [];
    const pusher = keep(new Pusher({ address: ANY_PORT, outbox: { maxMessages: 1, policy: 'drop-newest' } }));
    pusher.addMiddleware(witness(notes));
    await pusher.connect();
    void pusher.pushTask('x', 1).catch(() => undefined);
    await pusher.pushTask('x', 2);
    expect(notes).toEqual([['outgoing', 'x', 2, 'outbox-full']]);
  });

  it('a request that a step drops without a word was dropped, too', async () => {
    const notes: unknown[] = [];
    const server = keep(await startServer({ x: () => 1 }));
    server.addMiddleware(witness(notes)).addMiddleware({ name: 'mute', incoming: () => undefined });
    const client = keep(new Client({ address: addressOf(server) }));
    await expect(client.sendRequest('x', 1)).rejects.toMatchObject({ code: 'REMOTE' });
    expect(notes).toEqual([['incoming', 'x', 1, 'middleware']]);
  });

  it('what has come and nobody has fetched, or a step still has, is told of when the endpoint is closed', async () => {
    const notes: unknown[] = [];
    const stuck: Middleware = {
      name: 'stuck',
      incoming: (message, next) => (message.body === 'stuck' ? new Promise<void>(() => undefined) : next()),
    };
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = new Subscriber({ address: addressOf(publisher), topics: ['t'] });
    subscriber.addMiddleware(witness(notes)).addMiddleware(stuck);
    const loop = subscriber[Symbol.asyncIterator]();
    await subscriber.connect();
    await publisher.waitForSubscribers();
    for (const body of ['taken', 'left', 'stuck']) await publisher.publish('t', body);
    expect((await loop.next()).value).toEqual({ topic: 't', message: 'taken' });
    await until(() => subscriber.stats().received.messages >= 3, 'all have come');
    await subscriber.close({ timeoutMs: 10 });
    expect(notes).toEqual([
      ['incoming', 't', 'taken', 'done'],
      ['incoming', 't', 'left', 'closed'],
      ['incoming', 't', 'stuck', 'closed'],
    ]);
  });
});

it('a step may answer when one behind it has failed, and its reply takes its own way back', async () => {
  const notes: string[] = [];
  const server = keep(await startServer({ x: () => 1 }));
  server
    .addMiddleware({
      name: 'failing',
      incoming: () => Promise.reject(new RemoteError('REMOTE', 'no')),
    })
    .addMiddleware({
      ...noting('rescuer', notes),
      incoming: (message, next) => next().catch(() => message.answer('rescued')),
    })
    .addMiddleware(noting('near wire', notes));
  const client = keep(new Client({ address: addressOf(server) }));
  expect(await client.sendRequest('x', 1)).toBe('rescued');
  expect(notes).toEqual(['near wire incoming 1', 'near wire outgoing "rescued"']);
});

it('a router tells who has proved to be the sender of a request', async () => {
  const router = keep(await new Router({ address: ANY_PORT }).connect()).addMiddleware({
    name: 'prover',
    incoming: (message, next) => {
      message.principal = { id: 'ada' };
      return next();
    },
  });
  const dealer = keep(new Dealer({ address: addressOf(router) }));
  await dealer.sendRequest(1);
  expect(await router.receiveRequest()).toMatchObject({ data: 1, principal: { id: 'ada' } });
});

it('what a publisher has kept is marked: it may be old, and come again for later handlers', async () => {
  const publisher = keep(await new Publisher({ address: ANY_PORT, retain: true }).connect());
  await publisher.publish('t', 'kept');
  const seen: unknown[] = [];
  const subscriber = keep(new Subscriber({ address: addressOf(publisher) })).addMiddleware({
    name: 'kept?',
    incoming: (message, next) => {
      seen.push([message.body, message.isKept]);
      return next();
    },
  });
  subscriber.subscribe('t', () => undefined);
  await subscriber.startListening();
  await until(() => seen.length === 1, 'it has come');
  await publisher.publish('t', 'new');
  await until(() => seen.length === 2, 'so has the next one');
  subscriber.subscribe('t', () => undefined);
  await until(() => seen.length === 3, 'it has come again');
  expect(seen).toEqual([
    ['kept', true],
    ['new', false],
    ['new', true],
  ]);
});
