import { describe, expect, it } from '@jest/globals';
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { Client, createError, Server, Service, type ActionHandler, type Middleware, type Step } from '@liberzmq/core';
import { withContext } from '../../src/opentelemetry/header-carrier.js';
import { serverAttributes } from '../../src/opentelemetry/server-attributes.js';
import { tracing } from '../../src/opentelemetry/tracing.js';
import { nextTurn, pairsOfTest, until } from '../messages/pairs.js';
import { idsOf, propagator, recorderOfTests } from './span-recorder.js';

const open = pairsOfTest();
const recorder = recorderOfTests();

/** A client and a server with tracing at both ends. */
async function traced(handler: ActionHandler, attributes = {}) {
  const pair = await open('request', { handler });
  for (const end of [pair.sender, pair.receiver]) end.addMiddleware(tracing({ ...recorder.options, attributes }));
  return pair;
}

it.each([
  ['client', 'sender'],
  ['server', 'receiver'],
] as const)('what is over before its span could begin has none: %s', async (_which, which) => {
  const pair = await open('request');
  let go: () => unknown = () => undefined;
  const slow = {
    name: 'slow',
    ...stepOf(which, (next) => new Promise<void>((resolve) => (go = () => resolve(next())))),
  };
  // A step before it that takes its time: outgoing ones run first to last, incoming ones last to first.
  const traces = tracing(recorder.options);
  for (const each of which === 'sender' ? [slow, traces] : [traces, slow]) pair[which].addMiddleware(each);
  await expect(pair.send(1, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  await until(() => pair[which].stats().inFlight === 0, 'it is given up');
  go();
  await nextTurn();
  expect(recorder.started).toBe(0);
});

function stepOf(which: 'sender' | 'receiver', act: (next: () => Promise<void>) => Promise<void>): Partial<Middleware> {
  const step: Step = (_message, next) => act(next);
  return which === 'sender' ? { outgoing: step } : { incoming: step };
}

describe('a request', () => {
  it('has a span at each end, in one trace, by the names of the conventions', async () => {
    const pair = await traced((data) => data, serverAttributes('tcp://10.0.0.7:5556'));
    await pair.send(1, { subject: 'add' });
    const [client, server] = [await recorder.one('CLIENT', 'add'), await recorder.one('SERVER', 'add')];
    const attributes = {
      'rpc.system.name': 'zeromq',
      'rpc.method': 'add',
      'server.address': '10.0.0.7',
      'server.port': 5556,
    };
    expect(client.attributes).toEqual(attributes);
    expect(server.attributes).toEqual(attributes);
    expect([client.status, server.status]).toEqual([{ code: SpanStatusCode.UNSET }, { code: SpanStatusCode.UNSET }]);
    expect(idsOf(client).parent).toBeUndefined();
    expect(idsOf(server)).toMatchObject({ trace: idsOf(client).trace, parent: idsOf(client).id });
    expect(client.instrumentationScope).toMatchObject({
      name: '@liberzmq/middleware',
      schemaUrl: 'https://opentelemetry.io/schemas/1.45.0',
    });
    expect(recorder.spans).toHaveLength(2);
  });

  it('is a child of the active span; what its handler does, also after it has waited, is a child of its own', async () => {
    const tracer = recorder.provider.getTracer('test');
    const pair = await traced(async () => {
      await nextTurn();
      tracer.startSpan('work').end();
    });
    await tracer.startActiveSpan('caller', async (span) => {
      await pair.send(1);
      span.end();
    });
    const [caller, work] = [await recorder.one('INTERNAL', 'caller'), await recorder.one('INTERNAL', 'work')];
    const [client, server] = [await recorder.one('CLIENT'), await recorder.one('SERVER')];
    expect(idsOf(client).parent).toBe(idsOf(caller).id);
    expect(idsOf(work)).toMatchObject({ parent: idsOf(server).id, trace: idsOf(caller).trace });
  });

  it('carries baggage to the handler', async () => {
    const seen: unknown[] = [];
    const pair = await traced(() => {
      seen.push(propagation.getBaggage(context.active())?.getEntry('tenant')?.value);
    });
    const baggage = propagation.createBaggage({ tenant: { value: 'ä b' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => pair.send(1));
    expect(seen).toEqual(['ä b']);
  });

  it('keeps the headers of its caller, and has the context in headers in lower case', async () => {
    const pair = await traced(() => 1);
    const { headers } = await pair.exchange(1, { headers: { mine: 'kept' } });
    const { trace: traceId, id } = idsOf(await recorder.one('CLIENT'));
    expect(headers).toEqual({ mine: 'kept', traceparent: `00-${traceId}-${id}-01` });
  });

  it('many at once have each their own', async () => {
    const tracer = recorder.provider.getTracer('test');
    const pair = await traced(async (data) => {
      await nextTurn();
      tracer.startSpan(`work ${String(data)}`).end();
    });
    const numbers = [1, 2, 3, 4, 5];
    await Promise.all(numbers.map((n) => pair.send(n, { subject: `act${n}` })));
    for (const n of numbers) {
      const [server, work] = [await recorder.one('SERVER', `act${n}`), await recorder.one('INTERNAL', `work ${n}`)];
      expect(idsOf(work).parent).toBe(idsOf(server).id);
    }
  });
});

describe('a request that fails', () => {
  it('has the code, at both ends, and no exception if it is one of our errors', async () => {
    const pair = await traced(() => Promise.reject(createError('REMOTE', 'no such user')));
    await pair.send(1).catch(() => undefined);
    for (const span of [await recorder.one('CLIENT'), await recorder.one('SERVER')]) {
      expect(span.attributes).toMatchObject({ 'error.type': 'REMOTE', 'rpc.status_code': 'REMOTE' });
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such user' });
      expect(span.events).toEqual([]);
    }
  });

  it('with an error that nobody expected has the exception at the server, with its stack', async () => {
    const pair = await traced(() => {
      throw new TypeError('x is not a function');
    });
    await pair.send(1).catch(() => undefined);
    const server = await recorder.one('SERVER');
    expect(server.attributes).toMatchObject({ 'error.type': 'REMOTE', 'rpc.status_code': 'REMOTE' });
    expect(server.events).toEqual([
      expect.objectContaining({
        name: 'exception',
        attributes: {
          'exception.type': 'TypeError',
          'exception.message': 'x is not a function',
          'exception.stacktrace': expect.stringContaining('tracing-requests.test'),
        },
      }),
    ]);
    expect((await recorder.one('CLIENT')).events).toEqual([]);
  });

  it('by its time-out is an error at both ends', async () => {
    const pair = await traced(() => new Promise(() => undefined));

    await pair.send(1, { timeoutMs: 30 }).catch(() => undefined);
    expect((await recorder.one('CLIENT')).attributes['error.type']).toBe('TIMEOUT');
    expect((await recorder.one('SERVER')).attributes['error.type']).toMatch(/TIMEOUT|ABORTED/);
  });

  it('by an abort is an error at both ends', async () => {
    const controller = new AbortController();
    const pair = await traced(() => {
      controller.abort();
      return new Promise(() => undefined);
    });
    await pair.send(1, { signal: controller.signal }).catch(() => undefined);
    for (const span of [await recorder.one('CLIENT'), await recorder.one('SERVER')])
      expect(span.attributes['error.type']).toBe('ABORTED');
  });

  it('because a middleware has dropped it has the reason', async () => {
    const pair = await traced(() => 1);
    pair.sender.addMiddleware({
      name: 'picky',
      outgoing: (message) => {
        message.drop('too old');
      },
    });
    await pair.send(1).catch(() => undefined);
    expect((await recorder.one('CLIENT')).attributes).toMatchObject({
      'error.type': 'ABORTED',
      'liberzmq.drop.reason': 'too old',
    });
  });

  it('because there is no such action gives its name to no span of the server', async () => {
    const server = await new Server({ address: 'inproc://unknown-action', service: new Service() }).startServer();
    const client = new Client({ address: 'inproc://unknown-action' });
    for (const end of [client, server]) end.addMiddleware(tracing(recorder.options));
    await client.sendRequest('guessed').catch(() => undefined);
    const { name, attributes } = await recorder.one('SERVER');
    expect(name).toBe('zeromq');
    expect(attributes).toEqual({
      'rpc.system.name': 'zeromq',
      'rpc.method': '_OTHER',
      'rpc.method_original': 'guessed',
      'rpc.status_code': 'UNKNOWN_ACTION',
      'error.type': 'UNKNOWN_ACTION',
    });
    await client.close();
    await server.close();
  });
});

describe('which span is the parent', () => {
  it('that of the handler whose context is given, where none is active', async () => {
    const backend = await traced(() => 1);
    const frontend = await traced((_data, own) =>
      // As where the asynchronous context has been lost.
      context.with(trace.deleteSpan(context.active()), () => backend.send(2, { subject: 'inner', context: own })),
    );
    await frontend.send(1, { subject: 'outer' });
    const [outer, inner] = [await recorder.one('SERVER', 'outer'), await recorder.one('CLIENT', 'inner')];
    expect(idsOf(inner)).toMatchObject({ parent: idsOf(outer).id, trace: idsOf(outer).trace });
  });

  it('that of the headers that the caller gives, where none is active', async () => {
    const pair = await traced(() => 1);
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=b' };
    const arrived = await pair.exchange(1, { headers });
    const client = await recorder.one('CLIENT');
    expect(idsOf(client)).toMatchObject({ trace: traceId, parent: spanId });
    expect(arrived.headers).toEqual({ traceparent: `00-${traceId}-${idsOf(client).id}-01`, tracestate: 'a=b' });
  });

  it('not that of headers which are handed on from another request', async () => {
    const backend = await traced(() => 1);
    const frontend = await traced((_data, { headers }) => backend.send(2, { subject: 'inner', headers }));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await frontend.send(1, { subject: 'outer', headers: { traceparent, other: 'kept' } });
    const [outer, inner] = [await recorder.one('SERVER', 'outer'), await recorder.one('CLIENT', 'inner')];
    expect(idsOf(inner).parent).toBe(idsOf(outer).id);
    expect(backend.arrived.at(-1)?.headers).toMatchObject({ other: 'kept' });
    expect(backend.arrived.at(-1)?.headers['traceparent']).toContain(idsOf(inner).id);
  });
});

it('the state of another trace is not left in headers', () => {
  const span = recorder.provider.getTracer('test').startSpan('x');
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b', c: 'd' };
  const carried = withContext(propagator, trace.setSpan(ROOT_CONTEXT, span), headers);
  expect(carried).toEqual({ c: 'd', traceparent: expect.stringContaining(span.spanContext().spanId) });
  expect(withContext(propagator, ROOT_CONTEXT, headers)).toBe(headers);
});

it('without a tracer nothing is added to messages', async () => {
  const pair = await open('request');
  for (const end of [pair.sender, pair.receiver]) end.addMiddleware(tracing());
  const { headers } = await pair.exchange(1);
  expect(headers).toEqual({});
});

it('what is not sampled is recorded nowhere, and its context is carried on', async () => {
  const seen: unknown[] = [];
  const pair = await traced(() => {
    seen.push(trace.getSpanContext(context.active()));
  });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await pair.send(1, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-00` } });
  await until(() => seen.length === 1, 'it was handled');
  expect(seen).toEqual([expect.objectContaining({ traceId, traceFlags: 0 })]);
  expect(recorder.spans).toEqual([]);
});

it.each<[string, object]>([
  ['an option that there is not', { name: 'x' }],
  ['a tracer that is none', { tracer: 'x' }],
  ['another relation', { link: 'both' }],
])('refuses %s', (_what, options) => {
  expect(() => tracing(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

it.each([
  ['tcp://10.0.0.7:5556', { 'server.address': '10.0.0.7', 'server.port': 5556 }],
  ['tcp://[::1]:80', { 'server.address': '::1', 'server.port': 80 }],
  ['ipc:///tmp/a.sock', { 'server.address': '/tmp/a.sock' }],
  ['inproc://name', { 'server.address': 'name' }],
])('the address %s is told as %j', (address, attributes) => {
  expect(serverAttributes(address)).toEqual(attributes);
});
