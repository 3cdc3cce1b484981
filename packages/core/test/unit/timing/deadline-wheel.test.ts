import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Deadline, deadlines, DeadlineWheel } from '../../../src/timing/deadline-wheel.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

/** A deadline may fire a tick late; the timer behind it takes whole milliseconds. */
const TICK_MS = 4;
const LATE_MS = TICK_MS + 1;

/** Longer than one turn of the wheel. */
const TURN_MS = 512 * TICK_MS;

/** The clock of the wheels here stands between two milliseconds, as a real one does. */
const now = (): number => performance.now() + 1_000.3;

class Recorded extends Deadline {
  readonly #then: () => void;
  readonly expiredAt: number[] = [];

  constructor(then: () => void = () => undefined) {
    super();
    this.#then = then;
  }

  expire(): void {
    this.expiredAt.push(now());
    this.#then();
  }
}

function messageThrownBy(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

useFakeClock();

function start(): DeadlineWheel {
  return new DeadlineWheel(now);
}

function expectOnTime(deadline: Recorded, dueAt: number): void {
  expect(deadline.expiredAt).toHaveLength(1);
  expect(deadline.expiredAt[0]).toBeGreaterThanOrEqual(dueAt);
  expect(deadline.expiredAt[0]).toBeLessThanOrEqual(dueAt + LATE_MS);
}

describe('DeadlineWheel', () => {
  it.each([0.1, 1, 3.9, 4, 5, 99, 100.5, TURN_MS - 4, TURN_MS, TURN_MS + 1, 3 * TURN_MS + 7, 1_000_000])(
    'expires what is due in %d ms once, never early and at most a tick late',
    (delay) => {
      const wheel = start();
      const deadline = new Recorded();
      const dueAt = now() + delay;
      wheel.add(deadline, dueAt);
      jest.advanceTimersByTime(delay + 2 * TURN_MS);
      expectOnTime(deadline, dueAt);
      expect(wheel.size).toBe(0);
    },
  );

  it.each([0, -1, -1_000_000, -Infinity])('expires what was due %d ms from now at the next chance', (delay) => {
    const wheel = start();
    const deadline = new Recorded();
    const addedAt = now();
    wheel.add(deadline, addedAt + delay);
    expect(deadline.expiredAt).toEqual([]);
    jest.advanceTimersByTime(LATE_MS);
    expectOnTime(deadline, addedAt);
  });

  it('neither keeps nor expires what is never due', () => {
    const wheel = start();
    const deadline = new Recorded();
    wheel.add(deadline, Infinity);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 0, timers: 0 });
    wheel.remove(deadline);
    expect(wheel.size).toBe(0);
  });

  it('waits for the largest number there is', () => {
    const wheel = start();
    const deadline = new Recorded();
    wheel.add(deadline, Number.MAX_VALUE);
    jest.advanceTimersByTime(10 * TURN_MS);
    expect(deadline.expiredAt).toEqual([]);
    wheel.remove(deadline);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has one timer, however many wait, and none when nothing does', () => {
    const wheel = start();
    const many = Array.from({ length: 1_000 }, () => new Recorded());
    for (const [index, deadline] of many.entries()) {
      wheel.add(deadline, now() + ((index * 7_919) % (3 * TURN_MS)));
      expect(jest.getTimerCount()).toBe(1);
    }
    expect(wheel.size).toBe(1_000);
    for (const deadline of many.slice(1)) wheel.remove(deadline);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 1, timers: 1 });
    wheel.remove(many[0]!);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 0, timers: 0 });
  });

  it('has no timer when all have expired', () => {
    const wheel = start();
    wheel.add(new Recorded(), now() + 5);
    wheel.add(new Recorded(), now() + 50);
    jest.advanceTimersByTime(60);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 0, timers: 0 });
  });

  it('wakes once a turn at most while only a far deadline waits', () => {
    const wheel = start();
    const started = jest.spyOn(globalThis, 'setTimeout');
    const deadline = new Recorded();
    const dueAt = now() + 10 * TURN_MS;
    wheel.add(deadline, dueAt);
    jest.advanceTimersByTime(11 * TURN_MS);
    expectOnTime(deadline, dueAt);
    expect(started.mock.calls.length).toBeLessThanOrEqual(12);
    started.mockRestore();
  });

  it('does not expire what was removed', () => {
    const wheel = start();
    const [kept, removed] = [new Recorded(), new Recorded()];
    const dueAt = now() + 20;
    wheel.add(removed, dueAt);
    wheel.add(kept, dueAt);
    wheel.remove(removed);
    jest.advanceTimersByTime(100);
    expect(removed.expiredAt).toEqual([]);
    expectOnTime(kept, dueAt);
  });

  it('takes it when one is removed that was removed, has expired, or was never there', () => {
    const wheel = start();
    const [first, second] = [new Recorded(), new Recorded()];
    wheel.remove(first);
    wheel.add(first, now() + 5);
    wheel.add(second, now() + 500);
    jest.advanceTimersByTime(20);
    wheel.remove(first);
    wheel.remove(first);
    expect(wheel.size).toBe(1);
    wheel.remove(second);
    wheel.remove(second);
    expect(wheel.size).toBe(0);
  });

  it('takes a deadline again that was removed or has expired', () => {
    const wheel = start();
    const deadline = new Recorded();
    wheel.add(deadline, now() + 5);
    wheel.remove(deadline);
    wheel.add(deadline, now() + 10);
    jest.advanceTimersByTime(20);
    wheel.add(deadline, now() + 10);
    jest.advanceTimersByTime(20);
    expect(deadline.expiredAt).toHaveLength(2);
  });

  it('expires in the order in which they are due, also after the process stood still', () => {
    const order: number[] = [];
    let standingStill = 0;
    const wheel = new DeadlineWheel(() => now() + standingStill);
    for (const delay of [3 * TURN_MS, 40, 20, TURN_MS, 8])
      wheel.add(new Recorded(() => order.push(delay)), now() + delay);
    standingStill = 10 * TURN_MS;
    jest.advanceTimersByTime(8 + LATE_MS);
    expect(order).toEqual([8, 20, 40, TURN_MS, 3 * TURN_MS]);
    expect(wheel.size).toBe(0);
  });

  it('is not held up by one that is added when it is overdue already', () => {
    let standingStill = 0;
    const wheel = new DeadlineWheel(() => now() + standingStill);
    const overdue = new Recorded();
    wheel.add(overdue, now() + 100);
    standingStill = 500;
    wheel.add(new Recorded(), now() + 5_000);
    jest.advanceTimersByTime(100 + LATE_MS);
    expect(overdue.expiredAt).toHaveLength(1);
    jest.advanceTimersByTime(5_000);
    expect(wheel.size).toBe(0);
  });

  it('is not early when its timer is', () => {
    let behind = 0;
    const clock = (): number => now() - behind;
    const wheel = new DeadlineWheel(clock);
    const at: number[] = [];
    const dueAt = clock() + 10;
    wheel.add(new Recorded(() => at.push(clock())), dueAt);
    behind = 3;
    jest.advanceTimersByTime(50);
    expect(at).toHaveLength(1);
    expect(at[0]).toBeGreaterThanOrEqual(dueAt);
    expect(at[0]).toBeLessThanOrEqual(dueAt + LATE_MS);
  });

  it('sets the timer back for a deadline that is due sooner', () => {
    const wheel = start();
    const [late, soon] = [new Recorded(), new Recorded()];
    const [lateAt, soonAt] = [now() + 1_000, now() + 10];
    wheel.add(late, lateAt);
    wheel.add(soon, soonAt);
    jest.advanceTimersByTime(1_010);
    expectOnTime(soon, soonAt);
    expectOnTime(late, lateAt);
  });
});

