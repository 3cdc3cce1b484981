import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, jest } from '@jest/globals';
import { AuthenticationError, configureLogging, createError } from '@liberzmq/core';
import { LATE_MS, pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Workshop } from './workshop.js';

configureLogging({ level: 'silent' });
// Chance is 0: pauses are half as long as they may be, and lives as long.
useFakeClock({ chance: 0 });

const REFUSED = createError('UNREACHABLE', 'nobody listens there');

describe('what cannot be made', () => {
  it('is tried again after pauses that grow, and not in between', async () => {
    const workshop = new Workshop();
    workshop.failure = REFUSED;
    const pool = workshop.pool({ createBackoffMs: 100, createBackoffMaxMs: 1_000, acquireTimeoutMs: Infinity });
    const pauses: number[] = [];
    pool.on('createFailed', ({ retryInMs, failures, error }) => {
      pauses.push(Math.round(retryInMs));
      expect([failures, error]).toEqual([pauses.length, REFUSED]);
    });
    const waiting = pool.acquire();
    await pass(3_000);
    // Chance is 0, and so each pause is half as long as it may be.
    expect(pauses).toEqual([50, 100, 200, 400, 500, 500, 500, 500, 500]);
    expect(pool.stats()).toMatchObject({ createFailed: 9, created: 0, size: 0, waiting: 1 });
    workshop.failure = undefined;
    await pass(500);
    (await waiting).release();
    await pool.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is the cause that those hear who waited in vain', async () => {
    const workshop = new Workshop();
    workshop.failure = REFUSED;
    const pool = workshop.pool({ acquireTimeoutMs: 1_000 });
    const waiting = pool.acquire().catch((error: unknown) => error);
    await pass(1_000 + LATE_MS);
    expect(await waiting).toMatchObject({
      code: 'POOL_TIMEOUT',
      outcome: 'not-sent',
      cause: REFUSED,
      message: expect.stringContaining('the last attempt to make one failed: nobody listens there'),
    });
    await pool.close();
  });

  it('is no cause any more once one was made', async () => {
    const workshop = new Workshop();
    workshop.failure = REFUSED;
    const pool = workshop.pool({ maxSize: 1 });
    const first = pool.acquire();
    await turn();
    workshop.failure = undefined;
    await pass(1_000);
    const lease = await first;
    const waiting = pool.acquire({ timeoutMs: 100 }).catch((error: unknown) => error);
    await pass(100 + LATE_MS);
    expect((await waiting) as Error).not.toHaveProperty('cause');
    lease.release();
    await pool.close();
  });

  it('is tried by one at a time until it has succeeded, however many wait', async () => {
    const workshop = new Workshop();
    workshop.failure = REFUSED;
    const pool = workshop.pool({ maxSize: 10 });
    const waiting = Array.from({ length: 10 }, () => pool.acquire());
    await turn();
    expect(pool.stats().createFailed).toBe(10);
    await pass(400);
    // All ten of the first attempt count as one failure, and each further attempt is a single one: after 50, 150 and 350 ms.
    expect(pool.stats().createFailed).toBe(13);
    workshop.failure = undefined;
    await pass(400);
    expect(pool.stats()).toMatchObject({ inUse: 10, waiting: 0 });
    for (const lease of await Promise.all(waiting)) lease.release();
    await pool.close();
  });

  it.each([
    ['BAD_OPTION', createError('BAD_OPTION', 'no such serializer')],
    ['UNAUTHENTICATED', new AuthenticationError('UNAUTHENTICATED', 'who are you?')],
  ])('for a reason that will not go away, %s, fails those who wait at once', async (_code, error) => {
    const workshop = new Workshop();
    workshop.failure = error;
    const pool = workshop.pool();
    const waiting = [pool.acquire(), pool.acquire()];
    for (const each of waiting) await expect(each).rejects.toBe(error);
    expect(pool.stats()).toMatchObject({ waiting: 0, size: 0 });
    await pool.close();
  });

  it('is thrown to connect() at once', async () => {
    const workshop = new Workshop();
    workshop.failure = REFUSED;
    const pool = workshop.pool();
    await expect(pool.connect()).rejects.toBe(REFUSED);
    workshop.failure = undefined;
    await pass(1_000);
    await expect(pool.connect()).resolves.toBe(pool);
    await pool.close();
  });

  it.each([
    ['nothing', () => undefined],
    ['text', () => 'no'],
    ['an error at once', () => REFUSED],
  ])('may throw %s', async (_what, thrown) => {
    const error: unknown = thrown();
    const pool = new Workshop().pool({
      create: () => {
        throw error;
      },
      acquireTimeoutMs: 10,
    });
    const waiting = pool.acquire().catch((timedOut: unknown) => timedOut);
    await pass(10 + LATE_MS);
    expect((await waiting) as { cause?: unknown }).toMatchObject({ code: 'POOL_TIMEOUT', cause: error });
    await pool.close();
  });
});

