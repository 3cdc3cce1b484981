import { describe, expect, it, jest } from '@jest/globals';
import { pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Workshop } from './workshop.js';

// Chance is 0: pauses are half as long as they may be, and lives as long.
useFakeClock({ chance: 0 });

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe('in the background', () => {
  it('as many as minSize are kept from first use on, whatever becomes of them', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ minSize: 3, maxSize: 5 });
    const lease = await pool.acquire();
    await turn();
    expect(pool.stats()).toMatchObject({ size: 3, inUse: 1, idle: 2 });
    lease.destroy();
    await turn();
    expect(pool.stats()).toMatchObject({ size: 3, idle: 3 });
    workshop.contexts[2]?.broken();
    await pass(100);
    expect(pool.stats()).toMatchObject({ size: 3, idle: 3 });
    await pool.close();
  });

  it('as many as minSize are kept though what was sent away takes for ever to go', async () => {
    const workshop = new Workshop();
    workshop.keepsDestroying = true;
    const pool = workshop.pool({ minSize: 2, maxSize: 6 });
    for (const lease of await Promise.all([pool.acquire(), pool.acquire()])) lease.destroy();
    await turn();
    expect(pool.stats()).toMatchObject({ idle: 2, destroying: 2 });
    const closing = pool.close({ timeoutMs: 10 });
    await pass(20);
    await closing;
  });

  it('as many as minSize are kept though the making of some takes for ever', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool({ minSize: 2, maxSize: 6, createTimeoutMs: 100 });
    const waiting = pool.acquire();
    await pass(110);
    workshop.isHeld = false;
    await pass(200);
    expect(pool.stats()).toMatchObject({ inUse: 1, idle: 1, creating: 2 });
    (await waiting).release();
    for (const making of workshop.makings) making.finish();
    await pool.close();
  });

  it('connect() makes one, and then the others', async () => {
    const workshop = new Workshop();
    workshop.isHeld = true;
    const pool = workshop.pool({ minSize: 3, maxSize: 5 });
    const connecting = pool.connect();
    await turn();
    expect(workshop.makings).toHaveLength(3);
    workshop.makings[1]?.finish();
    await expect(connecting).resolves.toBe(pool);
    expect(pool.stats()).toMatchObject({ idle: 1, creating: 2 });
    for (const making of workshop.makings) making.finish();
    await turn();
    expect(pool.stats()).toMatchObject({ idle: 3 });
    await pool.close();
  });

  it('connect() is done where one is in use', async () => {
    const pool = new Workshop().pool({ maxSize: 1 });
    const lease = await pool.acquire();
    await expect(pool.connect()).resolves.toBe(pool);
    lease.release();
    await pool.close();
  });

  it('what nobody uses is destroyed after idleTimeoutMs, down to minSize', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ minSize: 1, maxSize: 5, idleTimeoutMs: MINUTE, maxLifetimeMs: Infinity });
    const leases = await Promise.all(Array.from({ length: 4 }, () => pool.acquire()));
    for (const lease of leases.slice(0, 2)) lease.release();
    await pass(30 * SECOND);
    for (const lease of leases.slice(2)) lease.release();
    await pass(30 * SECOND - 1);
    expect(pool.stats().size).toBe(4);
    await pass(2);
    expect(workshop.destroyed).toEqual([
      [1, 'idle'],
      [2, 'idle'],
    ]);
    await pass(30 * SECOND);
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
    await pass(60 * MINUTE);
    expect(pool.stats()).toMatchObject({ size: 1, created: 4 });
    await pool.close();
  });

  it('what is used now and then stays', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ idleTimeoutMs: MINUTE, maxLifetimeMs: Infinity });
    for (let n = 0; n < 10; n += 1) {
      (await pool.acquire()).release();
      await pass(59 * SECOND);
    }
    expect(pool.stats()).toMatchObject({ created: 1, destroyed: 0 });
    await pass(2 * SECOND);
    expect(pool.stats()).toMatchObject({ destroyed: 1, size: 0 });
    await pool.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('what is old is replaced: at once where it is idle, else when it is given back', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ minSize: 2, idleTimeoutMs: Infinity, maxLifetimeMs: 10 * MINUTE });
    const lease = await pool.acquire();
    await pass(10 * MINUTE - 1);
    expect(workshop.destroyed).toEqual([]);
    await pass(2);
    expect(workshop.destroyed).toEqual([[2, 'lifetime']]);
    expect([lease.isSpent, lease.isWanted]).toEqual([true, true]);
    lease.release();
    expect(workshop.destroyed).toEqual([
      [2, 'lifetime'],
      [1, 'lifetime'],
    ]);
    await turn();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2, created: 4 });
    await pool.close();
  });

  it('not all of them end at the same time', async () => {
    const workshop = new Workshop();
    let chance = 0;
    jest.spyOn(Math, 'random').mockImplementation(() => (chance = (chance + 0.25) % 1));
    const pool = workshop.pool({ minSize: 4, maxSize: 4, maxLifetimeMs: 100 * SECOND, idleTimeoutMs: Infinity });
    await pool.connect();
    const ages: number[] = [];
    const from = performance.now();
    pool.on('destroyed', () => ages.push(Math.round((performance.now() - from) / SECOND)));
    await pass(100 * SECOND + 1);
    expect(ages).toEqual([92.5, 95, 97.5, 100].map(Math.round));
    await pool.close();
  });

  it('what is idle is checked every keepAliveMs, and stays where it was in the line', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({
      validate: workshop.validate,
      keepAliveMs: MINUTE,
      validateAfterIdleMs: Infinity,
      idleTimeoutMs: Infinity,
    });
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    first.release();
    await pass(30 * SECOND);
    second.release();
    await pass(30 * SECOND + 1);
    expect(workshop.checked).toEqual([1]);
    await pass(30 * SECOND);
    expect(workshop.checked).toEqual([1, 2]);
    const last = pool.tryAcquire();
    expect(last?.value.id).toBe(2);
    last?.release();
    workshop.invalid.add(1);
    await pass(30 * SECOND);
    expect(workshop.destroyed).toEqual([[1, 'invalid']]);
    expect((await pool.acquire()).value.id).toBe(2);
    await pool.close({ timeoutMs: 0 });
  });

  it('what is kept alive counts as idle all the same', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: workshop.validate, keepAliveMs: MINUTE, idleTimeoutMs: 5 * MINUTE });
    (await pool.acquire()).release();
    await pass(5 * MINUTE + 1);
    expect([workshop.checked.length, workshop.destroyed]).toEqual([4, [[1, 'idle']]]);
    await pool.close();
  });

  it('nothing keeps a process alive', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const pool = new Workshop().pool();
    (await pool.acquire()).release();
    await pass(100);
    const last = timers.mock.results.at(-1)?.value as NodeJS.Timeout;
    expect(last.hasRef()).toBe(false);
    await pool.close();
  });
});

