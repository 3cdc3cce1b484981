import { describe, expect, it, jest } from '@jest/globals';
import { createError } from '@liberzmq/core';
import { getEventListeners } from 'node:events';
import type { Lease } from '../../src/lease.js';
import { type Pool } from '../../src/pool.js';
import { LATE_MS, pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Workshop, type Thing } from './workshop.js';

// Chance is 0: pauses are half as long as they may be, and lives as long.
useFakeClock({ chance: 0 });

describe('whoever acquires', () => {
  it('gets a new one, and then the one that was given back last', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ maxSize: 3 });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    expect(leases.map(({ value }) => value.id)).toEqual([1, 2, 3]);
    for (const n of [0, 2, 1] as const) leases[n].release();
    const again = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    expect(again.map(({ value }) => value.id)).toEqual([2, 3, 1]);
    expect(workshop.made).toBe(3);
    await pool.close({ timeoutMs: 0 });
  });

  it('makes nothing by the mere existence of the pool', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ minSize: 2 });
    await pass(60_000);
    expect([workshop.made, pool.stats().size, jest.getTimerCount()]).toEqual([0, 0, 0]);
  });

  it('waits where there are as many as may be, and gets it as soon as one is given back', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ maxSize: 1 });
    const first = await pool.acquire();
    const second = pool.acquire();
    expect(await stateOf(second)).toBe('pending');
    expect(pool.stats()).toMatchObject({ inUse: 1, waiting: 1, size: 1 });
    first.release();
    expect((await second).value).toEqual({ id: 1 });
    expect(workshop.made).toBe(1);
    (await second).release();
    await pool.close();
  });

  it('may have it at once, or not at all', async () => {
    const pool = new Workshop().pool({ maxSize: 1 });
    expect(pool.tryAcquire()).toBeUndefined();
    (await pool.acquire()).release();
    const lease = pool.tryAcquire();
    expect(lease?.value).toEqual({ id: 1 });
    expect(pool.tryAcquire()).toBeUndefined();
    const waiting = pool.acquire();
    lease?.release();
    expect(pool.tryAcquire()).toBeUndefined();
    (await waiting).release();
    await pool.close();
  });

  it('is served in turn, whatever happens between', async () => {
    const pool = new Workshop().pool({ maxSize: 2 });
    const held = [await pool.acquire(), await pool.acquire()];
    const served: number[] = [];
    const controller = new AbortController();
    const requests = Array.from({ length: 50 }, async (_, n) => {
      const lease = await pool.acquire(n % 10 === 5 ? { signal: controller.signal } : undefined);
      served.push(n);
      await turn();
      if (n % 7 === 3) lease.destroy();
      else lease.release();
    });
    controller.abort();
    for (const lease of held) lease.release();
    await Promise.allSettled(requests);
    expect(served).toEqual(Array.from({ length: 50 }, (_, n) => n).filter((n) => n % 10 !== 5));
    await pool.close();
  });

  it('is served before those of a lower priority, and in turn among equals', async () => {
    const pool = new Workshop().pool({ maxSize: 1 });
    const first = await pool.acquire();
    const served: string[] = [];
    const priorities = [0, 5, -1, 5, 0, 2.5];
    const requests = priorities.map(async (priority, n) => {
      const lease = await pool.acquire({ priority });
      served.push(`${n}:${priority}`);
      lease.release();
    });
    first.release();
    await Promise.all(requests);
    expect(served).toEqual(['1:5', '3:5', '5:2.5', '0:0', '4:0', '2:-1']);
    await pool.close();
  });

  it('may choose among any number of priorities', async () => {
    const pool = new Workshop().pool({ maxSize: 1 });
    const first = await pool.acquire();
    const served: number[] = [];
    const requests = Array.from({ length: 100 }, async (_, n) => {
      const priority = (n * 37) % 100;
      const lease = await pool.acquire({ priority });
      served.push(priority);
      lease.release();
    });
    first.release();
    await Promise.all(requests);
    expect(served).toEqual(Array.from({ length: 100 }, (_, n) => 99 - n));
    await pool.close();
  });

  it.each([
    ['timeoutMs 0', { timeoutMs: 0 }],
    ['timeoutMs NaN', { timeoutMs: NaN }],
    ['a signal that is none', { signal: {} }],
    ['a priority that is none', { priority: 'high' }],
    ['a priority without end', { priority: Infinity }],
    ['an unknown option', { timeout: 5 }],
    ['no object', 5],
    ['null', null],
  ])('is refused with %s, by a rejection', async (_what, options) => {
    const pool = new Workshop().pool();
    const request = pool.acquire(options as object);
    await expect(request).rejects.toMatchObject({ name: 'ConfigurationError', code: 'BAD_OPTION' });
    await pool.close();
  });
});

