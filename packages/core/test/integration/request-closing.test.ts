import { describe, expect, it } from '@jest/globals';
import { Client, Server, Service, type ActionHandler, type LiberZMQError, type ServerOptions } from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

type Dialect = 'native' | 'classic';

/** More than travel in one packet. */
const MANY = 200;

const never: ActionHandler = () => new Promise(() => undefined);

const failsWhenAborted: ActionHandler = (_data, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('enough'));
    });
  });

async function serve(options: Partial<ServerOptions>, handler?: ActionHandler): Promise<Server> {
  const server = keep(new Server({ address: ANY_PORT, ...options }));
  if (handler !== undefined) server.registerHandler('work', handler);
  return server.startServer();
}

function clientOf(server: Server, dialect: Dialect = 'native'): Client {
  return keep(new Client({ address: addressOf(server), dialect }));
}

/** Sends so many requests. @returns what becomes of them, counted */
async function ask(client: Client, count: number): Promise<Record<string, number>> {
  const outcomes = await Promise.all(
    upTo(count).map((n) =>
      client.sendRequest('work', n).then(
        () => 'a result',
        (error: unknown) => `${(error as LiberZMQError).code} ${(error as LiberZMQError).outcome}`,
      ),
    ),
  );
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describe.each<Dialect>(['native', 'classic'])('a server that has no time left for what runs (%s)', (dialect) => {
  it.each([
    [0, 1, 'never ends', never],
    [0, MANY, 'never ends', never],
    [50, MANY, 'never ends', never],
    [0, MANY, 'fails when its signal is aborted', failsWhenAborted],
    [50, MANY, 'fails when its signal is aborted', failsWhenAborted],
  ])('answers nothing: after %d ms, %d requests whose handler %s', async (timeoutMs, count, _what, handler) => {
    const server = await serve({}, handler);
    const asked = ask(clientOf(server, dialect), count);
    await until(() => server.stats().inFlight === count, 'all handlers are at work');
    await server.close({ timeoutMs });
    expect(await asked).toEqual({ 'CONNECTION_LOST unknown': count });
    expect(server.stats()).toMatchObject({ inFlight: 0 });
    expect(server.stats().errors).toEqual({});
  });

  it.each([0, 50])('answers nothing as a gateway either, after %d ms', async (timeoutMs) => {
    const upstream = await serve({}, never);
    const gateway = await serve({ service: clientOf(upstream) });
    const asked = ask(clientOf(gateway, dialect), MANY);
    await until(() => upstream.stats().inFlight === MANY, 'all handlers are at work');
    await gateway.close({ timeoutMs });
    expect(await asked).toEqual({ 'CONNECTION_LOST unknown': MANY });
    await until(() => upstream.stats().inFlight === 0, 'the handlers are told to stop');
  });

  it.each([0, 50])('refuses what waits for its turn, after %d ms, and runs none of it', async (timeoutMs) => {
    const ran: unknown[] = [];
    const server = await serve({ maxConcurrency: 1 }, (data, context) => {
      ran.push(data);
      return failsWhenAborted(data, context);
    });
    const asked = ask(clientOf(server, dialect), MANY);
    await until(() => server.stats().inFlight === MANY, 'one runs, and all others wait');
    await server.close({ timeoutMs });
    expect(await asked).toEqual({ 'CONNECTION_LOST unknown': 1, 'DRAINING answered': MANY - 1 });
    expect(ran).toEqual([0]);
  });
});

it('a server that has no time left aborts the signals of what runs, and says why', async () => {
  const reasons: unknown[] = [];
  const server = await serve({}, (_data, { signal }) => {
    signal.addEventListener('abort', () => reasons.push(signal.reason));
    return new Promise(() => undefined);
  });
  const asked = ask(clientOf(server), 2);
  await until(() => server.stats().inFlight === 2, 'both handlers are at work');
  await server.close({ timeoutMs: 0 });
  expect(reasons).toHaveLength(2);
  expect(reasons[0]).toMatchObject({ code: 'CLOSED', outcome: 'unknown', message: expect.stringContaining('server') });
  await asked;
});

it.each<Dialect>(['native', 'classic'])(
  'what ran in a service that was closed behind the back of its server is in doubt (%s)',
  async (dialect) => {
    const service = new Service({ timeoutMs: Infinity, handlers: { work: never } });
    const server = await serve({ service });
    const asked = ask(clientOf(server, dialect), 3);
    await until(() => server.stats().inFlight === 3, 'all handlers are at work');
    await service.close({ timeoutMs: 0 });
    expect(await asked).toEqual({ 'CLOSED unknown': 3 });
  },
);
