import { describe, expect, it } from '@jest/globals';
import { WorkLoop } from '../../../src/timing/work-loop.js';
import { defer, type Deferred } from '../deferred.js';

/** Where a loop fetches from: what is put in comes out, in order, to whoever has asked. */
class Source {
  readonly #items: number[] = [];
  readonly #asking: ((item: number) => void)[] = [];
  asked = 0;

  put(...items: number[]): void {
    for (const item of items) {
      const next = this.#asking.shift();
      if (next === undefined) this.#items.push(item);
      else next(item);
    }
  }

  readonly fetch = (signal: AbortSignal): Promise<number> => {
    if (signal.aborted) return Promise.reject(new Error('aborted'));
    this.asked += 1;
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve, reject) => {
      this.#asking.push(resolve);
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  };

  /** How many ask and have not got anything. */
  get waiting(): number {
    return this.#asking.length;
  }

  get left(): readonly number[] {
    return this.#items;
  }
}

/** Work that ends when it is told to. */
class Work {
  readonly started: number[] = [];
  readonly #ends = new Map<number, Deferred>();

  readonly run = (item: number): Promise<void> => {
    this.started.push(item);
    const end = defer();
    this.#ends.set(item, end);
    return end.promise;
  };

  end(...items: number[]): void {
    for (const item of items) this.#ends.get(item)?.resolve();
  }
}

/** All that is ready to go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('WorkLoop', () => {
  it('works on one item after the other, in order', async () => {
    const [source, work] = [new Source(), new Work()];
    const loop = new WorkLoop(1, source.fetch, work.run);
    source.put(1, 2, 3);
    await settle();
    expect(work.started).toEqual([1]);
    expect(source.left).toEqual([2, 3]);
    work.end(1);
    await settle();
    expect(work.started).toEqual([1, 2]);
    work.end(2);
    await settle();
    work.end(3);
    await loop.stop();
    expect(work.started).toEqual([1, 2, 3]);
  });

  it.each([2, 3, 7])('works on %d at a time, never more', async (concurrency) => {
    const [source, work] = [new Source(), new Work()];
    const loop = new WorkLoop(concurrency, source.fetch, work.run);
    const items = Array.from({ length: 20 }, (_, index) => index);
    source.put(...items);
    for (const item of items) {
      await settle();
      expect(work.started.length).toBe(Math.min(items.length, item + concurrency));
      expect(loop.running).toBe(work.started.length - item);
      work.end(item);
    }
    await settle();
    expect(loop.running).toBe(0);
    await loop.stop();
    expect(work.started).toEqual(items);
  });

  it('works on as many as there are with Infinity', async () => {
    const [source, work] = [new Source(), new Work()];
    const loop = new WorkLoop(Infinity, source.fetch, work.run);
    const items = Array.from({ length: 100 }, (_, index) => index);
    source.put(...items);
    await settle();
    expect(loop.running).toBe(100);
    work.end(...items);
    await loop.stop();
  });

  it('asks for no more than it could work on, and for one at a time while it has nothing to do', async () => {
    const source = new Source();
    const loop = new WorkLoop(Infinity, source.fetch, () => Promise.resolve());
    await settle();
    expect(source.asked).toBe(1);
    await loop.stop();
  });

  it('waits for one at a time again after it was busy, as long as it can wait', async () => {
    const [source, work] = [new Source(), new Work()];
    const loop = new WorkLoop(10, source.fetch, work.run);
    for (const item of [1, 2, 3]) {
      await settle();
      source.put(item);
      await settle();
      work.end(item);
    }
    await settle();
    // Each item was asked for once, and by the lane that was free when it came; two lanes do for one item after the other.
    expect(source.waiting).toBeLessThanOrEqual(2);
    await loop.stop();
  });

  it('stops once what runs has ended, and fetches nothing after that', async () => {
    const [source, work] = [new Source(), new Work()];
    const loop = new WorkLoop(2, source.fetch, work.run);
    source.put(1, 2, 3, 4);
    await settle();
    let stopped = false;
    const stop = loop.stop().then(() => {
      stopped = true;
    });
    work.end(1);
    await settle();
    expect({ stopped, running: loop.running, started: work.started }).toEqual({
      stopped: false,
      running: 1,
      started: [1, 2],
    });
    work.end(2);
    await stop;
    expect(source.left).toEqual([3, 4]);
    source.put(5);
    await settle();
    expect(work.started).toEqual([1, 2]);
    expect(loop.running).toBe(0);
  });

  it('works on what was fetched in the moment of stopping', async () => {
    const [source, work] = [new Source(), new Work()];
    const loop = new WorkLoop(1, source.fetch, work.run);
    source.put(1);
    const stop = loop.stop();
    await settle();
    expect(work.started).toEqual([1]);
    work.end(1);
    await stop;
  });

  it('stops at once while it waits, and again when it has stopped', async () => {
    const loop = new WorkLoop(3, new Source().fetch, () => Promise.resolve());
    await loop.stop();
    await loop.stop();
    expect(loop.running).toBe(0);
  });

  it('ends when nothing more is to be had', async () => {
    const work = new Work();
    const items = [1, 2];
    const fetch = (): Promise<number> => {
      const item = items.shift();
      return item === undefined ? Promise.reject(new Error('closed')) : Promise.resolve(item);
    };
    const loop = new WorkLoop(4, fetch, work.run);
    await settle();
    expect(loop.running).toBe(2);
    work.end(1, 2);
    await settle();
    expect(loop.running).toBe(0);
    await loop.stop();
  });
});
