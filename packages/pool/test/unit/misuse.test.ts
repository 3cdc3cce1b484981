import { describe, expect, it } from '@jest/globals';
import { Pool } from '../../src/pool.js';
import type { PoolOptions } from '../../src/pool-options.js';
import { Workshop } from './workshop.js';

describe('a lease', () => {
  it('is given back once', async () => {
    const pool = new Workshop().pool({ name: 'the database' });
    const lease = await pool.acquire();
    lease.release();
    for (const again of [() => lease.release(), () => lease.destroy()]) {
      expect(again).toThrow(
        expect.objectContaining({
          name: 'PoolError',
          code: 'POOL_MISUSE',
          outcome: 'not-sent',
          retryable: false,
          message: 'the database: something was given back after it was released; give each one back once',
        }),
      );
    }
    expect(pool.stats()).toMatchObject({ inUse: 0, idle: 1, released: 1 });
    await pool.close();
  });

  it('is of no use after that', async () => {
    const pool = new Workshop().pool();
    const lease = await pool.acquire();
    expect([lease.isHeld, lease.value.id]).toEqual([true, 1]);
    lease.destroy();
    expect(lease.isHeld).toBe(false);
    expect(() => lease.value).toThrow(
      expect.objectContaining({ code: 'POOL_MISUSE', message: expect.stringContaining('used after it was destroyed') }),
    );
    await pool.close();
  });

  it('is given back by disposing of it, unless that was done', async () => {
    const pool = new Workshop().pool();
    const lease = await pool.acquire();
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    await lease[Symbol.asyncDispose]();
    expect(pool.stats()).toMatchObject({ inUse: 0, released: 1 });
    const other = await pool.acquire();
    await other[Symbol.asyncDispose]();
    expect(pool.stats()).toMatchObject({ inUse: 0, released: 2 });
    await pool.close();
  });
});

describe('a pool is not made with', () => {
  const create = () => 1;
  it.each<[string, unknown, RegExp]>([
    ['no way to make anything', {}, /option 'create' is missing/],
    ['a create that is none', { create: 1 }, /'create' must be a function/],
    [
      'more at least than at most',
      { create, minSize: 5, maxSize: 4 },
      /'minSize' \(5\) must not be above 'maxSize' \(4\)/,
    ],
    ['no place', { create, maxSize: 0 }, /'maxSize'/],
    ['a minimum without end', { create, minSize: Infinity }, /'minSize'/],
    ['half a place', { create, maxSize: 1.5 }, /'maxSize'/],
    ['a negative minimum', { create, minSize: -1 }, /'minSize'/],
    ['no time to wait', { create, acquireTimeoutMs: 0 }, /'acquireTimeoutMs'/],
    ['an unknown option', { create, max: 5 }, /unknown option 'max'/],
    ['checks, but nothing that checks', { create, keepAliveMs: 5 }, /'keepAliveMs' needs the option 'validate'/],
    ['a limit to checks, but nothing that checks', { create, validateTimeoutMs: 5 }, /'validateTimeoutMs' needs/],
    ['a name that is none', { create, name: '' }, /'name'/],
    ['pauses without end', { create, createBackoffMs: Infinity }, /'createBackoffMs'/],
    ['nothing', undefined, /options must be an object/],
  ])('%s', (_what, options, message) => {
    expect(() => new Pool(options as PoolOptions<number>)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        code: 'BAD_OPTION',
        message: expect.stringMatching(message),
      }),
    );
  });

  it('one limit, if the other one is left out, may be beyond its default', async () => {
    expect(new Pool({ create, maxSize: 3 }).stats()).toMatchObject({ minSize: 3, maxSize: 3 });
    expect(new Pool({ create, minSize: 30 }).stats()).toMatchObject({ minSize: 30, maxSize: 30 });
    expect(new Pool({ create }).stats()).toMatchObject({ minSize: 5, maxSize: 20 });
  });
});
