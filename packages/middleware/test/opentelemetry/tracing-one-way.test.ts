import { describe, expect, it } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { Dealer, Puller, Pusher, Router, type ActionHandler, type Middleware } from '@liberzmq/core';
import { tracing } from '../../src/opentelemetry/tracing.js';
import type { Relation } from '../../src/opentelemetry/tracing-options.js';
import { nextTurn, pairsOfTest, until } from '../messages/pairs.js';
import { idsOf, linksOf, recorderOfTests } from './span-recorder.js';

const open = pairsOfTest();
const recorder = recorderOfTests();
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function traced(pattern: 'publish' | 'task', handler: ActionHandler = () => undefined, link?: Relation) {
  const pair = await open(pattern, { handler });
  for (const end of [pair.sender, pair.receiver]) end.addMiddleware(tracing({ ...recorder.options, link }));
  return pair;
}

describe.each([
  ['publish', 'link'],
  ['task', 'parent'],
] as const)('%s', (pattern, relation) => {
  it('has a span for sending and one for processing, by the names of the conventions', async () => {
    const pair = await traced(pattern);
    await pair.send(1, { subject: 'things' });
    const producer = await recorder.one('PRODUCER', 'send things');
    const consumer = await recorder.one('CONSUMER', 'process things');
    const common = { 'messaging.system.name': 'zeromq', 'messaging.destination.name': 'things' };
    expect(producer.attributes).toEqual({
      ...common,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    });
    expect(consumer.attributes).toEqual({
      ...common,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      ...(pattern === 'task' && { 'messaging.message.id': pair.arrived[0]?.context?.requestId }),
    });
    expect(recorder.spans).toHaveLength(2);
  });

  it.each([undefined, 'link', 'parent'] as const)('with link: %s', async (link) => {
    const pair = await traced(pattern, undefined, link);
    await pair.send(1);
    const [producer, consumer] = [await recorder.one('PRODUCER'), await recorder.one('CONSUMER')];
    expect(linksOf(consumer)).toEqual([idsOf(producer).id]);
    if ((link ?? relation) === 'parent')
      expect(idsOf(consumer)).toMatchObject({ trace: idsOf(producer).trace, parent: idsOf(producer).id });
    else {
      expect(idsOf(consumer).parent).toBeUndefined();
      expect(idsOf(consumer).trace).not.toBe(idsOf(producer).trace);
    }
  });

  it('handlers run in the context of their message, also after they have waited', async () => {
    const tracer = recorder.provider.getTracer('test');
    const pair = await traced(pattern, async () => {
      await nextTurn();
      tracer.startSpan('work').end();
    });
    await tracer.startActiveSpan('caller', async (span) => {
      await pair.send(1);
      span.end();
    });
    const [caller, work] = [await recorder.one('INTERNAL', 'caller'), await recorder.one('INTERNAL', 'work')];
    const [producer, consumer] = [await recorder.one('PRODUCER'), await recorder.one('CONSUMER')];
    expect(idsOf(producer).parent).toBe(idsOf(caller).id);
    expect(idsOf(work).parent).toBe(idsOf(consumer).id);
  });

  it('a context that its sender has put into the headers is left there, and linked', async () => {
    const pair = await traced(pattern);
    const { headers } = await pair.exchange(1, { headers: { traceparent } });
    expect(headers).toEqual({ traceparent });
    expect(linksOf(await recorder.one('PRODUCER'))).toEqual(['b7ad6b7169203331']);
    expect(linksOf(await recorder.one('CONSUMER'))).toEqual(['b7ad6b7169203331']);
  });

  it('without a context begins a trace', async () => {
    const pair = await open(pattern);
    pair.receiver.addMiddleware(tracing(recorder.options));
    await pair.send(1);
    const consumer = await recorder.one('CONSUMER');
    expect([idsOf(consumer).parent, consumer.links]).toEqual([undefined, []]);
  });

  it('what a middleware drops has the reason, and is no error', async () => {
    const pair = await traced(pattern);
    const picky: Middleware = {
      name: 'picky',
      incoming: (message) => {
        message.drop('too old');
      },
    };
    pair.receiver.addMiddleware(picky, { position: 'first' });
    await pair.send(1);
    const { attributes, status } = await recorder.one('CONSUMER');
    expect(attributes['liberzmq.drop.reason']).toBe('too old');
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });
});

it('a task whose handler fails has the error, and its exception', async () => {
  await using pusher = await new Pusher({ address: 'inproc://failing-task' }).connect();
  await using puller = new Puller({ address: 'inproc://failing-task' }).addMiddleware(tracing(recorder.options));
  puller.registerTaskHandler('work', () => {
    throw new RangeError('too much');
  });
  await puller.startWorker();
  await pusher.pushTask('work');
  const { attributes, status, events } = await recorder.one('CONSUMER');
  expect(attributes['error.type']).toBe('RangeError');
  expect(attributes).not.toHaveProperty('rpc.status_code');
  expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'too much' });
  expect(events.map(({ name }) => name)).toEqual(['exception']);
});

it('a send that is given up has the code', async () => {
  await using pusher = new Pusher({ address: 'inproc://nobody-pulls' }).addMiddleware(tracing(recorder.options));
  await pusher.connect();
  await pusher.pushTask('work', 1, { timeoutMs: 20 }).catch(() => undefined);
  expect((await recorder.one('PRODUCER')).attributes['error.type']).toBe('TIMEOUT');
});

it('the span of a task that a loop takes ends when it is taken', async () => {
  await using pusher = await new Pusher({ address: 'inproc://taken-task' }).connect();
  await using puller = new Puller({ address: 'inproc://taken-task' });
  for (const end of [pusher, puller]) end.addMiddleware(tracing(recorder.options));
  const sent = pusher.pushTask('work');
  await puller.pullTask();
  await sent;
  await recorder.one('CONSUMER', 'process work');
});

it('dealers and routers have spans for what they send and receive, without the ids', async () => {
  await using router = await new Router({ address: 'inproc://traced-router' }).connect();
  await using dealer = new Dealer({ address: 'inproc://traced-router' });
  for (const end of [router, dealer]) end.addMiddleware(tracing(recorder.options));
  await dealer.sendRequest('ask');
  await router.receiveRequest();
  await until(() => recorder.spans.length === 2, 'both are there');
  const [sent, received] = [await recorder.one('PRODUCER', 'send'), await recorder.one('CLIENT', 'receive')];
  expect(received.attributes).toEqual({
    'messaging.system.name': 'zeromq',
    'messaging.operation.name': 'receive',
    'messaging.operation.type': 'receive',
  });
  expect(idsOf(received)).toMatchObject({ trace: idsOf(sent).trace, parent: idsOf(sent).id });
  expect(linksOf(received)).toEqual([idsOf(sent).id]);
});