describe('what takes longer to be made than it may', () => {
  it('is told so, counts as a failure, and keeps its place until it has settled', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool({ maxSize: 1, createTimeoutMs: 200 });
    const failures: unknown[] = [];
    pool.on('createFailed', ({ error }) => failures.push(error));
    const waiting = pool.acquire();
    await pass(200 + LATE_MS);
    expect(workshop.makings[0]?.context.signal.aborted).toBe(true);
    expect(failures).toEqual([
      expect.objectContaining({
        code: 'TIMEOUT',
        message: 'pool: making one took longer than 200 ms (createTimeoutMs)',
      }),
    ]);
    await pass(5_000);
    expect(workshop.makings).toHaveLength(1);
    expect(pool.stats()).toMatchObject({ size: 1, creating: 1, waiting: 1 });
    workshop.isHeld = false;
    workshop.makings[0]?.fail(new Error('gave up'));
    (await waiting).release();
    expect(pool.stats()).toMatchObject({ size: 1, createFailed: 1 });
    await pool.close();
  });

  it('is destroyed when it comes after all, and another one takes its place', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool({ maxSize: 1, createTimeoutMs: 200 });
    const waiting = pool.acquire();
    await pass(300);
    workshop.isHeld = false;
    workshop.makings[0]?.finish();
    await pass(100);
    expect(workshop.destroyed).toEqual([[1, 'late']]);
    expect((await waiting).value.id).toBe(2);
    expect(workshop.most).toBe(1);
    (await waiting).release();
    await pool.close();
  });
});

describe('what says of itself that it is broken', () => {
  it('is dropped at once where it is idle, and a new one takes its place', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ minSize: 1 });
    const destroyed: unknown[] = [];
    pool.on('destroyed', (event) => destroyed.push(event));
    (await pool.acquire()).release();
    await pass(2_000);
    workshop.contexts[1]?.broken('the cable was cut');
    await turn();
    expect(destroyed).toEqual([{ reason: 'broken', error: 'the cable was cut' }]);
    expect([...workshop.living]).toEqual([2]);
    workshop.contexts[1]?.broken('again');
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
    await pool.close();
  });

  it('is dropped when it is given back where it is lent', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool();
    const lease = await pool.acquire();
    await pass(2_000);
    expect([lease.isSpent, lease.isWanted]).toEqual([false, false]);
    workshop.contexts[1]?.broken();
    expect([lease.isSpent, lease.isWanted, lease.value.id]).toEqual([true, true, 1]);
    lease.release();
    expect(workshop.destroyed).toEqual([[1, 'broken']]);
    expect((await pool.acquire()).value.id).toBe(2);
    await pool.close({ timeoutMs: 0 });
  });

  it('while it is made is never lent', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool();
    const waiting = pool.acquire();
    workshop.makings[0]?.context.broken('stillborn');
    workshop.isHeld = false;
    workshop.makings[0]?.finish();
    await turn();
    expect(workshop.destroyed).toEqual([[1, 'broken']]);
    expect(await stateOf(waiting)).toBe('pending');
    await pass(100);
    expect((await waiting).value.id).toBe(2);
    await pool.close({ timeoutMs: 0 });
  });

  it('while it is made counts as a failure to make it, for connect() as well', async () => {
    const workshop = new Workshop();
    const reason = new Error('goodbye');
    const create: typeof workshop.create = (context) => {
      context.broken(reason);
      return workshop.create(context);
    };
    const pool = workshop.pool({ create });
    await expect(pool.connect()).rejects.toBe(reason);
    expect(pool.stats()).toMatchObject({ createFailed: 1 });
    await pool.close();
  });

  it('and still lent is no proof for connect()', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ maxSize: 2 });
    const lease = await pool.acquire();
    await pass(2_000);
    workshop.contexts[1]?.broken();
    workshop.failure = REFUSED;
    await expect(pool.connect()).rejects.toBe(REFUSED);
    lease.release();
    await pool.close();
  });

  it('again and again, as soon as it was made, is made with pauses that grow', async () => {
    const workshop = new Workshop();
    const create: typeof workshop.create = async (context) => {
      const thing = await workshop.create(context);
      setTimeout(() => context.broken('at once'), 1);
      return thing;
    };
    const pool = workshop.pool({ create, minSize: 1, maxSize: 1 });
    (await pool.acquire()).release();
    await pass(10_000);
    expect(workshop.made).toBeLessThan(13);
    await pool.close();
  });

  it('leaves those who waited for it with a new one', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ maxSize: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    await pass(2_000);
    workshop.contexts[1]?.broken();
    lease.release();
    expect((await waiting).value.id).toBe(2);
    await pool.close({ timeoutMs: 0 });
  });
});

