import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startNode } from '@liberzmq-tooling/testkit';

const cwd = fileURLToPath(new URL('../..', import.meta.url));

/** As `@opentelemetry/sdk-node` would set up all of a program, with spans that are kept in memory. */
const SET_UP = `
  import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
  import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
  import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
  import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
  import { Client, Publisher, Puller, Pusher, Server, Subscriber } from '@liberzmq/core';
  import { tracing } from '@liberzmq/middleware/opentelemetry';
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  const tracer = trace.getTracer('test');
  const tenant = () => propagation.getBaggage(context.active())?.getEntry('tenant')?.value;
  const write = (value) => console.log(JSON.stringify(value));
  const writeSpans = async () => {
    await provider.forceFlush();
    write({
      spans: exporter.getFinishedSpans().map((span) => ({
        name: SpanKind[span.kind] + ' ' + span.name,
        trace: span.spanContext().traceId,
        id: span.spanContext().spanId,
        parent: span.parentSpanContext?.spanId,
        links: span.links.map((link) => link.context.spanId),
        error: span.attributes['error.type'],
      })),
    });
  };
`;

const SERVER = `${SET_UP}
  const address = 'tcp://127.0.0.1:*';
  const server = new Server({ address });
  const publisher = new Publisher({ address });
  const pusher = new Pusher({ address });
  for (const endpoint of [server, publisher, pusher]) endpoint.addMiddleware(tracing());
  server.registerHandler('order', async () => {
    await publisher.waitForSubscribers();
    await publisher.publish('ordered', 1);
    await pusher.pushTask('ship', 2);
    tracer.startSpan('work').end();
    return tenant();
  });
  server.registerHandler('fail', () => { throw new RangeError('too much'); });
  await Promise.all([server.startServer(), publisher.connect(), pusher.connect()]);
  write({ server: server.boundAddress, publisher: publisher.boundAddress, pusher: pusher.boundAddress });
  process.stdin.once('data', async () => {
    await Promise.all([server, publisher, pusher].map((each) => each.close()));
    await writeSpans();
    process.stdin.unref();
  });
`;

const CLIENT = `${SET_UP}
  const [server, publisher, pusher] = process.argv.slice(2);
  const client = new Client({ address: server });
  const subscriber = new Subscriber({ address: publisher });
  const puller = new Puller({ address: pusher });
  for (const endpoint of [client, subscriber, puller]) endpoint.addMiddleware(tracing());
  const heard = new Promise((resolve) => subscriber.subscribe('ordered', () => resolve(tenant())));
  const shipped = new Promise((resolve) => puller.registerTaskHandler('ship', () => resolve(tenant())));
  await Promise.all([subscriber.startListening(), puller.startWorker()]);
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
  await context.with(propagation.setBaggage(context.active(), baggage), () =>
    tracer.startActiveSpan('buy', async (span) => {
      write({ tenants: [await client.sendRequest('order'), await heard, await shipped] });
      span.end();
    }),
  );
  await client.sendRequest('fail').catch(() => undefined);
  await Promise.all([client, subscriber, puller].map((each) => each.close()));
  await writeSpans();
`;

interface ToldSpan {
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly links: readonly string[];
  readonly error?: string;
}

describe('across two processes', () => {
  let spans: readonly ToldSpan[] = [];
  let tenants: unknown;
  let codes: unknown;

  beforeAll(async () => {
    await using server = startNode({ code: SERVER }, { cwd });
    const addresses = await server.lines.nextLine();
    const args = ['server', 'publisher', 'pusher'].map((each) => String(addresses[each]));
    await using client = startNode({ code: CLIENT }, { cwd, args });
    ({ tenants } = await client.lines.nextLine());
    const ofClient = await client.lines.nextLine();
    server.send('stop');
    const ofServer = await server.lines.nextLine();
    spans = [ofClient, ofServer].flatMap((each) => each['spans'] as ToldSpan[]);
    codes = [await client.exitCode, await server.exitCode];
  });

  const one = (name: string): ToldSpan => {
    const [first, ...others] = spans.filter((span) => span.name === name);
    if (first === undefined || others.length > 0)
      throw new Error(`not one ${name}: ${spans.map((span) => span.name).join(', ')}`);
    return first;
  };

  it('one trace leads from the caller to the server, on to the worker, and each span is where it belongs', () => {
    const chain = ['INTERNAL buy', 'CLIENT order', 'SERVER order', 'PRODUCER send ship', 'CONSUMER process ship'];
    const [buy, ...others] = chain.map(one);
    expect(buy?.parent).toBeUndefined();
    expect(others.map((span) => span.parent)).toEqual([buy, ...others.slice(0, -1)].map((span) => span?.id));
    expect(new Set(chain.map((name) => one(name).trace)).size).toBe(1);
    expect(one('INTERNAL work').parent).toBe(one('SERVER order').id);
    expect(one('CONSUMER process ship').links).toEqual([one('PRODUCER send ship').id]);
  });

  it('a subscriber begins a trace of its own, with a link to the publication', () => {
    const [sent, processed] = [one('PRODUCER send ordered'), one('CONSUMER process ordered')];
    expect(sent.parent).toBe(one('SERVER order').id);
    expect(processed).toMatchObject({ links: [sent.id] });
    expect(processed.parent).toBeUndefined();
    expect(processed.trace).not.toBe(sent.trace);
  });

  it('a failure is told at both ends', () => {
    const [client, server] = [one('CLIENT fail'), one('SERVER fail')];
    expect([client.error, server.error]).toEqual(['REMOTE', 'REMOTE']);
    expect(server).toMatchObject({ parent: client.id, trace: client.trace });
  });

  it('baggage comes to the handler, the subscriber and the worker', () => {
    expect(tenants).toEqual(['acme', 'acme', 'acme']);
  });

  it('and both end by themselves', () => {
    expect(codes).toEqual([0, 0]);
  });
});
