import { describe, expect, it, jest } from '@jest/globals';
import { LATE_MS, pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Workshop } from './workshop.js';

// Chance is 0: pauses are half as long as they may be, and lives as long.
useFakeClock({ chance: 0 });

describe('a pool that is suspended', () => {
  it('lends nothing until it is resumed; what is lent stays lent', async () => {
    const pool = new Workshop().pool({ maxSize: 2 });
    const events: string[] = [];
    for (const type of ['suspended', 'resumed'] as const) pool.on(type, () => events.push(type));
    const lease = await pool.acquire();
    pool.suspend();
    pool.suspend();
    expect(pool.state).toBe('suspended');
    const waiting = pool.acquire();
    expect(pool.tryAcquire()).toBeUndefined();
    lease.release();
    expect(await stateOf(waiting)).toBe('pending');
    expect(pool.stats()).toMatchObject({ state: 'suspended', idle: 1, waiting: 1 });
    pool.resume();
    pool.resume();
    expect(pool.state).toBe('open');
    (await waiting).release();
    expect(events).toEqual(['suspended', 'resumed']);
    await pool.close();
  });

  it('says so to whoever waited in vain', async () => {
    const pool = new Workshop().pool({ acquireTimeoutMs: 10 });
    pool.suspend();
    const waiting = pool.acquire().catch((error: unknown) => (error as Error).message);
    await pass(10 + LATE_MS);
    expect(await waiting).toMatch(/it is suspended; resume\(\) it$/);
    await pool.close();
  });

  it('can be closed: those who wait would wait for ever', async () => {
    const pool = new Workshop().pool();
    pool.suspend();
    const waiting = pool.acquire();
    await pool.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    pool.suspend();
    pool.resume();
    expect(pool.state).toBe('closed');
  });
});

describe('evict', () => {
  it('drops all that are there, at once or when they are given back, and makes new ones', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ minSize: 2, maxSize: 3 });
    const lease = await pool.acquire();
    await turn();
    pool.evict();
    await turn();
    expect(workshop.destroyed).toEqual([[2, 'evicted']]);
    expect(lease.isSpent).toBe(true);
    lease.release();
    await turn();
    expect(workshop.destroyed).toEqual([
      [2, 'evicted'],
      [1, 'evicted'],
    ]);
    expect([...workshop.living]).toEqual([3, 4]);
    await pool.close();
  });

  it('drops what is being made and checked as well, once that is over', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: workshop.validate, validateAfterIdleMs: 10, maxSize: 1 });
    (await pool.acquire()).release();
    await pass(20);
    const waiting = pool.acquire();
    pool.evict();
    expect((await waiting).value.id).toBe(2);
    (await waiting).destroy();
    workshop.isHeld = true;
    const later = pool.acquire();
    await turn();
    pool.evict();
    workshop.isHeld = false;
    workshop.makings[0]?.finish();
    expect((await later).value.id).toBe(4);
    expect(workshop.destroyed).toEqual([
      [1, 'evicted'],
      [2, 'unwanted'],
      [3, 'evicted'],
    ]);
    await pool.close({ timeoutMs: 0 });
  });
});