describe('what expires on a DeadlineWheel', () => {
  it('may add another, which holds up none of those that wait', () => {
    const wheel = start();
    const [later, waiting] = [new Recorded(), new Recorded()];
    const [laterAt, waitingAt] = [now() + 1_500, now() + 40];
    const first = new Recorded(() => wheel.add(later, laterAt));
    wheel.add(first, now() + 10);
    wheel.add(waiting, waitingAt);
    jest.advanceTimersByTime(2_000);
    expectOnTime(waiting, waitingAt);
    expectOnTime(later, laterAt);
  });

  it('may add itself anew', () => {
    const wheel = start();
    let rounds = 0;
    const repeating: Recorded = new Recorded(() => {
      rounds += 1;
      if (rounds < 5) wheel.add(repeating, now() + 10);
    });
    wheel.add(repeating, now() + 10);
    jest.advanceTimersByTime(5 * 10 + 5 * LATE_MS);
    expect(rounds).toBe(5);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 0, timers: 0 });
  });

  it('may add what is due already: it expires in a turn of its own, so that the loop is never held', () => {
    const wheel = start();
    const next = new Recorded();
    wheel.add(
      new Recorded(() => {
        wheel.add(next, now());
        expect(next.expiredAt).toEqual([]);
      }),
      now() + 10,
    );
    jest.advanceTimersByTime(10 + 2 * LATE_MS);
    expect(next.expiredAt).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may remove others that are due with it', () => {
    const wheel = start();
    const others: Recorded[] = [];
    const dueAt = now() + 10;
    const removeOthers = (): void => {
      for (const other of others) wheel.remove(other);
    };
    for (let n = 0; n < 5; n += 1) others.push(new Recorded(removeOthers));
    for (const other of others) wheel.add(other, dueAt);
    jest.advanceTimersByTime(50);
    expect(others.map(({ expiredAt }) => expiredAt.length).sort()).toEqual([0, 0, 0, 0, 1]);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 0, timers: 0 });
  });

  it('may put off another that is due with it, as when the process stood still', () => {
    let standingStill = 0;
    const clock = (): number => now() + standingStill;
    const wheel = new DeadlineWheel(clock);
    const putOff = new Recorded();
    const laterAt = now() + 500;
    const first = new Recorded(() => {
      wheel.remove(putOff);
      wheel.add(putOff, laterAt);
    });
    wheel.add(first, now() + 10);
    wheel.add(putOff, now() + 20);
    standingStill = 50;
    jest.advanceTimersByTime(10 + LATE_MS);
    expect([first.expiredAt.length, putOff.expiredAt.length]).toEqual([1, 0]);
    standingStill = 0;
    jest.advanceTimersByTime(1_000);
    expectOnTime(putOff, laterAt);
  });

  it('may throw: that becomes an uncaught exception, each time, and holds up none of the others', () => {
    const uncaught = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined);
    const wheel = start();
    const [together, later] = [new Recorded(), new Recorded()];
    const [dueAt, laterAt] = [now() + 10, now() + 100];
    const failing = ['first', 'second'].map(
      (message) =>
        new Recorded(() => {
          throw new Error(message);
        }),
    );
    for (const deadline of [failing[0]!, together, failing[1]!]) wheel.add(deadline, dueAt);
    wheel.add(later, laterAt);
    jest.advanceTimersByTime(200);
    const thrown = uncaught.mock.calls.map(([rethrow]) => rethrow);
    uncaught.mockRestore();
    expectOnTime(together, dueAt);
    expectOnTime(later, laterAt);
    expect(failing.map(({ expiredAt }) => expiredAt.length)).toEqual([1, 1]);
    expect(thrown.map(messageThrownBy).sort()).toEqual(['first', 'second']);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 0, timers: 0 });
  });

  it('may empty the wheel and fill it anew', () => {
    const wheel = start();
    const [removed, added] = [new Recorded(), new Recorded()];
    const addedAt = now() + 100;
    wheel.add(removed, now() + 50);
    wheel.add(
      new Recorded(() => {
        wheel.remove(removed);
        wheel.add(added, addedAt);
      }),
      now() + 10,
    );
    jest.advanceTimersByTime(200);
    expect(removed.expiredAt).toEqual([]);
    expectOnTime(added, addedAt);
    expect({ size: wheel.size, timers: jest.getTimerCount() }).toEqual({ size: 0, timers: 0 });
  });
});

