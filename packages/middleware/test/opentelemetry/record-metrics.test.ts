import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, createError, Dealer, Pusher, Router, Server, type ActionHandler } from '@liberzmq/core';
import { recordMetrics, type MetricsRecording } from '../../src/opentelemetry/record-metrics.js';
import { pairsOfTest, until } from '../messages/pairs.js';
import { MetricCollector } from './metric-collector.js';

const open = pairsOfTest();
let collector = new MetricCollector();
let recording: MetricsRecording | undefined;

function record(maxSubjects?: number): void {
  recording = recordMetrics({ meterProvider: collector.provider, maxSubjects });
}

beforeEach(() => {
  collector = new MetricCollector();
});
afterEach(async () => {
  recording?.stop();
  await collector.close();
});

const SUM = 'messaging.client.sent.messages';
const CLIENT = 'rpc.client.call.duration';
const SERVER = 'rpc.server.call.duration';
let addresses = 0;

/** A server with these actions, and a client of it. */
async function serve(handlers: Readonly<Record<string, ActionHandler>>) {
  addresses += 1;
  const address = `inproc://metrics-${addresses}`;
  const server = new Server({ address });
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  await server.startServer();
  const client = new Client({ address });
  return {
    address,
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.close({ timeoutMs: 0 });
      await server.close({ timeoutMs: 0 });
    },
  };
}

describe('requests', () => {
  it('are measured at both ends, in seconds, with their failures', async () => {
    record();
    await using pair = await serve({ fine: () => 1, fails: () => Promise.reject(createError('REMOTE', 'no')) });
    for (let n = 0; n < 3; n += 1) await pair.client.sendRequest('fine');
    await pair.client.sendRequest('fails').catch(() => undefined);
    const of = { 'rpc.system.name': 'zeromq' };
    const failure = { 'error.type': 'REMOTE', 'rpc.status_code': 'REMOTE' };
    const where = { 'server.address': pair.address.slice('inproc://'.length) };
    expect(await collector.series(CLIENT)).toEqual([
      { attributes: { ...of, ...where, 'rpc.method': 'fine' }, value: 3, sum: expect.any(Number) },
      { attributes: { ...of, ...where, ...failure, 'rpc.method': 'fails' }, value: 1, sum: expect.any(Number) },
    ]);
    expect(await collector.series(SERVER)).toEqual([
      { attributes: { ...of, 'rpc.method': 'fine' }, value: 3, sum: expect.any(Number) },
      { attributes: { ...of, ...failure, 'rpc.method': 'fails' }, value: 1, sum: expect.any(Number) },
    ]);
    const metric = await collector.metric(CLIENT);
    expect(metric?.descriptor).toMatchObject({
      unit: 's',
      advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
    });
    const [fine] = await collector.series(CLIENT);
    expect(fine?.sum).toBeLessThan(2);
  });

  it('that time out are told so, and those that there is no action for do not tell its name', async () => {
    record();
    await using pair = await serve({ hangs: () => new Promise(() => undefined) });
    await pair.client.sendRequest('hangs', 1, { timeoutMs: 20 }).catch(() => undefined);
    await pair.client.sendRequest('guessed').catch(() => undefined);
    expect(await collector.seriesWith(CLIENT, { 'error.type': 'TIMEOUT', 'rpc.method': 'hangs' })).toHaveLength(1);
    expect(await collector.seriesWith(SERVER, { 'error.type': 'UNKNOWN_ACTION' })).toMatchObject([
      { attributes: { 'rpc.method': '_OTHER' }, value: 1 },
    ]);
  });

  it('of more actions than there may be are told together', async () => {
    record(2);
    await using pair = await serve(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((action) => [action, () => 1])));
    for (const action of ['a', 'b', 'c', 'd', 'a', 'e']) await pair.client.sendRequest(action);
    const counts = (await collector.series(SERVER)).map(({ attributes, value }) => [attributes['rpc.method'], value]);
    expect(counts).toEqual([
      ['a', 2],
      ['b', 1],
      ['_OTHER', 3],
    ]);
  });
});

it.each(['publish', 'task'] as const)('%s: what is sent and handled is counted and measured', async (pattern) => {
  record();
  const pair = await open(pattern);
  for (let n = 0; n < 3; n += 1) await pair.send(n, { subject: 'things' });
  const of = { 'messaging.system.name': 'zeromq', 'messaging.destination.name': 'things' };
  const sent = { ...of, 'messaging.operation.name': 'send', 'messaging.operation.type': 'send' };
  const processed = { ...of, 'messaging.operation.name': 'process', 'messaging.operation.type': 'process' };
  await until(() => pair.arrived.length === 3, 'all have come');
  expect(await collector.series(SUM)).toEqual([{ attributes: sent, value: 3, sum: undefined }]);
  expect(await collector.series('messaging.client.operation.duration')).toMatchObject([{ attributes: sent, value: 3 }]);
  expect(await collector.series('messaging.client.consumed.messages')).toMatchObject([{ attributes: processed }]);
  expect(await collector.series('messaging.process.duration')).toMatchObject([{ attributes: processed }]);
});

it('between dealers and routers nobody is told of ids', async () => {
  record();
  await using router = await new Router({ address: 'inproc://metrics-router' }).connect();
  await using dealer = new Dealer({ address: 'inproc://metrics-router' });
  for (let n = 0; n < 2; n += 1) {
    await dealer.sendRequest(n);
    await router.receiveRequest();
  }
  const sent = {
    'messaging.system.name': 'zeromq',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
  };
  expect(await collector.series(SUM)).toEqual([{ attributes: sent, value: 2, sum: undefined }]);
  expect(await collector.seriesWith('messaging.client.consumed.messages', {})).toMatchObject([{ value: 2 }]);
});

