import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  Client,
  OverloadedError,
  SerializerFactory,
  Server,
  TimeoutError,
  type LiberZMQError,
  type Message,
  type RequestContext,
  type Serializer,
  type ServerOptions,
} from '@liberzmq/core';
import { startNode } from '@liberzmq-tooling/testkit';
import type { ActionHandler } from '../../src/service/action-handler.js';
import { KIND } from '../../src/wire/native/format.js';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';
import { PlainClient } from './plain-client.js';

const keep = closeAfterEach();

const paths: string[] = [];

afterAll(() => {
  for (const path of paths) rmSync(path, { force: true });
});

async function serve(
  handlers: Readonly<Record<string, ActionHandler>>,
  options: Partial<ServerOptions> = {},
): Promise<Server> {
  const server = keep(new Server({ address: ANY_PORT, ...options }));
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  return server.startServer();
}

/** An address that nobody else takes, so that it can be bound again. */
function freeAddress(): string {
  const path = join(tmpdir(), `liberzmq-native-${randomUUID()}`);
  paths.push(path);
  return `ipc://${path}`;
}

function clientOf(server: Server, options: Partial<ConstructorParameters<typeof Client>[0]> = {}): Client {
  return keep(new Client({ address: addressOf(server), ...options }));
}

/** What a request failed with. */
async function failure(request: Promise<unknown>): Promise<LiberZMQError> {
  try {
    await request;
  } catch (error) {
    return error as LiberZMQError;
  }
  throw new Error('it did not fail');
}

/** A handler that waits for its signal, and tells when it was aborted. */
function waiting() {
  const started = defer<RequestContext>();
  const aborted = defer<unknown>();
  const handler: ActionHandler = (_data, context) =>
    new Promise((resolve) => {
      started.resolve(context);
      context.signal.addEventListener('abort', () => {
        aborted.resolve(context.signal.reason);
        resolve('too late');
      });
    });
  return { handler, started: started.promise, aborted: aborted.promise };
}