type Step =
  | { readonly kind: 'add'; readonly delay: number }
  | { readonly kind: 'remove'; readonly which: number }
  | { readonly kind: 'wait'; readonly ms: number };

const delay = fc.oneof(
  // Deadlines of one tick, and of one place on the wheel in different turns.
  fc.constantFrom(8, 8 + TURN_MS, 8 + 2 * TURN_MS),
  fc.double({ min: 0, max: 60, noNaN: true }),
  fc.double({ min: 0, max: 3 * TURN_MS, noNaN: true }),
  fc.constant(Infinity),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add'), delay }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.nat({ max: 900 }) }) },
);

describe('a DeadlineWheel beside a list of deadlines', () => {
  it('expires the same ones, on time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const wheel = start();
        const waiting: { deadline: Recorded; dueAt: number }[] = [];
        const expectAgreement = (): void => {
          const at = now();
          for (const { deadline, dueAt } of waiting) {
            if (dueAt > at) expect(deadline.expiredAt).toEqual([]);
            if (dueAt + LATE_MS <= at || deadline.expiredAt.length > 0) expectOnTime(deadline, dueAt);
          }
          const inWheel = waiting.filter(({ deadline, dueAt }) => deadline.expiredAt.length === 0 && dueAt < Infinity);
          expect(wheel.size).toBe(inWheel.length);
          expect(jest.getTimerCount()).toBe(inWheel.length > 0 ? 1 : 0);
        };
        for (const each of steps) {
          if (each.kind === 'add') {
            const added = { deadline: new Recorded(), dueAt: now() + each.delay };
            wheel.add(added.deadline, added.dueAt);
            waiting.push(added);
          } else if (each.kind === 'remove') {
            const [removed] = waiting.splice(each.which % Math.max(1, waiting.length), 1);
            if (removed !== undefined) wheel.remove(removed.deadline);
          } else {
            jest.advanceTimersByTime(each.ms);
          }
          expectAgreement();
        }
        jest.advanceTimersByTime(4 * TURN_MS);
        expectAgreement();
        expect(wheel.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the wheel of the process', () => {
  it('runs on the clock of performance.now()', () => {
    const deadline = new Recorded();
    const size = deadlines.size;
    deadlines.add(deadline, performance.now() + 10);
    expect(deadlines.size).toBe(size + 1);
    jest.advanceTimersByTime(10 + LATE_MS);
    expect(deadline.expiredAt).toHaveLength(1);
    expect(deadlines.size).toBe(size);
  });
});
