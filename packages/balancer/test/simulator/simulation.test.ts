import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Simulation } from './simulation.js';

describe('a simulation', () => {
  it('has everything happen in the order of its times, and at the same time in the order in which it was said', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 200 }), (times) => {
        const simulation = new Simulation(1);
        const happened: [number, number][] = [];
        for (const [n, time] of times.entries()) {
          simulation.at(time, () => happened.push([simulation.now, n]));
        }
        simulation.run(20);
        const expected = times.map((time, n): [number, number] => [time, n]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(happened).toEqual(expected);
      }),
    );
  });

  it('goes no further than it is told to, and on from there', () => {
    const simulation = new Simulation(1);
    const happened: number[] = [];
    for (const time of [5, 10, 15]) simulation.at(time, () => happened.push(time));
    simulation.run(10);
    expect([happened, simulation.now]).toEqual([[5, 10], 10]);
    simulation.after(2, () => happened.push(simulation.now));
    simulation.run(13);
    expect([happened, simulation.now]).toEqual([[5, 10, 12], 13]);
    simulation.run(Infinity);
    expect([happened, simulation.now]).toEqual([[5, 10, 12, 15], 15]);
  });

  it('has something happen that was said while something happened, at the same time too', () => {
    const simulation = new Simulation(1);
    const happened: string[] = [];
    simulation.at(1, () => {
      simulation.at(1, () => happened.push('third'));
      happened.push('first');
    });
    simulation.at(1, () => happened.push('second'));
    simulation.run(1);
    expect(happened).toEqual(['first', 'second', 'third']);
  });

  it('does not have happen what was cancelled', () => {
    const simulation = new Simulation(1);
    const happened: string[] = [];
    const events = ['a', 'b', 'c'].map((name) => simulation.at(1, () => happened.push(name)));
    simulation.cancel(events[1]!);
    simulation.run(1);
    simulation.cancel(events[0]!);
    expect(happened).toEqual(['a', 'c']);
  });

  it.each([3, NaN, -1])('refuses what is to happen at %d when it is 4', (time) => {
    const simulation = new Simulation(1);
    simulation.run(4);
    expect(() => simulation.at(time, () => undefined)).toThrow(RangeError);
  });

  it('lets those go on who wait for promises before time does', async () => {
    const simulation = new Simulation(1);
    const passed = async (ms: number): Promise<void> => new Promise((resolve) => simulation.after(ms, resolve));
    const times: number[] = [];
    const walk = async (): Promise<void> => {
      for (let n = 0; n < 5; n += 1) {
        await passed(10);
        await Promise.resolve().then(() => undefined);
        times.push(simulation.now);
      }
    };
    const walks = Promise.all([walk(), walk()]);
    await simulation.runWithPromises(1_000);
    await walks;
    expect(times).toEqual([10, 10, 20, 20, 30, 30, 40, 40, 50, 50]);
    expect(simulation.now).toBe(1_000);
  });

  it('draws the same with the same seed, and in each fork something else', () => {
    const draws = (seed: number): number[] => {
      const simulation = new Simulation(seed);
      const [one, other] = [simulation.fork(), simulation.fork()];
      return [one.next(), other.next(), one.next()];
    };
    expect(draws(1)).toEqual(draws(1));
    expect(new Set([...draws(1), ...draws(2)]).size).toBe(6);
  });
});
