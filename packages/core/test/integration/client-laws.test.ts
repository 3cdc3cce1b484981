import { afterEach, describe, expect, it } from '@jest/globals';
import { describeRequesterLaws, type MakeRequesterHarness } from '@liberzmq-tooling/testkit';
import { Client, Server, Service, type Middleware } from '@liberzmq/core';

let names = 0;

function nextName(): string {
  names += 1;
  return `inproc://client-laws-${names}`;
}

/** Takes a turn of the event loop for each message. */
const unhurried: Middleware = {
  name: 'unhurried',
  outgoing: async (_message, next) => {
    await new Promise((resolve) => setImmediate(resolve));
    await next();
  },
  incoming: (_message, next) => next(),
};

function clientAt(newAddress: () => string, middleware?: Middleware): MakeRequesterHarness {
  return async (handlers) => {
    const server = new Server({ address: newAddress(), service: new Service({ handlers, timeoutMs: Infinity }) });
    await server.startServer();
    const client = new Client({ address: server.boundAddress ?? server.address });
    if (middleware !== undefined) client.addMiddleware(middleware);
    return { requester: client, foreignErrors: 'remote', close: () => server.close({ timeoutMs: 0 }) };
  };
}

const anyPort = (): string => 'tcp://127.0.0.1:*';

describeRequesterLaws('a Client over tcp', clientAt(anyPort));
describeRequesterLaws('a Client over inproc', clientAt(nextName));
describeRequesterLaws('a Client with middleware', clientAt(anyPort, unhurried));

describe('a request that a middleware of the client holds up', () => {
  let client: Client;
  afterEach(() => client.close({ timeoutMs: 0 }));

  /** A client whose messages pass its middleware when the gate opens. */
  function start(): { readonly sent: () => number; readonly open: () => void } {
    client = new Client({ address: nextName() });
    let open!: () => void;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    client.addMiddleware({ name: 'gate', outgoing: (_message, next) => gate.then(next) });
    return { open, sent: () => client.stats().sent.messages + client.stats().queued.messages };
  }

  it('ends when its time is up, and is not sent later', async () => {
    const { open, sent } = start();
    const request = client.sendRequest('act', 1, { timeoutMs: 20 });
    await expect(soon(request)).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    open();
    await nextTurn();
    expect(sent()).toBe(0);
  });

  it('ends when it is aborted, and is not sent later', async () => {
    const { open, sent } = start();
    const controller = new AbortController();
    const request = client.sendRequest('act', 1, { timeoutMs: Infinity, signal: controller.signal });
    await nextTurn();
    controller.abort();
    await expect(soon(request)).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    open();
    await nextTurn();
    expect(sent()).toBe(0);
  });

  it('ends when the client is closed', async () => {
    start();
    const request = client.sendRequest('act', 1, { timeoutMs: Infinity });
    const outcome = request.catch((error: unknown) => error);
    await nextTurn();
    await client.close({ timeoutMs: 20 });
    expect(await soon(outcome)).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a promise settles with, if it settles about at once. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it has not settled within 2 s')), 2_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
