import { describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { createError, Service, stack, type Layer, type Requester } from '@liberzmq/core';
import { requestTracing } from '../../src/opentelemetry/request-tracing.js';
import { tracing } from '../../src/opentelemetry/tracing.js';
import { ScriptedRequester } from '../layers/fake-inner.js';
import { pairsOfTest } from '../messages/pairs.js';
import { idsOf, recorderOfTests } from './span-recorder.js';

const open = pairsOfTest();
const recorder = recorderOfTests();

/** Asks again where it has failed, so many times in all. */
function attempts(most: number): Layer {
  return (inner) => ({
    async sendRequest(action, data, options) {
      for (let n = 1; ; n += 1) {
        try {
          return await inner.sendRequest(action, data, options);
        } catch (error) {
          if (n === most) throw error;
        }
      }
    },
    close: (options) => inner.close(options),
  });
}

function traced(most: number, inner: Requester): Requester {
  const { whole, attempt } = requestTracing({ tracerProvider: recorder.provider });
  return stack([whole, attempts(most), attempt], inner);
}

const gone = createError('UNREACHABLE', 'gone');

describe('over retries', () => {
  it('there is a span for the whole, and one beneath it for each attempt, with its number', async () => {
    const inner = new ScriptedRequester();
    inner.script = [gone, gone, 'fine'];
    expect(await traced(3, inner).sendRequest('add', 1)).toBe('fine');
    const [first, second, third, whole] = recorder.spans;
    if (!first || !second || !third || !whole) throw new Error('there are fewer');
    expect(recorder.names).toEqual(['add', 'add', 'add', 'add']);
    expect(whole.attributes).toEqual({ 'rpc.system.name': 'zeromq', 'rpc.method': 'add' });
    // What was made good by another attempt is no error of the whole.
    expect(whole.status.code).toBe(SpanStatusCode.UNSET);
    expect([first, second, third].map(({ attributes }) => attributes['liberzmq.attempt'])).toEqual([1, 2, 3]);
    expect([first, second, third].map((each) => idsOf(each).parent)).toEqual(Array(3).fill(idsOf(whole).id));
    expect([first, second, third].map(({ status }) => status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ]);
    expect(first.attributes).toMatchObject({ 'error.type': 'UNREACHABLE', 'rpc.status_code': 'UNREACHABLE' });
  });

  it('the whole has the error that its caller gets, and foreign errors with their exception', async () => {
    const inner = new ScriptedRequester();
    inner.script = [gone, new TypeError('no function')];
    await expect(traced(2, inner).sendRequest('add')).rejects.toThrow('no function');
    const whole = recorder.spans.at(-1);
    expect(whole?.attributes).toMatchObject({ 'error.type': 'TypeError' });
    expect(whole?.attributes).not.toHaveProperty('rpc.status_code');
    expect(whole?.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('many at once are counted each by itself', async () => {
    const inner = new ScriptedRequester();
    inner.script = [gone, gone, 'a', 'b'];
    await Promise.all([traced(2, inner).sendRequest('one'), traced(2, inner).sendRequest('two')]);
    const numbers = recorder.spans.map(({ name, attributes }) => `${name} ${String(attributes['liberzmq.attempt'])}`);
    expect(numbers.sort()).toEqual(['one 1', 'one 2', 'one undefined', 'two 1', 'two 2', 'two undefined']);
  });
});

describe('with a client that has tracing itself', () => {
  /** A client that fails once, and is answered then. */
  async function failingOnce() {
    let calls = 0;
    const pair = await open('request', {
      handler: () => {
        calls += 1;
        if (calls === 1) throw createError('REMOTE', 'not yet');
        return 'done';
      },
    });
    for (const end of [pair.sender, pair.receiver]) end.addMiddleware(tracing(recorder.options));
    const client: Requester = {
      sendRequest: (subject, body, { headers } = {}) => pair.send(body, { subject, ...(headers && { headers }) }),
      close: () => Promise.resolve(),
    };
    return { pair, client };
  }

  it('an attempt has one span, and that is the parent at the server', async () => {
    const { client } = await failingOnce();
    expect(await traced(2, client).sendRequest('act')).toBe('done');
    const clients = recorder.spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    const servers = recorder.spans.filter(({ kind }) => kind === SpanKind.SERVER);
    const [first, second, whole] = clients;
    expect(clients.map(({ attributes }) => attributes['liberzmq.attempt'])).toEqual([1, 2, undefined]);
    expect(servers.map((span) => idsOf(span).parent)).toEqual([first && idsOf(first).id, second && idsOf(second).id]);
    expect(new Set(recorder.spans.map((span) => idsOf(span).trace))).toEqual(new Set([whole && idsOf(whole).trace]));
  });

  it('and no layer for attempts, its own spans are beneath the whole', async () => {
    const { client } = await failingOnce();
    const { whole } = requestTracing({ tracerProvider: recorder.provider });
    await stack([whole, attempts(2)], client).sendRequest('act');
    const clients = recorder.spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    const outer = clients.at(-1);
    expect(clients.map((span) => idsOf(span).parent)).toEqual([
      outer && idsOf(outer).id,
      outer && idsOf(outer).id,
      undefined,
    ]);
  });

  it('what the handler of an attempt asks for has spans of its own', async () => {
    const { client } = await failingOnce();
    const service = new Service({ handlers: { outer: () => client.sendRequest('inner').catch(() => 'failed') } });
    expect(await traced(1, service).sendRequest('outer')).toBe('failed');
    const [inner, attempt] = [await recorder.one('CLIENT', 'inner'), recorder.spans.at(-2)];
    expect(idsOf(inner).parent).toBe(attempt && idsOf(attempt).id);
  });
});

it.each<[string, object]>([
  ['an option that there is not', { attempts: true }],
  ['a provider that is none', { tracerProvider: 'x' }],
])('refuses %s', (_what, options) => {
  expect(() => requestTracing(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
