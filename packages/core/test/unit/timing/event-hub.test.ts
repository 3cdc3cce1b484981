import { describe, expect, it, jest } from '@jest/globals';
import { EventHub } from '../../../src/timing/event-hub.js';

interface Events {
  came: { readonly n: number };
  went: { readonly n: number };
}

function iterated(hub: EventHub<Events>): Promise<unknown[]> {
  const seen: unknown[] = [];
  const loop = hub.iterate();
  return (async () => {
    for await (const event of loop) seen.push(event);
    return seen;
  })();
}

describe('the listeners of an EventHub', () => {
  it('are told of their own events, in the order of subscribing', () => {
    const hub = new EventHub<Events>();
    const seen: string[] = [];
    hub.on('came', ({ n }) => void seen.push(`first ${n}`));
    hub.on('came', ({ n }) => void seen.push(`second ${n}`));
    hub.on('went', ({ n }) => void seen.push(`went ${n}`));
    hub.emit('came', { n: 1 });
    hub.emit('went', { n: 2 });
    expect(seen).toEqual(['first 1', 'second 1', 'went 2']);
  });

  it('are told once, however often they were added, until they are taken away', () => {
    const hub = new EventHub<Events>();
    const listener = jest.fn();
    hub.on('came', listener);
    hub.on('came', listener);
    hub.emit('came', { n: 1 });
    hub.off('went', listener);
    hub.emit('came', { n: 2 });
    hub.off('came', listener);
    hub.off('came', listener);
    hub.emit('came', { n: 3 });
    expect(listener.mock.calls).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  });

  it('may take themselves away, and add others, which hear of the next event first', () => {
    const hub = new EventHub<Events>();
    const [later, last] = [jest.fn(), jest.fn()];
    const once = jest.fn(() => {
      hub.off('came', once);
      hub.on('came', later);
    });
    hub.on('came', once);
    hub.on('came', last);
    hub.emit('came', { n: 1 });
    hub.emit('came', { n: 2 });
    expect([once, later, last].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 2]);
  });

  it('that throw harm nobody here, and what they threw becomes an uncaught exception', () => {
    const hub = new EventHub<Events>();
    const queued: (() => void)[] = [];
    const queue = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void queued.push(task));
    const other = jest.fn();
    hub.on('came', () => {
      throw new Error('in the listener');
    });
    hub.on('came', other);
    hub.emit('came', { n: 1 });
    queue.mockRestore();
    expect(other).toHaveBeenCalledTimes(1);
    expect(queued).toHaveLength(1);
    expect(queued[0]).toThrow('in the listener');
  });
});

describe('a loop over the events of an EventHub', () => {
  it('gets all from its start on, with their types, and ends with the hub', async () => {
    const hub = new EventHub<Events>();
    hub.emit('came', { n: 0 });
    const seen = iterated(hub);
    hub.emit('came', { n: 1 });
    hub.emit('went', { n: 2 });
    hub.end();
    hub.emit('came', { n: 3 });
    expect(await seen).toEqual([
      { type: 'came', n: 1 },
      { type: 'went', n: 2 },
    ]);
  });

  it('waits for what comes', async () => {
    const hub = new EventHub<Events>();
    const loop = hub.iterate();
    const next = loop.next();
    hub.emit('came', { n: 1 });
    await expect(next).resolves.toEqual({ done: false, value: { type: 'came', n: 1 } });
    const last = loop.next();
    hub.end();
    await expect(last).resolves.toEqual({ done: true, value: undefined });
  });

  it('is one of several, and each gets all', async () => {
    const hub = new EventHub<Events>();
    const both = [iterated(hub), iterated(hub)];
    hub.emit('came', { n: 1 });
    hub.end();
    expect(await Promise.all(both)).toEqual([[{ type: 'came', n: 1 }], [{ type: 'came', n: 1 }]]);
  });

  it('that is too slow misses the oldest beyond a thousand', async () => {
    const hub = new EventHub<Events>();
    const loop = hub.iterate();
    for (let n = 0; n < 1_005; n += 1) hub.emit('came', { n });
    hub.end();
    const seen: unknown[] = [];
    for await (const { n } of loop) seen.push(n);
    expect(seen).toHaveLength(1_000);
    expect([seen[0], seen.at(-1)]).toEqual([5, 1_004]);
  });

  it('that is left gets nothing more', async () => {
    const hub = new EventHub<Events>();
    const loop = hub.iterate();
    hub.emit('came', { n: 1 });
    hub.emit('came', { n: 2 });
    for await (const event of loop) {
      expect(event.n).toBe(1);
      break;
    }
    hub.emit('came', { n: 3 });
    await expect(loop.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('may be asked for several at once', async () => {
    const hub = new EventHub<Events>();
    const loop = hub.iterate();
    const asked = [loop.next(), loop.next(), loop.next()];
    hub.emit('came', { n: 1 });
    hub.emit('came', { n: 2 });
    hub.end();
    const settled = await Promise.race([
      Promise.all(asked),
      new Promise((resolve) => setImmediate(resolve, 'some were never answered')),
    ]);
    expect(settled).toEqual([
      { done: false, value: { type: 'came', n: 1 } },
      { done: false, value: { type: 'came', n: 2 } },
      { done: true, value: undefined },
    ]);
  });

  it('that begins after the end is over at once', async () => {
    const hub = new EventHub<Events>();
    hub.end();
    expect(await iterated(hub)).toEqual([]);
  });
});

it('an EventHub knows whether anybody would hear', async () => {
  const hub = new EventHub<Events>();
  const listener = (): void => undefined;
  expect([hub.isHeard('came'), hub.isHeard('went')]).toEqual([false, false]);
  hub.on('came', listener);
  expect([hub.isHeard('came'), hub.isHeard('went')]).toEqual([true, false]);
  hub.off('came', listener);
  expect(hub.isHeard('came')).toBe(false);
  const loop = hub.iterate();
  expect([hub.isHeard('came'), hub.isHeard('went')]).toEqual([true, true]);
  await loop.return?.();
  expect(hub.isHeard('came')).toBe(false);
});
