import { describe, expect, it } from '@jest/globals';
import { configureLogging } from '@liberzmq/core';
import fc from 'fast-check';
import type { Lease } from '../../src/lease.js';
import type { Pool } from '../../src/pool.js';
import { LATE_MS, pass, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Workshop, type Thing } from './workshop.js';

configureLogging({ level: 'silent' });
// Chance is 0: pauses are half as long as they may be, and lives as long.
useFakeClock({ chance: 0 });

const ACQUIRE_MS = 1_000;

/** Somebody who has asked, as the model has it. */
interface Asker {
  readonly n: number;
  readonly priority: number;
  readonly cancel: AbortController;
  readonly until: number;
}

/** What must be true of a pool, whatever has happened: kept by hand, beside the pool itself. */
interface Model {
  waiting: Asker[];
  suspended: boolean;
  closed: boolean;
}

/** The pool, and what those have come to who have asked it. */
class Real {
  readonly workshop = new Workshop();
  readonly pool: Pool<Thing>;
  readonly held: Lease<Thing>[] = [];
  /** Those that are not to be lent any more. */
  readonly spent = new Set<number>();
  /** Those that were served, in that order, and those that were not, with why. */
  readonly outcomes: { n: number; code: string | undefined }[] = [];
  asked = 0;
  closing: Promise<void> | undefined;

  constructor(
    readonly maxSize: number,
    minSize: number,
    checkAfterMs: number | undefined,
  ) {
    this.workshop.isHeld = true;
    this.pool = this.workshop.pool({
      maxSize,
      minSize,
      acquireTimeoutMs: ACQUIRE_MS,
      createTimeoutMs: 400,
      createBackoffMs: 50,
      createBackoffMaxMs: 200,
      idleTimeoutMs: 300,
      maxLifetimeMs: 2_000,
      ...(checkAfterMs !== undefined && { validate: this.workshop.validate, validateAfterIdleMs: checkAfterMs }),
    });
  }

  ask(n: number, priority: number, signal: AbortSignal): void {
    this.pool.acquire({ priority, signal }).then(
      (lease) => {
        this.outcomes.push({ n, code: this.spent.has(lease.value.id) ? 'SPENT' : undefined });
        this.held.push(lease);
      },
      (error: unknown) => {
        this.outcomes.push({ n, code: (error as { code: string }).code });
      },
    );
  }

  /** The things that are being made. */
  get makings(): Workshop['makings'] {
    return this.workshop.makings;
  }
}

/** Whoever was served must have been the first of those who waited; whoever was not must have had a reason. Then the invariants. */
async function settle(model: Model, real: Real): Promise<void> {
  await turn();
  const now = performance.now();
  for (const { n, code } of real.outcomes.splice(0)) {
    const at = model.waiting.findIndex((each) => each.n === n);
    const asker = model.waiting[at];
    expect(asker).toBeDefined();
    if (asker === undefined) return;
    model.waiting.splice(at, 1);
    if (code === undefined) expect([n, at]).toEqual([n, 0]);
    else if (code === 'ABORTED') expect(asker.cancel.signal.aborted).toBe(true);
    else if (code === 'POOL_TIMEOUT') expect(now).toBeGreaterThanOrEqual(asker.until);
    else expect([code, model.closed]).toEqual(['CLOSED', true]);
  }
  const stats = real.pool.stats();
  const { size, inUse, idle, creating, validating, destroying, waiting } = stats;
  expect(size).toBe(inUse + idle + creating + validating + destroying);
  expect(size).toBeLessThanOrEqual(real.maxSize);
  expect(real.workshop.most).toBeLessThanOrEqual(real.maxSize);
  expect(waiting).toBe(model.waiting.length);
  expect(inUse).toBe(real.held.filter(({ isHeld }) => isHeld).length);
  const lent = real.held.filter(({ isHeld }) => isHeld).map(({ value }) => value.id);
  expect(new Set(lent).size).toBe(lent.length);
  for (const id of lent) expect(real.workshop.living.has(id)).toBe(true);
  // Nobody waits for what lies there.
  if (waiting > 0 && !model.suspended) expect(idle).toBe(0);
}

type Command = fc.AsyncCommand<Model, Real>;

/** @param run what is done, and what that means for the model. */
function command(
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => void | Promise<void>,
): Command {
  return {
    check,
    run: async (model, real) => {
      await run(model, real);
      await settle(model, real);
    },
    toString: () => name,
  };
}

const always = (): boolean => true;
const open = (model: Model): boolean => !model.closed;