describe('before it is lent', () => {
  it('one that was idle for longer than validateAfterIdleMs is checked, and no other one', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: workshop.validate, validateAfterIdleMs: 500, keepAliveMs: Infinity });
    (await pool.acquire()).release();
    await pass(499);
    (await pool.acquire()).release();
    expect(workshop.checked).toEqual([]);
    await pass(501);
    expect(pool.tryAcquire()).toBeUndefined();
    (await pool.acquire()).release();
    expect(workshop.checked).toEqual([1]);
    await pool.close();
  });

  it('one is always checked with 0, also when it goes from hand to hand', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: workshop.validate, validateAfterIdleMs: 0, maxSize: 1 });
    const first = pool.acquire();
    const second = pool.acquire();
    (await first).release();
    (await second).release();
    expect(workshop.checked).toEqual([1]);
    await pool.close();
  });

  it.each<[string, (workshop: Workshop) => () => boolean | Promise<boolean>]>([
    ['false', (workshop) => () => !workshop.destroyed.length && false],
    ['an error', () => () => Promise.reject(new Error('dead'))],
    ['an error at once', () => () => fail()],
    ['nothing at all', () => () => undefined as unknown as boolean],
  ])('one whose check says %s is destroyed, and whoever waits gets a good one', async (_what, makeCheck) => {
    const workshop = new Workshop();
    let isBad = true;
    const check = makeCheck(workshop);
    const validate = (): boolean | Promise<boolean> => (isBad ? check() : true);
    const pool = workshop.pool({ validate, validateAfterIdleMs: 10 });
    (await pool.acquire()).release();
    await pass(2 * SECOND);
    const waiting = pool.acquire();
    await turn();
    isBad = false;
    expect((await waiting).value.id).toBe(2);
    expect(workshop.destroyed).toEqual([[1, 'invalid']]);
    await pool.close({ timeoutMs: 0 });
  });

  it('one whose check takes too long is destroyed', async () => {
    const workshop = new Workshop();
    const validate = (): Promise<boolean> => new Promise(() => undefined);
    const pool = workshop.pool({ validate, validateAfterIdleMs: 10, validateTimeoutMs: 50 });
    const errors: unknown[] = [];
    pool.on('destroyed', ({ error }) => errors.push(error));
    (await pool.acquire()).release();
    await pass(2 * SECOND);
    const waiting = pool.acquire();
    await pass(49);
    expect([await stateOf(waiting), pool.stats().validating]).toEqual(['pending', 1]);
    await pass(10);
    expect((await waiting).value.id).toBe(2);
    expect(errors).toEqual([
      expect.objectContaining({ message: 'pool: the check took longer than 50 ms (validateTimeoutMs)' }),
    ]);
    await pool.close({ timeoutMs: 0 });
  });

  it('one that does not pass its check as soon as it was made is not made over and over again', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: () => false, validateAfterIdleMs: 0, minSize: 2 });
    const users = Array.from({ length: 5 }, async () => {
      for (let n = 0; n < 100; n += 1) (await pool.acquire()).release();
    });
    await pass(10_000);
    expect(workshop.made).toBeLessThan(40);
    await pool.close({ timeoutMs: 0 });
    await Promise.allSettled(users);
  });

  it('one new one is made when a check has failed, though others are idle: they may be dead as well', async () => {
    const workshop = new Workshop();
    const hanging = new Set<number>();
    const validate = ({ id }: { id: number }): Promise<boolean> =>
      hanging.has(id) ? new Promise(() => undefined) : Promise.resolve(true);
    const pool = workshop.pool({ validate, validateAfterIdleMs: 10, validateTimeoutMs: 200, maxSize: 20 });
    const leases = await Promise.all(Array.from({ length: 10 }, () => pool.acquire()));
    for (const lease of leases) hanging.add(lease.value.id);
    for (const lease of leases) lease.release();
    await pass(2 * SECOND);
    const waiting = pool.acquire();
    await pass(210);
    expect((await waiting).value.id).toBe(11);
    await pool.close({ timeoutMs: 0 });
  });

  it('one that its holder has doubts about is checked, also when somebody waits for it', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: workshop.validate, maxSize: 1 });
    const first = await pool.acquire();
    const waiting = pool.acquire();
    first.doubt();
    first.release();
    const second = await waiting;
    expect(workshop.checked).toEqual([1]);
    second.release();
    (await pool.acquire()).release();
    expect(workshop.checked).toEqual([1]);
    await pool.close();
  });

  it('one is not doubted by whoever has given it back', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: workshop.validate, maxSize: 1 });
    const first = await pool.acquire();
    first.release();
    first.doubt();
    (await pool.acquire()).release();
    expect(workshop.checked).toEqual([]);
    await pool.close();
  });

  it('those that are idle are checked before new ones are made, as many as are needed', async () => {
    const workshop = new Workshop();
    const pool = workshop.pool({ validate: workshop.validate, validateAfterIdleMs: 10, maxSize: 10 });
    for (const lease of await Promise.all([1, 2, 3].map(() => pool.acquire()))) lease.release();
    await pass(20);
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    expect([workshop.checked, workshop.made]).toEqual([[3, 2], 3]);
    for (const lease of leases) lease.release();
    await pool.close();
  });

  it('one that breaks while it is checked is not lent', async () => {
    const workshop = new Workshop();
    let pass_!: (ok: boolean) => void;
    const validate = (): Promise<boolean> => new Promise((resolve) => (pass_ = resolve));
    const pool = workshop.pool({ validate, validateAfterIdleMs: 10 });
    (await pool.acquire()).release();
    await pass(2_000);
    const waiting = pool.acquire();
    await turn();
    workshop.contexts[1]?.broken();
    pass_(true);
    expect((await waiting).value.id).toBe(2);
    expect(workshop.destroyed).toEqual([[1, 'broken']]);
    await pool.close({ timeoutMs: 0 });
  });
});

function fail(): never {
  throw new Error('dead');
}
