import { afterEach, describe, expect, it } from '@jest/globals';
import { createError, type Requester, type RequestOptions } from '@liberzmq/core';
import { LatencyQuantile } from '../../src/attempts/latency-quantile.js';
import { LoadBalancedClient, type HedgeOptions } from '../../src/index.js';
import { Scripted } from './scripted.js';

const opened: LoadBalancedClient[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close({ timeoutMs: 0 });
});

/** Answers after so many ms, or when it is aborted. */
class Slow implements Requester {
  readonly asked: RequestOptions[] = [];
  aborted = 0;
  constructor(
    readonly name: string,
    public delayMs: number,
  ) {}

  sendRequest(_action: string, _data?: unknown, options: RequestOptions = {}): Promise<unknown> {
    this.asked.push(options);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, this.delayMs, this.name);
      options.signal?.addEventListener('abort', () => {
        this.aborted += 1;
        clearTimeout(timer);
        reject(new Error('aborted'));
      });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function hedged(delays: readonly number[], hedge: HedgeOptions | boolean): [LoadBalancedClient, Slow[]] {
  const members = delays.map((delayMs, n) => new Slow(`m${n}`, delayMs));
  const client = new LoadBalancedClient({
    addresses: members.map((requester) => ({ key: requester.name, requester })),
    strategy: 'first',
    idempotent: true,
    healthCheck: false,
    hedge,
  });
  opened.push(client);
  return [client, members];
}

describe('a request that takes long', () => {
  it('is asked of a second member, and the first answer is taken; the loser is cancelled', async () => {
    const [client, [slow, quick]] = hedged([10_000, 1], { afterMs: 20, maxShare: 1 }) as [
      LoadBalancedClient,
      [Slow, Slow],
    ];
    const events: unknown[] = [];
    client.on('hedged', (event) => events.push(event));
    expect(await client.sendRequest('act')).toBe('m1');
    await new Promise((resolve) => setImmediate(resolve));
    expect([slow.aborted, quick.aborted, quick.asked[0]?.headers]).toEqual([1, 0, { attempt: '2' }]);
    expect(events).toEqual([{ action: 'act', member: 'm1' }]);
    expect(client.stats()).toMatchObject({ hedges: 1, retries: 0 });
    expect(client.stats().members.map(({ inFlight, failures }) => [inFlight, failures])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('is not asked twice if it may not be run twice, or there is nobody else', async () => {
    const [client, [slow, other]] = hedged([80, 1], { afterMs: 10, maxShare: 1 }) as [LoadBalancedClient, [Slow, Slow]];
    expect(await client.sendRequest('act', 1, { idempotent: false })).toBe('m0');
    expect([slow.asked.length, other.asked.length]).toEqual([1, 0]);
    const [alone] = hedged([60], { afterMs: 10, maxShare: 1 });
    expect(await alone.sendRequest('act')).toBe('m0');
    expect(alone.stats().hedges).toBe(0);
  });

  it('is answered by an error of the handler as well, and else by whoever does not fail', async () => {
    const members = [
      new Scripted(() => new Promise(() => undefined)),
      new Scripted((call) => (call === 1 ? createError('REMOTE', 'no such user') : createError('UNREACHABLE', 'gone'))),
    ];
    const client = new LoadBalancedClient({
      addresses: members.map((requester, n) => ({ key: `m${n}`, requester })),
      ...{ strategy: 'first', idempotent: true, healthCheck: false, ejection: false },
      hedge: { afterMs: 5, maxShare: 1 },
    });
    opened.push(client);
    await expect(client.sendRequest('act', 1, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'REMOTE' });
    // The second one is not there; what the first one comes to counts.
    const error = client.sendRequest('act', 1, { timeoutMs: 100, retries: 0 });
    await expect(error).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(client.stats()).toMatchObject({ hedges: 2, members: [{ inFlight: 0 }, { inFlight: 0 }] });
  });

  it('is not ended by an answer that says that it may be tried again', async () => {
    const members = [
      new Scripted(() => new Promise((resolve) => setTimeout(resolve, 50, 'slow'))),
      new Scripted(() => createError('REMOTE', 'try again', { retryable: true })),
    ];
    const client = new LoadBalancedClient({
      addresses: members.map((requester, n) => ({ key: `m${n}`, requester })),
      ...{ strategy: 'first', idempotent: true, healthCheck: false },
      hedge: { afterMs: 5, maxShare: 1 },
    });
    opened.push(client);
    expect(await client.sendRequest('act')).toBe('slow');
    expect(client.stats().hedges).toBe(1);
  });

  it('is asked twice no more often than it may', async () => {
    const [client] = hedged([40, 1], { afterMs: 5, maxShare: 0.1 });
    await Promise.all(Array.from({ length: 100 }, () => client.sendRequest('act')));
    expect(client.stats().hedges).toBeLessThanOrEqual(10);
    expect(client.stats().hedges).toBeGreaterThan(0);
  });

  it('is one that takes longer than 95 of 100, where nothing else is said', async () => {
    const [client, [first]] = hedged([1, 1], { maxShare: 1 }) as [LoadBalancedClient, [Slow, Slow]];
    for (let n = 0; n < 40; n += 1) await client.sendRequest('act');
    first.delayMs = 5_000;
    expect(await client.sendRequest('act')).toBe('m1');
  });
});

describe('the quantile of latencies', () => {
  it('says nothing before it knows enough, and then what 95 of 100 do not exceed', () => {
    const quantile = new LatencyQuantile(0.95);
    for (let n = 1; n < 20; n += 1) quantile.observe(n);
    expect(quantile.value).toBeUndefined();
    quantile.observe(20);
    expect(quantile.value).toBe(19);
    for (let n = 0; n < 1_000; n += 1) quantile.observe((n * 37) % 100);
    expect(quantile.value).toBeGreaterThanOrEqual(90);
    expect(quantile.value).toBeLessThanOrEqual(99);
    for (let n = 0; n < 200; n += 1) quantile.observe(1);
    expect(quantile.value).toBe(1);
  });
});

it.each([{ afterMs: 0 }, { maxShare: 0 }, { maxShare: 2 }, { after: 5 }, 'p95'])(
  'hedging is refused with %j',
  (hedge) => {
    expect(() => hedged([1], hedge as HedgeOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  },
);