describe('close', () => {
  it('serves those who wait, waits for what is lent, and then destroys everything', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ maxSize: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    const closing = pool.close();
    expect(pool.state).toBe('draining');
    await expect(pool.acquire()).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'CLOSED',
      outcome: 'not-sent',
      retryable: false,
    });
    expect(pool.tryAcquire()).toBeUndefined();
    lease.release();
    const second = await waiting;
    expect(await stateOf(closing)).toBe('pending');
    second.release();
    await closing;
    expect([pool.state, workshop.destroyed]).toEqual(['closed', [[1, 'closed']]]);
    expect(pool.stats()).toMatchObject({ size: 0, inUse: 0, waiting: 0 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes what is still lent when the time is up, and rejects those who still wait', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ maxSize: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire().catch((error: unknown) => error);
    const closing = pool.close({ timeoutMs: 100 });
    await pass(100 + LATE_MS);
    await closing;
    expect(await waiting).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    expect(workshop.destroyed).toEqual([[1, 'closed']]);
    expect(() => lease.value).toThrow(
      expect.objectContaining({ code: 'POOL_MISUSE', message: expect.stringContaining('the pool was closed') }),
    );
    expect(lease.isHeld).toBe(false);
    // Its holder cannot have known, and gives it back as always.
    lease.release();
    expect(pool.stats()).toMatchObject({ inUse: 0, size: 0 });
  });

  it.each([{ timeoutMs: 0 }, { drain: false }])('with %j waits for nobody', async (options) => {
    const workshop = new Workshop();
    const pool = workshop.pool({ maxSize: 1 });
    await pool.acquire();
    const waiting = pool.acquire().catch((error: unknown) => error);
    await pool.close(options);
    expect(await waiting).toMatchObject({ code: 'CLOSED' });
    expect(workshop.living.size).toBe(0);
  });

  it('tells what is being made to stop, and destroys what comes all the same', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool();
    const waiting = pool.acquire().catch((error: unknown) => error);
    const closing = pool.close({ timeoutMs: 100 });
    await pass(50);
    expect(workshop.makings[0]?.context.signal.aborted).toBe(false);
    await pass(50 + LATE_MS);
    await closing;
    expect(workshop.makings[0]?.context.signal.aborted).toBe(true);
    expect(await waiting).toMatchObject({ code: 'CLOSED' });
    workshop.makings[0]?.finish();
    await turn();
    expect(workshop.destroyed).toEqual([[1, 'closed']]);
    expect(workshop.living.size).toBe(0);
  });

  it('does not wait for what takes for ever to be destroyed, longer than it may', async () => {
    const workshop = new Workshop();
    workshop.keepsDestroying = true;
    const pool = workshop.pool();
    (await pool.acquire()).release();
    const closing = pool.close({ timeoutMs: 100 });
    expect(await stateOf(closing)).toBe('pending');
    await pass(100 + LATE_MS);
    await closing;
  });

  it('tells destroy how much time is left', async () => {
    const left: number[] = [];
    const pool = new Workshop().pool({ destroy: (_thing, { timeoutMs }) => void left.push(Math.round(timeoutMs)) });
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    first.destroy();
    const closing = pool.close({ timeoutMs: 1_000 });
    await pass(400);
    second.release();
    await closing;
    expect(left).toEqual([5_000, 600]);
  });

  it('twice is closed once, and with wrong options not at all', async () => {
    const pool = new Workshop().pool();
    await expect(pool.close({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    expect(pool.state).toBe('open');
    const first = pool.close();
    expect(pool.close({ timeoutMs: 0 })).toBe(first);
    await first;
    await pool[Symbol.asyncDispose]();
    await expect(pool.connect()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('gives up when those who wait do, and nothing is lent', async () => {
    const workshop = new Workshop();
    workshop.failure = new Error('no');
    const pool = workshop.pool({ acquireTimeoutMs: 50 });
    const waiting = pool.acquire().catch((error: unknown) => (error as { code: string }).code);
    const closing = pool.close({ timeoutMs: Infinity });
    await pass(50 + LATE_MS);
    expect(await waiting).toBe('POOL_TIMEOUT');
    await closing;
  });
});

describe('drain', () => {
  it('tells whether all was given back in time, and leaves what there is', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool();
    const lease = await pool.acquire();
    const first = pool.drain({ timeoutMs: 100 });
    await pass(100 + LATE_MS);
    expect(await first).toBe(false);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' });
    const second = pool.drain();
    lease.release();
    expect(await second).toBe(true);
    expect([pool.state, workshop.living.size]).toEqual(['draining', 1]);
    await expect(pool.drain({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await pool.close();
    expect(workshop.living.size).toBe(0);
  });
});
