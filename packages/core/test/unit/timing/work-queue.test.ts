import { describe, expect, it } from '@jest/globals';
import { WorkQueue } from '../../../src/timing/work-queue.js';
import { defer, type Deferred } from '../deferred.js';

/** Work that ends when it is told to, or at once. */
class Work {
  readonly started: number[] = [];
  readonly #ends = new Map<number, Deferred>();

  readonly run = (item: number): Promise<void> => {
    this.started.push(item);
    const end = defer();
    this.#ends.set(item, end);
    return end.promise;
  };

  readonly atOnce = (item: number): void => {
    this.started.push(item);
  };

  end(...items: number[]): void {
    for (const item of items) this.#ends.get(item)?.resolve();
  }
}

/** A queue with these items, and how often it has asked for more. */
function start(concurrency: number, work: (item: number) => void | Promise<void>, items: readonly number[] = []) {
  const demands: number[] = [];
  const queue: WorkQueue<number> = new WorkQueue<number>(concurrency, {
    work,
    onDemand: () => demands.push(queue.running),
  });
  for (const item of items) queue.put(item);
  return { queue, demands };
}

/** All that is ready to go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index);
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await settle();
  return settled;
}

describe('WorkQueue', () => {
  it('works on one item after the other, in order', async () => {
    const work = new Work();
    const { queue } = start(1, work.run, [1, 2, 3]);
    expect(work.started).toEqual([1]);
    work.end(1);
    await settle();
    expect(work.started).toEqual([1, 2]);
    queue.put(4);
    for (const item of [2, 3, 4]) {
      work.end(item);
      await settle();
    }
    expect(work.started).toEqual([1, 2, 3, 4]);
    expect(queue.running).toBe(0);
  });

  it.each([2, 3, 7])('works on %d at a time, never more', async (concurrency) => {
    const work = new Work();
    const items = upTo(20);
    const { queue } = start(concurrency, work.run, items);
    for (const item of items) {
      await settle();
      expect(work.started.length).toBe(Math.min(items.length, item + concurrency));
      expect(queue.running).toBe(work.started.length - item);
      work.end(item);
    }
    await settle();
    expect(queue.running).toBe(0);
    expect(work.started).toEqual(items);
  });

  it('works on as many as there are with Infinity', async () => {
    const work = new Work();
    const { queue } = start(Infinity, work.run, upTo(100));
    expect(queue.running).toBe(100);
    expect(queue.wantsMore).toBe(true);
    work.end(...upTo(100));
    await queue.idle();
    expect(queue.running).toBe(0);
  });

  it('starts in order what ends in any', async () => {
    const work = new Work();
    start(2, work.run, upTo(6));
    for (const [item, started] of [
      [1, 3],
      [0, 4],
      [3, 5],
      [2, 6],
    ] as const) {
      // prettier-ignore
      work.end(item);
      await settle();
      expect(work.started).toEqual(upTo(started));
    }
  });

  it('goes on when a promise of another make has ended', async () => {
    const seen: number[] = [];
    const { queue } = start(1, (item) => {
      seen.push(item);
      return Promise.resolve({ then: (done: () => void) => setTimeout(done, 1) }) as unknown as Promise<void>;
    });
    for (const item of [1, 2]) queue.put(item);
    await queue.idle();
    expect(seen).toEqual([1, 2]);
  });
});

describe('work that is done at once', () => {
  it('is done when put returns, in order, and leaves nothing running', () => {
    const work = new Work();
    const { queue } = start(1, work.atOnce);
    for (const item of upTo(5)) {
      queue.put(item);
      expect(work.started).toEqual(upTo(item + 1));
    }
    expect({ running: queue.running, wantsMore: queue.wantsMore }).toEqual({ running: 0, wantsMore: true });
  });

  it('may put more, which comes behind, however many: the stack does not grow', async () => {
    const seen: number[] = [];
    const { queue } = start(1, (item) => {
      if (item < 100_000) queue.put(item + 1);
      seen.push(item);
    });
    queue.put(0);
    await queue.idle();
    expect(seen).toEqual(upTo(100_001));
  });

  it('keeps its order with work that takes a while', async () => {
    const work = new Work();
    const seen: number[] = [];
    const { queue } = start(1, (item) => {
      seen.push(item);
      return item % 3 === 1 ? work.run(item) : undefined;
    });
    for (const item of upTo(9)) queue.put(item);
    expect(seen).toEqual([0, 1]);
    work.end(1);
    await settle();
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    work.end(4);
    await settle();
    work.end(7);
    await settle();
    expect(seen).toEqual(upTo(9));
  });

  it('lets the event loop turn after a while, and goes on by itself', async () => {
    const seen: number[] = [];
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    const { queue, demands } = start(1, (item) => {
      seen.push(item);
      for (const end = performance.now() + 0.2; performance.now() < end;);
    });
    setImmediate(count);
    for (const item of upTo(500)) queue.put(item);
    expect(seen.length).toBeLessThan(200);
    expect(queue.wantsMore).toBe(false);
    await queue.idle();
    isOver = true;
    expect(seen).toEqual(upTo(500));
    expect(turns).toBeGreaterThan(3);
    await settle();
    expect(queue.wantsMore).toBe(true);
    expect(demands.length).toBeGreaterThan(0);
  });

  it('that is stopped while the event loop has its turn does not go on', async () => {
    const seen: number[] = [];
    const { queue } = start(1, (item) => {
      seen.push(item);
      for (const end = performance.now() + 0.5; performance.now() < end;);
    });
    for (const item of upTo(500)) queue.put(item);
    const { length } = seen;
    expect(queue.stop()).toEqual(upTo(500).slice(length));
    await queue.idle();
    await settle();
    await settle();
    expect(seen).toHaveLength(length);
  });
});

describe('more is wanted', () => {
  it('while something that came would be begun at once, and not otherwise', async () => {
    const work = new Work();
    const { queue } = start(2, work.run);
    const wanted = [queue.wantsMore];
    for (const item of [1, 2, 3]) {
      queue.put(item);
      wanted.push(queue.wantsMore);
    }
    work.end(1);
    await settle();
    wanted.push(queue.wantsMore);
    work.end(2);
    await settle();
    wanted.push(queue.wantsMore);
    expect(wanted).toEqual([true, true, false, false, false, true]);
  });

  it('is told when work ends and nothing waits, and not before', async () => {
    const work = new Work();
    const { demands } = start(2, work.run, [1, 2, 3, 4]);
    work.end(1, 2);
    await settle();
    expect(demands).toEqual([]);
    work.end(3);
    await settle();
    expect(demands).toEqual([1]);
    work.end(4);
    await settle();
    expect(demands).toEqual([1, 0]);
  });

  it('may be answered at once', async () => {
    const seen: number[] = [];
    const queue: WorkQueue<number> = new WorkQueue<number>(1, {
      async work(item) {
        seen.push(item);
        await settle();
      },
      onDemand: () => {
        if (seen.length < 10) queue.put(seen.length);
      },
    });
    queue.put(0);
    while (seen.length < 10) await settle();
    await queue.idle();
    expect(seen).toEqual(upTo(10));
  });
});

describe('stop', () => {
  it('gives back what was not begun, in order, and begins nothing more', async () => {
    const work = new Work();
    const { queue, demands } = start(2, work.run, [1, 2, 3, 4]);
    expect(queue.stop()).toEqual([3, 4]);
    expect(queue.running).toBe(2);
    work.end(1, 2);
    await queue.idle();
    await settle();
    expect(work.started).toEqual([1, 2]);
    expect({ running: queue.running, wantsMore: queue.wantsMore, demands }).toEqual({
      running: 0,
      wantsMore: false,
      demands: [],
    });
  });

  it('gives back nothing the second time', () => {
    const { queue } = start(1, new Work().run, [1, 2]);
    expect([queue.stop(), queue.stop()]).toEqual([[2], []]);
  });

  it('may be called by the work itself', async () => {
    const seen: number[] = [];
    let left: number[] = [];
    const { queue } = start(1, async (item) => {
      seen.push(item);
      await settle();
      if (item === 2) left = queue.stop();
    });
    for (const item of upTo(5)) queue.put(item);
    await queue.idle();
    expect({ seen, left }).toEqual({ seen: [0, 1, 2], left: [3, 4] });
    const atOnce = start(1, (item) => {
      if (item === 2) left = atOnce.queue.stop();
      if (item === 0) for (const more of [1, 2, 3, 4]) atOnce.queue.put(more);
    });
    atOnce.queue.put(0);
    expect(left).toEqual([3, 4]);
  });
});

describe('idle', () => {
  it('is so at once where nothing is worked on', async () => {
    const { queue } = start(1, new Work().run);
    expect(await isSettled(queue.idle())).toBe(true);
    queue.stop();
    expect(await isSettled(queue.idle())).toBe(true);
  });

  it('resolves when all has been worked on, for all who wait', async () => {
    const work = new Work();
    const { queue } = start(1, work.run, [1, 2]);
    const waiting = [queue.idle(), queue.idle()];
    work.end(1);
    expect(await isSettled(Promise.race(waiting))).toBe(false);
    work.end(2);
    await Promise.all(waiting);
    queue.put(3);
    const again = queue.idle();
    expect(await isSettled(again)).toBe(false);
    work.end(3);
    await again;
  });

  it('resolves when what ran at a stop has ended', async () => {
    const work = new Work();
    const { queue } = start(3, work.run, [1, 2, 3, 4]);
    const waiting = queue.idle();
    queue.stop();
    work.end(1, 2);
    expect(await isSettled(waiting)).toBe(false);
    work.end(3);
    await waiting;
    expect(work.started).toEqual([1, 2, 3]);
  });

  it('can be waited for by work that is done at once', async () => {
    const seen: number[] = [];
    let idle: Promise<void> | undefined;
    const { queue } = start(1, (item) => {
      seen.push(item);
      if (item === 0) {
        for (const more of [1, 2]) queue.put(more);
        idle = queue.idle();
      }
    });
    queue.put(0);
    await idle;
    expect(seen).toEqual([0, 1, 2]);
  });
});