function pick<T>(list: readonly T[], n: number): T | undefined {
  return list[n % Math.max(1, list.length)];
}

function takeHeld(real: Real, n: number): Lease<Thing> | undefined {
  const lease = pick(real.held, n);
  if (lease !== undefined) real.held.splice(real.held.indexOf(lease), 1);
  return lease;
}

const small = fc.nat({ max: 7 });

const COMMANDS: fc.Arbitrary<Command>[] = [
  fc.constantFrom(0, 0, 0, 1, -1).map((priority) =>
    command(`acquire(${priority})`, open, (model, real) => {
      const asker = { n: real.asked, priority, cancel: new AbortController(), until: performance.now() + ACQUIRE_MS };
      real.asked += 1;
      model.waiting.push(asker);
      model.waiting.sort((a, b) => b.priority - a.priority || a.n - b.n);
      real.ask(asker.n, priority, asker.cancel.signal);
    }),
  ),
  small.map((n) => command(`release(${n})`, always, (_model, real) => takeHeld(real, n)?.release())),
  small.map((n) => command(`destroy(${n})`, always, (_model, real) => takeHeld(real, n)?.destroy())),
  small.map((n) => command(`abort(${n})`, always, (model) => pick(model.waiting, n)?.cancel.abort())),
  small.map((n) => command(`made(${n})`, always, (_model, real) => pick(real.makings, n)?.finish())),
  small.map((n) => command(`not made(${n})`, always, (_model, real) => pick(real.makings, n)?.fail(new Error('no')))),
  small.map((n) =>
    command(`broken(${n})`, always, (_model, real) => {
      const id = pick([...real.workshop.living], n);
      if (id === undefined) return;
      real.spent.add(id);
      real.workshop.contexts[id]?.broken('it broke');
    }),
  ),
  small.map((n) =>
    command(`invalid(${n})`, always, (_model, real) => {
      const id = pick([...real.workshop.living], n);
      if (id !== undefined) real.workshop.invalid.add(id);
    }),
  ),
  fc.constantFrom(1, 60, 130, 350, 1_100, 2_500).map((ms) => command(`pass(${ms})`, always, () => pass(ms))),
  fc.constant(
    command('evict', open, (_model, real) => {
      for (const id of real.workshop.living) real.spent.add(id);
      real.pool.evict();
    }),
  ),
  fc.constant(
    command('suspend', open, (model, real) => {
      model.suspended = true;
      real.pool.suspend();
    }),
  ),
  fc.constant(
    command(
      'resume',
      (model) => model.suspended,
      (model, real) => {
        model.suspended = false;
        real.pool.resume();
      },
    ),
  ),
  fc.constantFrom(0, 200, 5_000).map((timeoutMs) =>
    command(`close(${timeoutMs})`, open, (model, real) => {
      model.closed = true;
      real.closing = real.pool.close({ timeoutMs });
    }),
  ),
];

/** From now on everything succeeds, and everybody gives back: whoever waits must be served, and nothing may be left in the end. */
async function finish(model: Model, real: Real): Promise<void> {
  const { workshop, pool } = real;
  workshop.isHeld = false;
  workshop.invalid.clear();
  if (!model.closed && model.suspended) pool.resume();
  model.suspended = false;
  for (let n = 0; n < 20 && (model.waiting.length > 0 || real.held.length > 0 || n < 2); n += 1) {
    for (const making of real.makings) making.finish();
    for (const lease of real.held.splice(0)) lease[Symbol.dispose]();
    await pass(100);
    await settle(model, real);
  }
  expect(model.waiting).toEqual([]);
  model.closed = true;
  real.closing ??= pool.close({ timeoutMs: 10 });
  await pass(10 + LATE_MS);
  await real.closing;
  await settle(model, real);
  expect([...workshop.living]).toEqual([]);
  expect(pool.stats()).toMatchObject({ size: 0, inUse: 0, waiting: 0 });
}

describe('a pool beside its model', () => {
  it('serves in turn, lends nothing twice, is never above its size, and loses nothing, whatever happens in whatever order', async () => {
    const setUps = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom(undefined, 0, 100),
    );
    await fc.assert(
      fc.asyncProperty(
        setUps,
        fc.commands(COMMANDS, { maxCommands: 60, size: '+1' }),
        async ([most, least, checkAfterMs], commands) => {
          const real = new Real(most, Math.min(least, most), checkAfterMs);
          const model: Model = { waiting: [], suspended: false, closed: false };
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await finish(model, real);
        },
      ),
      { numRuns: 2_000 },
    );
  }, 120_000);
});