describe('whoever waits', () => {
  async function busy(options: Parameters<Workshop['pool']>[0] = {}): Promise<[Pool<Thing>, Lease<Thing>]> {
    const pool = new Workshop().pool({ maxSize: 1, ...options });
    return [pool, await pool.acquire()];
  }

  it('is told how things are when the time is up, and not before', async () => {
    const [pool, lease] = await busy({ name: 'the database', acquireTimeoutMs: 1_000 });
    await pass(4_000);
    const waiting = pool.acquire();
    const other = pool.acquire({ timeoutMs: Infinity });
    await pass(999);
    expect(await stateOf(waiting)).toBe('pending');
    await pass(LATE_MS);
    const error = (await stateOf(waiting)) as Error;
    expect(error).toMatchObject({
      name: 'PoolError',
      code: 'POOL_TIMEOUT',
      outcome: 'not-sent',
      retryable: true,
      details: {
        inUse: 1,
        idle: 0,
        creating: 0,
        waiting: 1,
        maxSize: 1,
        oldestHolder: { heldMs: expect.closeTo(5_000, -2) },
      },
    });
    expect(error.message).toMatch(
      /^the database: none was free within 10\d\d ms: 1 of 1 in use, 0 idle, 0 being made, 0 being checked, 0 being destroyed, 1 waiting; one has been held for 50\d\d ms \(leakThresholdMs tells by whom\); give them back sooner/,
    );
    lease.release();
    (await other).release();
    expect(pool.stats()).toMatchObject({ timedOut: 1, waiting: 0, idle: 1 });
    await pool.close();
  });

  it('is told who has held one for the longest time, if that is watched', async () => {
    const [pool, lease] = await busy({ leakThresholdMs: 60_000 });
    const waiting = pool.acquire({ timeoutMs: 10 }).catch((error: unknown) => error as Error);
    await pass(10 + LATE_MS);
    const error = (await waiting) as Error & { details: { oldestHolder: { stack: string } } };
    expect(error.message).toContain('one has been held for');
    expect(error.message).toContain('acquire.test.ts');
    expect(error.details.oldestHolder.stack.split('\n')[0]).toContain('acquire.test.ts');
    lease.release();
    await pool.close();
  });

  it('leaves when the signal aborts, and leaves nothing behind', async () => {
    const [pool, lease] = await busy();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [pool.acquire({ signal }), pool.acquire({ signal }), pool.acquire()];
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort('enough');
    for (const each of waiting.slice(0, 2)) {
      await expect(each).rejects.toMatchObject({
        name: 'CancelledError',
        code: 'ABORTED',
        outcome: 'not-sent',
        cause: 'enough',
      });
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(pool.stats()).toMatchObject({ waiting: 1, timedOut: 0 });
    lease.release();
    (await waiting[2])?.release();
    await pool.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not wait with a signal that has aborted, though there is one', async () => {
    const [pool, lease] = await busy();
    lease.release();
    await expect(pool.acquire({ signal: AbortSignal.abort('no') })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'no',
    });
    expect(pool.stats()).toMatchObject({ idle: 1, acquired: 1 });
    await pool.close();
  });

  it('has no listener left on its signal, and no timer, when it was served', async () => {
    const [pool, lease] = await busy({ idleTimeoutMs: Infinity, maxLifetimeMs: Infinity });
    const { signal } = new AbortController();
    const waiting = pool.acquire({ signal, timeoutMs: 1_000 });
    lease.release();
    const second = await waiting;
    expect([getEventListeners(signal, 'abort'), jest.getTimerCount()]).toEqual([[], 0]);
    second.release();
    await pool.close();
  });

  it('is refused at once past maxWaiters', async () => {
    const [pool, lease] = await busy({ maxWaiters: 2 });
    const waiting = [pool.acquire(), pool.acquire()];
    await expect(pool.acquire()).rejects.toMatchObject({
      name: 'PoolError',
      code: 'POOL_EXHAUSTED',
      outcome: 'not-sent',
      retryable: true,
      message: expect.stringMatching(/^pool: 2 wait already, which is all that may \(maxWaiters\): 1 of 1 in use/),
      details: { inUse: 1, waiting: 2, maxSize: 1 },
    });
    expect(pool.stats()).toMatchObject({ waiting: 2, refused: 1 });
    lease.release();
    (await waiting[0])?.release();
    (await waiting[1])?.release();
    await pool.close();
  });

  it('need not be anybody: with maxWaiters 0 there is one at once, or made at once, or none', async () => {
    const pool = new Workshop().pool({ maxSize: 2, maxWaiters: 0 });
    await pool.connect();
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'POOL_EXHAUSTED', details: { inUse: 2, waiting: 0 } });
    for (const lease of leases) lease.release();
    await pool.close();
  });

  it('does not count while there is room for it', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool({ maxSize: 3, maxWaiters: 1 });
    const waiting = Array.from({ length: 4 }, () => pool.acquire());
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'POOL_EXHAUSTED' });
    workshop.isHeld = false;
    for (const making of workshop.makings) making.finish();
    for (const each of waiting) (await each).release();
    await pool.close();
  });

  it('loses nothing to whoever gave up before', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool({ maxSize: 1, acquireTimeoutMs: 100 });
    const impatient = pool.acquire().catch((error: unknown) => (error as { code: string }).code);
    await pass(100 + LATE_MS);
    expect(await impatient).toBe('POOL_TIMEOUT');
    workshop.makings[0]?.finish();
    await turn();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1, inUse: 0 });
    const lease = await pool.acquire();
    expect(lease.value.id).toBe(1);
    lease.release();
    await pool.close();
  });
});

describe('use', () => {
  it('gives back what was lent, with the result of the function', async () => {
    const pool = new Workshop().pool();
    await expect(pool.use(({ id }) => id)).resolves.toBe(1);
    await expect(pool.use(async ({ id }) => `${id}`)).resolves.toBe('1');
    expect(pool.stats()).toMatchObject({ inUse: 0, idle: 1, acquired: 2, released: 2 });
    await pool.close();
  });

  it('gives it back when the function fails, and throws that', async () => {
    const pool = new Workshop().pool();
    const error = createError('REMOTE', 'no');
    await expect(pool.use(() => Promise.reject(error))).rejects.toBe(error);
    await expect(
      pool.use(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(pool.stats()).toMatchObject({ inUse: 0, idle: 1 });
    await pool.close();
  });

  it('lets the function send it away', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool();
    await pool.use((_thing, lease) => lease.destroy());
    expect(workshop.destroyed).toEqual([[1, 'unwanted']]);
    await pool.close();
  });

  it('passes its options on', async () => {
    const pool = new Workshop().pool();
    await expect(pool.use(() => 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    await pool.close();
  });
});
