import { expect, it } from '@jest/globals';
import { Simulation } from './simulation.js';
import { inVirtualTime } from './virtual-time.js';

/** What happens when, in a world with timers of all kinds. */
async function happenings(seed: number): Promise<unknown[]> {
  const simulation = new Simulation(seed);
  const happened: unknown[] = [];
  const note = (what: unknown): void => {
    happened.push([performance.now(), what]);
  };
  await inVirtualTime(simulation, async () => {
    setTimeout(note, 5, 'in 5 ms');
    setTimeout(note, 0.2, 'at once').unref();
    clearTimeout(setTimeout(note, 3, 'never'));
    clearTimeout(undefined);
    const interval = setInterval(() => {
      note('every 10 ms');
      if (performance.now() >= 30) clearInterval(interval);
    }, 10);
    setTimeout(() => void Promise.resolve().then(() => setTimeout(note, 2, Math.random())), 40);
    setTimeout(() => void Promise.resolve().then(() => setImmediate(note, 'in the same turn')), 50);
    setTimeout(() => clearImmediate(setImmediate(note, 'never')), 51);
    await simulation.runWithPromises(1_000);
  });
  return happened;
}

it('has timers, clock and chance of real code follow the simulation, and gives them back', async () => {
  const { random } = Math;
  const { setTimeout } = globalThis;
  const before = performance.now();
  const happened = await happenings(1);
  expect(happened).toEqual([
    [1, 'at once'],
    [5, 'in 5 ms'],
    [10, 'every 10 ms'],
    [20, 'every 10 ms'],
    [30, 'every 10 ms'],
    [42, expect.any(Number)],
    [50, 'in the same turn'],
  ]);
  expect(await happenings(1)).toEqual(happened);
  expect(await happenings(2)).not.toEqual(happened);
  expect([Math.random, globalThis.setTimeout]).toEqual([random, setTimeout]);
  expect(performance.now()).toBeGreaterThan(before);
  expect(Object.hasOwn(performance, 'now')).toBe(false);
});

it('gives them back after a failure, too', async () => {
  const { setTimeout } = globalThis;
  const failing = inVirtualTime(new Simulation(1), async () => Promise.reject(new Error('it fails')));
  await expect(failing).rejects.toThrow('it fails');
  expect(globalThis.setTimeout).toBe(setTimeout);
});