describe('what is made', () => {
  it('is not in the asynchronous context of whoever happened to want it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const pool = new Workshop().pool({ create: () => ({ id: seen.push(storage.getStore()) }), minSize: 2 });
    await storage.run('a request', () => pool.acquire());
    expect(seen).toEqual([undefined, undefined]);
    await pool.close({ timeoutMs: 0 });
  });
});

describe('a pause', () => {
  it('keeps the process alive while somebody waits, and not for the sake of minSize', async () => {
    const workshop = new Workshop();
    workshop.failure = REFUSED;
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const pool = workshop.pool({ minSize: 1, acquireTimeoutMs: Infinity });
    const controller = new AbortController();
    const waiting = pool.acquire({ signal: controller.signal }).catch(() => undefined);
    await turn();
    const last = (): NodeJS.Timeout => timers.mock.results.at(-1)?.value as NodeJS.Timeout;
    expect(last().hasRef()).toBe(true);
    controller.abort();
    await waiting;
    await pass(1_000);
    expect(last().hasRef()).toBe(false);
    pool.acquire().catch(() => undefined);
    expect(last().hasRef()).toBe(true);
    await pool.close({ timeoutMs: 0 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not begin any more when the pool is closed', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool({ createTimeoutMs: 1_000 });
    const failed = jest.fn();
    pool.on('createFailed', failed);
    const waiting = pool.acquire().catch(() => undefined);
    await pool.close({ timeoutMs: 0 });
    await waiting;
    expect(jest.getTimerCount()).toBe(0);
    await pass(2_000);
    expect(failed).not.toHaveBeenCalled();
  });
});

describe('never are there more than maxSize', () => {
  it('though what is to be destroyed takes for ever', async () => {
    const workshop = new Workshop();
    workshop.keepsDestroying = true;
    const pool = workshop.pool({ maxSize: 2 });
    (await pool.acquire()).destroy();
    expect(pool.stats()).toMatchObject({ size: 1, destroying: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire({ timeoutMs: 100 }).catch((error: unknown) => error as Error);
    await pass(100 + LATE_MS);
    expect(((await waiting) as Error).message).toContain(
      '1 of 2 in use, 0 idle, 0 being made, 0 being checked, 1 being destroyed',
    );
    expect(workshop.most).toBe(2);
    lease.release();
    const closing = pool.close({ timeoutMs: 100 });
    await pass(100 + LATE_MS);
    await closing;
  });

  it('and what fails to be destroyed is reported, and makes room', async () => {
    const workshop = new Workshop();
    const error = new Error('it will not go');
    const destroyed: unknown[] = [];
    for (const destroy of [() => Promise.reject(error), () => thrown(error)]) {
      const pool = workshop.pool({ maxSize: 1, destroy });
      pool.on('destroyed', (event) => destroyed.push(event));
      (await pool.acquire()).destroy();
      (await pool.acquire()).release();
      await pool.close();
    }
    expect(destroyed).toEqual([
      { reason: 'unwanted', error },
      { reason: 'closed', error },
      { reason: 'unwanted', error },
      { reason: 'closed', error },
    ]);
  });

  it('and without a destroy they are just let go', async () => {
    const pool = new Workshop().pool({ destroy: undefined, maxSize: 1 });
    (await pool.acquire()).destroy();
    expect(pool.stats()).toMatchObject({ size: 0, destroyed: 1 });
    expect((await pool.acquire()).value.id).toBe(2);
    await pool.close({ timeoutMs: 0 });
  });
});

function thrown(error: Error): never {
  throw error;
}
