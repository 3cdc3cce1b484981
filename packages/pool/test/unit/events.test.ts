import { describe, expect, it, jest } from '@jest/globals';
import { configureLogging, type Logger } from '@liberzmq/core';
import type { PoolEvents } from '../../src/pool-events.js';
import { LATE_MS, pass, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Workshop } from './workshop.js';

// Chance is 0: pauses are half as long as they may be, and lives as long.
useFakeClock({ chance: 0 });

const warnings: [facts: unknown, message: unknown][] = [];
const silent = (): undefined => undefined;
const logger: Logger = {
  level: 'warn',
  trace: silent,
  debug: silent,
  info: silent,
  warn: (facts: unknown, message?: unknown) => void warnings.push([facts, message]),
  error: silent,
  fatal: silent,
  child: () => logger,
};
configureLogging({ logger });

describe('what a pool tells', () => {
  it('is what was made, lent, waited for, given back and destroyed', async () => {
    const pool = new Workshop().pool({ maxSize: 1 });
    const told: unknown[] = [];
    const types: (keyof PoolEvents)[] = [
      'acquired',
      'released',
      'created',
      'destroyed',
      'waiting',
      'timedOut',
      'closed',
    ];
    for (const type of types) pool.on(type, (event) => told.push([type, rounded(event)]));
    const lease = await pool.acquire();
    const late = pool.acquire({ timeoutMs: 10 }).catch(() => undefined);
    const waiting = pool.acquire();
    await pass(10 + LATE_MS);
    await late;
    await pass(35);
    lease.release();
    (await waiting).destroy();
    await turn();
    await pool.close();
    expect(told).toEqual([
      ['waiting', { waiting: 1 }],
      ['created', { tookMs: 0 }],
      ['acquired', { waitedMs: 0 }],
      ['waiting', { waiting: 1 }],
      ['waiting', { waiting: 2 }],
      ['timedOut', { waitedMs: 10 }],
      ['released', { heldMs: 50 }],
      ['acquired', { waitedMs: 50 }],
      ['released', { heldMs: 0 }],
      ['destroyed', { reason: 'unwanted', error: undefined }],
      ['closed', {}],
    ]);
  });

  it('is heard until one listens no more, and in a loop until it is closed', async () => {
    const pool = new Workshop().pool();
    const listener = jest.fn();
    pool.on('acquired', listener);
    const loop = (async () => {
      const seen: string[] = [];
      for await (const event of pool.events()) seen.push(event.type);
      return seen;
    })();
    (await pool.acquire()).release();
    pool.off('acquired', listener);
    (await pool.acquire()).release();
    await pool.close();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(await loop).toEqual([
      'waiting',
      'created',
      'acquired',
      'released',
      'acquired',
      'released',
      'destroyed',
      'closed',
    ]);
  });

  it('may be answered by using the pool', async () => {
    const pool = new Workshop().pool({ maxSize: 2 });
    const extra: unknown[] = [];
    pool.on('acquired', () => {
      if (extra.length === 0) extra.push(pool.acquire());
    });
    (await pool.acquire()).release();
    await turn();
    expect(pool.stats()).toMatchObject({ inUse: 1, idle: 1 });
    await pool.close({ timeoutMs: 0 });
  });

  it('is how long they waited', async () => {
    const pool = new Workshop().pool({ maxSize: 1 });
    (await pool.acquire()).release();
    for (const ms of [0, 3, 30, 300]) {
      const lease = await pool.acquire();
      const waiting = pool.acquire();
      await pass(ms);
      lease.release();
      (await waiting).release();
    }
    const { count, sumMs, maxMs, buckets } = pool.stats().waitTimes;
    expect([count, Math.round(sumMs), Math.round(maxMs)]).toEqual([9, 333, 300]);
    const counts = Object.fromEntries(buckets.map(({ upToMs, count: upTo }) => [upToMs, upTo]));
    expect(counts).toMatchObject({ 0: 6, 2: 6, 5: 7, 20: 7, 50: 8, 200: 8, 500: 9, Infinity: 9 });
    await pool.close();
  });
});

it('the figures agree with each other whenever one is told of something', async () => {
  const pool = new Workshop().pool({ maxSize: 3, destroy: undefined });
  const wrong: unknown[] = [];
  const types = ['acquired', 'released', 'created', 'destroyed', 'waiting', 'closed'] as const;
  for (const type of types) {
    pool.on(type, () => {
      const stats = pool.stats();
      const { size, inUse, idle, creating, validating, destroying, acquired, released } = stats;
      if (size !== inUse + idle + creating + validating + destroying) wrong.push([type, stats]);
      if (acquired - released < inUse) wrong.push([type, stats]);
    });
  }
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
  const waiting = pool.acquire();
  leases[0].release();
  leases[1].destroy();
  await waiting;
  await pool.close({ timeoutMs: 0 });
  expect(wrong).toEqual([]);
  expect(pool.stats()).toMatchObject({ acquired: 4, released: 4, inUse: 0, destroyed: 3 });
});

describe('what was not given back in time', () => {
  it('is reported once, with the place where it was asked for', async () => {
    const pool = new Workshop().pool({ name: 'the database', leakThresholdMs: 1_000 });
    const leaks: PoolEvents['leaked'][] = [];
    pool.on('leaked', (leak) => leaks.push(leak));
    const atOnce = await pool.acquire();
    atOnce.release();
    const lease = pool.tryAcquire();
    const other = await pool.acquire();
    await pass(999);
    other.release();
    expect(leaks).toEqual([]);
    warnings.length = 0;
    await pass(1 + LATE_MS);
    await pass(10_000);
    expect(leaks).toEqual([{ heldMs: expect.closeTo(1_000, -1), stack: expect.stringContaining('events.test.ts') }]);
    expect(leaks[0]?.stack.split('\n')[0]).toContain('events.test.ts');
    expect(warnings).toEqual([[leaks[0], 'the database: one was not given back within 1000 ms']]);
    expect(pool.stats().leaked).toBe(1);
    lease?.release();
    await pool.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not watched by default', async () => {
    const pool = new Workshop().pool({ maxSize: 1 });
    const leaked = jest.fn();
    pool.on('leaked', leaked);
    const lease = await pool.acquire();
    await pass(60 * 60_000);
    expect(leaked).not.toHaveBeenCalled();
    lease.release();
    await pool.close();
  });

  it('is watched no more when the pool is closed', async () => {
    const pool = new Workshop().pool({ leakThresholdMs: 1_000 });
    await pool.acquire();
    await pool.close({ timeoutMs: 0 });
    expect(jest.getTimerCount()).toBe(0);
  });
});

function rounded(event: object): object {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]) => [
      key,
      typeof value === 'number' ? Math.round(value / 10) * 10 || (value < 5 ? value : 0) : (value as unknown),
    ]),
  );
}