describe('a deadline', () => {
  it('is known to the handler, as the time that is left', async () => {
    const server = await serve({ left: (_data, { deadline }) => deadline - performance.now() });
    const client = clientOf(server);
    await client.connect({ waitForConnection: true });
    const left = (await client.sendRequest('left', null, { timeoutMs: 3_000 })) as number;
    expect(left).toBeGreaterThan(1_500);
    expect(left).toBeLessThanOrEqual(3_001);
  });

  it('is none where the client sets none', async () => {
    const server = await serve({ left: (_data, { deadline }) => deadline === Infinity });
    expect(await clientOf(server).sendRequest('left', null, { timeoutMs: Infinity })).toBe(true);
  });

  it('has less left when the request has waited for its server', async () => {
    const address = freeAddress();
    const client = keep(new Client({ address, reconnectIntervalMs: 20, reconnectMaxIntervalMs: 20 }));
    const request = client.sendRequest('left', null, { timeoutMs: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await serve({ left: (_data, { deadline }) => deadline - performance.now() }, { address });
    expect(await request).toBeLessThanOrEqual(4_710);
  });

  it('that has passed keeps the handler from running', async () => {
    let ran = 0;
    const server = await serve({ run: () => (ran += 1) });
    await using client = new PlainClient(server);
    await client.say((writer) => {
      writer.record(KIND.request, { id: 3, subject: 'run', timeLeftMs: 0 });
    });
    expect(await client.hearError()).toMatchObject({
      id: 3,
      code: 'TIMEOUT',
      retryable: true,
      message: expect.stringMatching(/was not run/),
    });
    expect(ran).toBe(0);
  });

  it('that passes while it waits for its turn keeps the handler from running', async () => {
    const release = defer();
    const ran: unknown[] = [];
    const handlers: Readonly<Record<string, ActionHandler>> = {
      hold: () => release.promise,
      run: (data) => ran.push(data),
    };
    const server = await serve(handlers, { maxConcurrency: 1 });
    await using client = new PlainClient(server);
    await client.say((writer) => {
      writer.record(KIND.request, { id: 1, subject: 'hold' });
      writer.record(KIND.request, { id: 2, subject: 'run', timeLeftMs: 30 }, 'json', '"late"');
      writer.record(KIND.request, { id: 3, subject: 'run', timeLeftMs: 30_000 }, 'json', '"in time"');
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    release.resolve();
    await until(() => ran.length > 0, 'the last one has run');
    expect(ran).toEqual(['in time']);
  });

  it('that passes while it waits for its turn is an answer to its client: nothing has run', async () => {
    const release = defer();
    const server = await serve(
      { hold: () => release.promise, run: () => 'has run' },
      { maxConcurrency: 1, maxTimeoutMs: 50 },
    );
    const client = clientOf(server);
    const [held, waiting] = await Promise.all([
      failure(client.sendRequest('hold')),
      failure(client.sendRequest('run')),
    ]);
    expect(held).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', retryable: false });
    expect(waiting).toMatchObject({ code: 'TIMEOUT', outcome: 'answered', retryable: true });
    release.resolve();
  });

  it('of a request that a handler makes says nothing of the request that the handler is for', async () => {
    const server = await serve({
      ask: () => Promise.reject(new TimeoutError('TIMEOUT', 'nobody was there', { outcome: 'not-sent' })),
    });
    expect(await failure(clientOf(server).sendRequest('ask'))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
      retryable: false,
    });
  });

  it('is shortened by maxTimeoutMs, and aborts the signal when it passes', async () => {
    const { handler, aborted } = waiting();
    const server = await serve({ wait: handler }, { maxTimeoutMs: 50 });
    const error = await failure(clientOf(server).sendRequest('wait', null, { timeoutMs: 10_000 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', message: "'wait' took longer than 50 ms" });
    expect(await aborted).toMatchObject({ code: 'TIMEOUT' });
  });

  it('is passed on over two hops by the context, and so is an abort', async () => {
    const inner = waiting();
    const innermost = await serve({ wait: inner.handler });
    const toInnermost = clientOf(innermost);
    const middle = await serve({
      wait: (data, context) => toInnermost.sendRequest('wait', data, { context, timeoutMs: 60_000 }),
    });
    const controller = new AbortController();
    const outer = await serve({
      wait: (data, context) => clientToMiddle.sendRequest('wait', data, { context, timeoutMs: 60_000 }),
    });
    const clientToMiddle = clientOf(middle);
    const client = clientOf(outer);
    const request = failure(client.sendRequest('wait', null, { timeoutMs: 8_000, signal: controller.signal }));
    const context = await inner.started;
    expect(context.deadline - performance.now()).toBeLessThanOrEqual(8_001);
    expect(context.signal.aborted).toBe(false);
    controller.abort('no longer wanted');
    expect(await request).toMatchObject({ code: 'ABORTED' });
    expect(await inner.aborted).toMatchObject({ code: 'ABORTED' });
  });
});

describe('a request that is wanted no longer', () => {
  it('aborts the signal of its handler when its caller aborts it, and nothing is answered', async () => {
    const { handler, started, aborted } = waiting();
    const server = await serve({ wait: handler });
    const client = clientOf(server);
    const controller = new AbortController();
    const request = failure(client.sendRequest('wait', null, { signal: controller.signal }));
    await started;
    controller.abort();
    expect(await request).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await aborted).toMatchObject({ code: 'ABORTED', message: 'the client has taken the request back' });
    expect(await client.ping()).toBeGreaterThanOrEqual(0);
    expect(client.stats().drops).toEqual({});
    expect(server.stats().inFlight).toBe(0);
  });

  it('aborts the signal of its handler when its time is up at the client', async () => {
    const { handler, aborted } = waiting();
    const server = await serve({ wait: handler });
    const client = clientOf(server);
    await client.connect({ waitForConnection: true });
    expect(await failure(client.sendRequest('wait', null, { timeoutMs: 80 }))).toMatchObject({ code: 'TIMEOUT' });
    expect(await aborted).toMatchObject({ name: expect.stringMatching(/Error$/) });
  });

  it('does not run at all when it was waiting for its turn', async () => {
    const release = defer();
    const ran: unknown[] = [];
    const handlers: Readonly<Record<string, ActionHandler>> = {
      hold: () => release.promise,
      run: (data) => ran.push(data),
    };
    const server = await serve(handlers, { maxConcurrency: 1 });
    const client = clientOf(server);
    const held = client.sendRequest('hold');
    const controller = new AbortController();
    const wanted = client.sendRequest('run', 'wanted');
    const unwanted = failure(client.sendRequest('run', 'unwanted', { signal: controller.signal }));
    await until(() => server.stats().inFlight === 3, 'all have come');
    controller.abort();
    await unwanted;
    await until(() => server.stats().inFlight === 2, 'one was taken back');
    release.resolve();
    await Promise.all([held, wanted]);
    expect(ran).toEqual(['wanted']);
  });

  it('aborts the signals of its handlers when its client is killed', async () => {
    const { handler, started, aborted } = waiting();
    const server = await serve({ wait: handler });
    await using child = startNode(
      {
        code: `
          import { Client } from '@liberzmq/core';
          const client = new Client({ address: process.argv[2] });
          client.sendRequest('wait', null, { timeoutMs: 60_000 }).catch(() => {});`,
      },
      { args: [addressOf(server)] },
    );
    await started;
    child.kill('SIGKILL');
    expect(await aborted).toMatchObject({ code: 'ABORTED', message: expect.stringMatching(/^the client .* is gone$/) });
    await until(() => server.stats().inFlight === 0, 'nothing is left of it');
  });
});

describe('an overloaded server', () => {
  it('refuses before anything has run, and says when to try again', async () => {
    const release = defer();
    const ran: unknown[] = [];
    const server = await serve(
      {
        run: async (data) => {
          ran.push(data);
          await release.promise;
          return data;
        },
      },
      { maxConcurrency: 2, maxQueue: 3 },
    );
    const client = clientOf(server);
    const settled = Promise.allSettled(upTo(10).map((index) => client.sendRequest('run', index)));
    await until(() => (client.stats().errors['OVERLOADED'] ?? 0) === 5, 'five were refused');
    expect(ran).toEqual([0, 1]);
    release.resolve();
    const results = await settled;
    expect(results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))).toEqual([0, 1, 2, 3, 4]);
    for (const each of results.slice(5)) {
      const error = (each as PromiseRejectedResult).reason as OverloadedError;
      expect(error).toBeInstanceOf(OverloadedError);
      expect(error).toMatchObject({ code: 'OVERLOADED', outcome: 'answered', retryable: true });
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(10);
    }
    expect(ran).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives a modest client its turn beside one that floods it', async () => {
    const release = defer();
    const done: string[] = [];
    const server = await serve(
      {
        hold: () => release.promise,
        run: (data) => void done.push(data as string),
      },
      { maxConcurrency: 1, maxQueue: 100, maxQueuePerPeer: 20 },
    );
    const [flooder, modest] = [clientOf(server), clientOf(server)];
    const held = flooder.sendRequest('hold');
    await until(() => server.stats().inFlight === 1, 'the server is busy');
    const flood = Promise.allSettled(upTo(60).map(() => flooder.sendRequest('run', 'flood')));
    await until(() => (flooder.stats().errors['OVERLOADED'] ?? 0) === 40, 'the flood was limited');
    const requests = upTo(3).map(() => modest.sendRequest('run', 'modest'));
    await until(() => server.stats().inFlight === 24, 'the modest one has its place');
    release.resolve();
    await Promise.all([held, flood, ...requests]);
    // Each has its turn: the three are among the first six or so, not behind twenty.
    expect(done.lastIndexOf('modest')).toBeLessThan(7);
    expect(done.filter((each) => each === 'flood').length).toBe(20);
  });

  it('works through 10,000 requests whose handlers return at once', async () => {
    const release = defer();
    const server = await serve(
      { hold: () => release.promise, echo: (data) => data },
      { maxConcurrency: 1, maxQueue: Infinity, maxQueuePerPeer: Infinity },
    );
    const client = clientOf(server);
    const held = client.sendRequest('hold', null, { timeoutMs: 15_000 });
    const requests = upTo(10_000).map((index) => client.sendRequest('echo', index, { timeoutMs: 15_000 }));
    await until(() => server.stats().inFlight === 10_001, 'all of them wait', 10_000);
    release.resolve();
    await held;
    expect(await Promise.all(requests)).toEqual(upTo(10_000));
  });
});

describe('a server that closes', () => {
  it('says goodbye: nothing new is sent there, and waits for the one that is started next', async () => {
    const { started, handler } = waiting();
    const release = defer<string>();
    let ran = 0;
    const address = freeAddress();
    const first = await serve(
      {
        slow: (data, context) => {
          void handler(data, context);
          return release.promise;
        },
        count: () => (ran += 1),
      },
      { address },
    );
    const client = clientOf(first, { reconnectIntervalMs: 20, reconnectMaxIntervalMs: 20 });
    const draining = defer<{ address: string }>();
    client.on('draining', draining.resolve);
    const slow = client.sendRequest('slow');
    await started;
    const closed = first.close();
    expect(await draining.promise).toEqual({ address });
    const later = upTo(20).map((index) => client.sendRequest('count', index, { timeoutMs: 15_000 }));
    release.resolve('finished');
    expect(await slow).toBe('finished');
    await closed;
    expect(ran).toBe(0);
    await serve({ count: (data) => data }, { address });
    expect(await Promise.all(later)).toEqual(upTo(20));
    expect(await client.sendRequest('count', 'afterwards')).toBe('afterwards');
  });

  it('refuses with DRAINING what was on its way', async () => {
    const release = defer();
    const server = await serve({ hold: () => release.promise, run: () => 'has run' });
    await using client = new PlainClient(server);
    await client.say((writer) => writer.record(KIND.request, { id: 1, subject: 'hold' }));
    await until(() => server.stats().inFlight === 1, 'a handler is at work');
    const closed = server.close();
    expect((await client.hear()).map(({ kind }) => kind)).toEqual([KIND.goodbye]);
    await client.say((writer) => writer.record(KIND.request, { id: 2, subject: 'run' }));
    expect(await client.hearError()).toMatchObject({ id: 2, code: 'DRAINING' });
    release.resolve();
    expect((await client.hear()).map(({ kind, id }) => [kind, id])).toEqual([[KIND.response, 1]]);
    await closed;
  });

  it('leaves a request that waits for the next one to its caller: it can be aborted, and its time passes', async () => {
    const release = defer();
    const server = await serve({ hold: () => release.promise, run: () => 'has run' });
    const client = clientOf(server);
    const draining = defer<unknown>();
    client.on('draining', draining.resolve);
    const held = client.sendRequest('hold');
    await until(() => server.stats().inFlight === 1, 'a handler is at work');
    const closed = server.close();
    await draining.promise;
    const controller = new AbortController();
    const aborted = failure(client.sendRequest('run', 1, { signal: controller.signal }));
    const late = failure(client.sendRequest('run', 2, { timeoutMs: 50 }));
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(await late).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent', retryable: true });
    release.resolve();
    await Promise.all([held, closed]);
  });
});

describe('headers', () => {
  it('go to the handler, and back to the middleware of the client', async () => {
    const server = await serve({
      greet: (_data, context) => {
        context.replyHeaders['cached'] = 'yes';
        context.replyHeaders['seen'] = Object.entries(context.headers).flat().join('=');
        return 'hello';
      },
    });
    const client = clientOf(server);
    const seen: Message['headers'][] = [];
    client.addMiddleware({
      name: 'watch',
      async incoming(message, next) {
        seen.push(message.headers);
        await next();
      },
    });
    expect(await client.sendRequest('greet', null, { headers: { 'trace-id': '租户 1' } })).toBe('hello');
    expect(seen).toEqual([{ cached: 'yes', seen: 'trace-id=租户 1' }]);
  });
});

/** Text, turned round. */
const backwards: Serializer = {
  name: 'backwards-test',
  contentType: 'text/plain',
  serialize: (value) => Buffer.from(JSON.stringify({ value }).split('').reverse().join('')),
  deserialize: (bytes) =>
    (JSON.parse(Buffer.from(bytes).toString().split('').reverse().join('')) as { value: unknown }).value,
};

describe('a codec', () => {
  SerializerFactory.register(backwards.name, backwards);
  const stranger: Serializer = { ...backwards, name: 'stranger-test' };

  it('of the client is the one in which it is answered, whatever the server speaks by itself', async () => {
    const server = await serve({ echo: (data) => data, fail: () => Promise.reject(new Error('no')) });
    await using plain = new PlainClient(server);
    await plain.say((writer) =>
      writer.record(KIND.request, { id: 1, subject: 'echo' }, backwards.name, backwards.serialize({ a: 'é' })),
    );
    const [record] = await plain.hear();
    expect(record).toMatchObject({ kind: KIND.response, codec: backwards.name });
    expect(backwards.deserialize(record!.bytes)).toEqual({ a: 'é' });
    const client = clientOf(server, { serializer: backwards });
    expect(await client.sendRequest('echo', [1, { b: null }])).toEqual([1, { b: null }]);
    expect(await failure(client.sendRequest('fail', 1))).toMatchObject({ code: 'REMOTE', message: 'no' });
    expect(await clientOf(server).sendRequest('echo', 'json')).toBe('json');
  });

  it('that the server does not know fails its requests alone, and the connection lives on', async () => {
    const server = await serve({ echo: (data) => data });
    const client = clientOf(server, { serializer: stranger });
    const errors = await Promise.all([1, 2].map((data) => failure(client.sendRequest('echo', data))));
    for (const error of errors) {
      expect(error).toMatchObject({
        name: 'SerializationError',
        code: 'UNKNOWN_CODEC',
        message: expect.stringMatching(
          /'stranger-test', which its receiver does not know.*SerializerFactory\.register\('stranger-test'/,
        ),
      });
    }
    expect(await client.sendRequest('echo', undefined)).toBeUndefined();
    expect(await clientOf(server).sendRequest('echo', 1)).toBe(1);
  });

  it('is raw for a body of bytes, and the answer may be anything', async () => {
    const server = await serve({
      echo: (data) => data,
      size: (data) => ({ bytes: (data as Buffer).length }),
      later: async (data) => [(data as Buffer).length],
      fail: async () => Promise.reject(new Error('no')),
    });
    const client = clientOf(server);
    const bytes = Buffer.from([0, 255, 0xc1]);
    expect(await client.sendRequest('echo', bytes)).toEqual(bytes);
    expect(await client.sendRequest('size', bytes)).toEqual({ bytes: 3 });
    expect(await client.sendRequest('later', bytes)).toEqual([3]);
    expect(await failure(client.sendRequest('fail', bytes))).toMatchObject({ code: 'REMOTE', message: 'no' });
    expect(await failure(client.sendRequest('nobody', bytes))).toMatchObject({ code: 'UNKNOWN_ACTION' });
  });
});

describe('clients of different kinds', () => {
  it('classic and native, are served at once, each in its own way', async () => {
    const server = await serve({ echo: (data) => data, fail: () => Promise.reject(new Error('no')) });
    const clients = [clientOf(server), clientOf(server, { dialect: 'classic' }), clientOf(server, { checksum: false })];
    const results = await Promise.all(
      upTo(300).map((index) => clients[index % 3]!.sendRequest('echo', { index, text: '查询' })),
    );
    expect(results).toEqual(upTo(300).map((index) => ({ index, text: '查询' })));
    for (const client of clients) {
      expect(await failure(client.sendRequest('fail'))).toMatchObject({ code: 'REMOTE', message: 'no' });
    }
  });

  it('that want checksums are served where the server sends them', async () => {
    const server = await serve({ echo: (data) => data }, { checksum: true });
    const checked = clientOf(server, { checksum: true });
    expect(await checked.sendRequest('echo', [1, Buffer.alloc(0).toString()])).toEqual([1, '']);
    const unchecked = clientOf(server);
    const malformed = defer<{ message: string }>();
    unchecked.on('malformed', malformed.resolve);
    expect(await failure(unchecked.sendRequest('echo', 1, { timeoutMs: 300 }))).toMatchObject({ code: 'TIMEOUT' });
    expect((await malformed.promise).message).toMatch(/it has no checksum, and this side asks for one/);
  });
});

describe.each(['json', 'raw', backwards])('what a server cannot read (its codec: %p)', (serializer) => {
  it('is answered with both versions where it is of another one, and the others notice nothing', async () => {
    const server = await serve({ echo: (data) => data }, { serializer });
    await using stranger = new PlainClient(server);
    await stranger.send(Buffer.from('c14c5a0700ffffff', 'hex'));
    expect(await stranger.hearError()).toMatchObject({
      id: 0,
      code: 'PROTOCOL',
      message: expect.stringMatching(/of version 7, and this side speaks version 1/),
    });
    const client = clientOf(server);
    expect(await client.sendRequest('echo', 'still there')).toBe('still there');
  });

  it('is answered, and what comes next on the same connection is read', async () => {
    const server = await serve({ echo: (data) => data }, { serializer });
    await using client = new PlainClient(server);
    await client.send(Buffer.from('c14c5a010080000000', 'hex'));
    expect(await client.hearError()).toMatchObject({ id: 0, code: 'PROTOCOL' });
    await client.say((writer) => writer.record(KIND.ping, { id: 77 }));
    expect((await client.hear()).map(({ kind, id }) => [kind, id])).toEqual([[KIND.pong, 77]]);
  });
});

describe('signs of life', () => {
  it('are given while all handlers wait for something', async () => {
    const release = defer();
    const server = await serve(
      { hold: () => release.promise },
      { maxConcurrency: 2, pingIntervalMs: 20, deadPeerMs: 200 },
    );
    const client = clientOf(server, { pingIntervalMs: 20, deadPeerMs: 200 });
    let lost = 0;
    client.on('disconnected', () => (lost += 1));
    const requests = upTo(5).map(() => client.sendRequest('hold', null, { timeoutMs: 15_000 }));
    await until(() => server.stats().inFlight === 5, 'the server is full');
    await using plain = new PlainClient(server);
    for (const id of [1, 2, 3]) {
      await plain.say((writer) => writer.record(KIND.ping, { id, timeLeftMs: 60_000 }));
      expect((await plain.hear()).map(({ kind, id: of }) => [kind, of])).toEqual([[KIND.pong, id]]);
    }
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(lost).toBe(0);
    release.resolve();
    await Promise.all(requests);
  });

  it('that stop make a server abort the handlers of the client that has promised them', async () => {
    const { handler, started, aborted } = waiting();
    const server = await serve({ wait: handler }, { pingIntervalMs: 20, deadPeerMs: 10_000 });
    await using silent = new PlainClient(server);
    await silent.say((writer) => {
      writer.record(KIND.ping, { id: 0, timeLeftMs: 200 });
      writer.record(KIND.request, { id: 1, subject: 'wait' });
    });
    await started;
    const from = performance.now();
    expect(await aborted).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(performance.now() - from).toBeGreaterThan(100);
  });

  it('are not wanted of a client that has promised none', async () => {
    const { handler, started } = waiting();
    const server = await serve({ wait: handler }, { pingIntervalMs: 20, deadPeerMs: 60 });
    await using silent = new PlainClient(server);
    await silent.say((writer) => writer.record(KIND.request, { id: 1, subject: 'wait' }));
    const context = await started;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(context.signal.aborted).toBe(false);
  });
});

describe('a large attachment', () => {
  it('does not hold up a small request of another client', async () => {
    const server = await serve(
      { large: () => Buffer.alloc(50_000_000, 7), echo: (data) => data },
      { outbox: { maxBytes: Infinity } },
    );
    const [greedy, modest] = [clientOf(server), clientOf(server)];
    await Promise.all([greedy, modest].map((client) => client.connect({ waitForConnection: true })));
    let isDone = false;
    const large = Promise.all(upTo(3).map(() => greedy.sendRequest('large', null, { timeoutMs: 18_000 }))).finally(
      () => (isDone = true),
    );
    await until(() => server.stats().received.messages > 0, 'the large ones were asked for');
    expect(await modest.sendRequest('echo', 'small')).toBe('small');
    expect(isDone).toBe(false);
    for (const each of await large) {
      expect((each as Buffer).length).toBe(50_000_000);
      expect((each as Buffer).at(-1)).toBe(7);
    }
    expect(await greedy.sendRequest('echo', 'still there')).toBe('still there');
  });

  it('goes to the server without holding up what another client asks', async () => {
    const server = await serve({ size: (data) => (data as Buffer).length, echo: (data) => data });
    const [greedy, modest] = [clientOf(server), clientOf(server)];
    await Promise.all([greedy, modest].map((client) => client.connect({ waitForConnection: true })));
    let isDone = false;
    const large = greedy.sendRequest('size', Buffer.alloc(50_000_000), { timeoutMs: 18_000 }).finally(() => {
      isDone = true;
    });
    expect(await modest.sendRequest('echo', 'small')).toBe('small');
    expect(isDone).toBe(false);
    expect(await large).toBe(50_000_000);
  });
});