describe('endpoints', () => {
  const pusherAt = (address: string) => ({
    'liberzmq.endpoint.kind': 'Pusher',
    'liberzmq.endpoint.address': address,
  });

  it('tell what is in flight, and what waits', async () => {
    record();
    await using pair = await serve({ hangs: () => new Promise(() => undefined) });
    const hanging = pair.client.sendRequest('hangs', 1, { timeoutMs: 60_000 }).catch(() => undefined);
    await until(() => pair.server.stats().inFlight === 1, 'the handler runs');
    const address = pair.address;
    expect(await collector.seriesWith('liberzmq.endpoint.in_flight', { 'liberzmq.endpoint.address': address })).toEqual(
      [
        { attributes: { ...pusherAt(address), 'liberzmq.endpoint.kind': 'Server' }, value: 1, sum: undefined },
        { attributes: { ...pusherAt(address), 'liberzmq.endpoint.kind': 'Client' }, value: 1, sum: undefined },
      ],
    );
    await pair.client.close({ timeoutMs: 0 });
    await hanging;
    expect(
      await collector.seriesWith('liberzmq.endpoint.in_flight', { 'liberzmq.endpoint.kind': 'Client' }),
    ).toMatchObject([{ value: 0 }]);

    await using pusher = await new Pusher({ address: 'inproc://metrics-waits' }).connect();
    const waiting = [1, 2].map((n) => pusher.pushTask('x', n).catch(() => undefined));
    const { queued } = pusher.stats();
    const at = pusherAt('inproc://metrics-waits');
    expect(await collector.seriesWith('liberzmq.endpoint.queued.messages', at)).toMatchObject([{ value: 2 }]);
    expect(await collector.seriesWith('liberzmq.endpoint.queued.size', at)).toMatchObject([{ value: queued.bytes }]);
    await pusher.close({ timeoutMs: 0 });
    await Promise.all(waiting);
  });

  it('tell who is connected', async () => {
    record();
    await using server = await new Server({ address: 'tcp://127.0.0.1:*' }).startServer();
    await using client = new Client({ address: server.boundAddress ?? '' });
    await client.connect({ waitForConnection: true });
    expect(await collector.seriesWith('liberzmq.endpoint.peers', { 'liberzmq.endpoint.kind': 'Client' })).toMatchObject(
      [{ attributes: { 'liberzmq.endpoint.address': client.address }, value: 1 }],
    );
  });

  it('tell what was dropped, by reason; two at one address together, and also when they are closed', async () => {
    record();
    const droppers = ['inproc://metrics-drops', 'inproc://metrics-drops'].map((address) =>
      new Pusher({ address, bind: false }).addMiddleware({
        name: 'dropper',
        outgoing: (message) => {
          message.drop(String(message.body));
        },
      }),
    );
    await using _puller = await new Router({ address: 'inproc://metrics-drops' }).connect();
    for (const each of droppers) {
      await each.connect();
      await each.pushTask('x', 'too old');
      await each.pushTask('x', 'too big');
    }
    const dropped = async () =>
      (await collector.seriesWith('liberzmq.endpoint.dropped.messages', pusherAt('inproc://metrics-drops'))).map(
        ({ attributes, value }) => [attributes['liberzmq.drop.reason'], value],
      );
    const expected = [
      ['too old', 2],
      ['too big', 2],
    ];
    expect(await dropped()).toEqual(expected);
    await droppers[0]?.close();
    expect(await dropped()).toEqual(expected);
    await droppers[1]?.close();
    expect(await dropped()).toEqual(expected);
  });
});

describe('recording', () => {
  it('ends when it is stopped, and leaves nobody listening', async () => {
    const channels = ['liberzmq:operation:ended', 'liberzmq:endpoint'].map((name) => channel(name));
    record();
    expect(channels.map((each) => each.hasSubscribers)).toEqual([true, true]);
    recording?.stop();
    recording?.stop();
    expect(channels.map((each) => each.hasSubscribers)).toEqual([false, false]);
    await using pair = await serve({ fine: () => 1 });
    await pair.client.sendRequest('fine');
    expect(await collector.series(CLIENT)).toEqual([]);
    expect(await collector.series('liberzmq.endpoint.in_flight')).toEqual([]);
  });

  it('ends with its block', () => {
    {
      using _recording = recordMetrics({ meterProvider: collector.provider });
      expect(channel('liberzmq:operation:ended').hasSubscribers).toBe(true);
    }
    expect(channel('liberzmq:operation:ended').hasSubscribers).toBe(false);
  });

  it('harms nobody if a meter fails', async () => {
    const failing = {
      getMeter: (...args: Parameters<typeof collector.provider.getMeter>) => {
        const meter = collector.provider.getMeter(...args);
        meter.createHistogram = () => ({
          record: () => {
            throw new Error('oops');
          },
        });
        return meter;
      },
    };
    recording = recordMetrics({ meterProvider: failing });
    await using pair = await serve({ fine: () => 1 });
    expect(await pair.client.sendRequest('fine')).toBe(1);
  });

  it.each<[string, object]>([
    ['an option that there is not', { prefix: 'x' }],
    ['no subjects at all', { maxSubjects: 0 }],
    ['a provider that is none', { meterProvider: 'x' }],
  ])('refuses %s', (_what, options) => {
    expect(() => recordMetrics(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
