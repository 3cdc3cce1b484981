import { describe, expect, it } from '@jest/globals';
import type { Middleware, Step } from '../../../src/contract/middleware.js';
import { EndpointPipeline, type OutgoingRun } from '../../../src/pipeline/endpoint-pipeline.js';
import type { PassingMessage } from '../../../src/pipeline/passing-message.js';
import { defer } from '../deferred.js';
import { messageOf } from './message.js';
import { useNodeEnv } from './node-env.js';

const nothing = (): void => undefined;
const newPipeline = (): EndpointPipeline => new EndpointPipeline({ wrapSerializer: nothing, failed: nothing });
const out = (
  pipeline: EndpointPipeline,
  message: PassingMessage,
  last: OutgoingRun<never>['last'],
): boolean | Promise<boolean> => pipeline.runOutgoing(message, { last });

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function inward(
  pipeline: EndpointPipeline,
  message: PassingMessage,
  passed: () => void | Promise<void>,
): boolean | Promise<boolean> {
  return pipeline.runIncoming(message, { passed });
}

/** Sends a message, at once or later. */
async function sent(pipeline: EndpointPipeline, n: number, arrived: unknown[]): Promise<boolean> {
  return out(pipeline, messageOf(n), () => void arrived.push(n));
}

/** A middleware that writes its name as messages pass. */
function tracing(name: string, seen: string[]): Middleware {
  const step = (direction: string): Step => {
    return (_message, next) => {
      seen.push(`${name} ${direction}`);
      return next();
    };
  };
  return { name, outgoing: step('out'), incoming: step('in') };
}

describe('EndpointPipeline', () => {
  it('runs outgoing messages first to last, incoming ones last to first', async () => {
    const seen: string[] = [];
    const pipeline = newPipeline();
    for (const name of ['a', 'b', 'c']) pipeline.add(tracing(name, seen));
    await out(pipeline, messageOf(1), () => void seen.push('sent'));
    await inward(pipeline, messageOf(1), () => void seen.push('received'));
    expect(seen).toEqual(['a out', 'b out', 'c out', 'sent', 'c in', 'b in', 'a in', 'received']);
  });

  it('puts one first where it is told to: nearest to the code that sends and handles', async () => {
    const seen: string[] = [];
    const pipeline = newPipeline();
    pipeline.add(tracing('b', seen));
    pipeline.add(tracing('a', seen), 'first');
    pipeline.add(tracing('c', seen), 'last');
    pipeline.add(tracing('z', seen), 'first');
    await out(pipeline, messageOf(1), () => void seen.push('sent'));
    await inward(pipeline, messageOf(1), () => void seen.push('received'));
    expect(seen).toEqual(['z out', 'a out', 'b out', 'c out', 'sent', 'c in', 'b in', 'a in', 'z in', 'received']);
  });

  it('is done at once, in both directions, where the steps are', () => {
    const seen: string[] = [];
    const pipeline = newPipeline();
    pipeline.add(tracing('a', seen));
    pipeline.add({ name: 'picky', incoming: (message, next) => (message.body === 1 ? next() : undefined) });
    expect(inward(pipeline, messageOf(1), () => void seen.push('received'))).toBe(true);
    expect(inward(pipeline, messageOf(2), () => void seen.push('received'))).toBe(false);
    expect(out(pipeline, messageOf(1), () => void seen.push('sent'))).toBe(true);
    expect(pipeline.runReply(messageOf(1))).toBe(true);
    expect(seen).toEqual(['a in', 'received', 'a out', 'sent', 'a out']);
    expect(pipeline.isBusy).toBe(false);
  });

  it('throws at once what a step throws, and keeps nobody waiting behind it', () => {
    const pipeline = newPipeline();
    const refuse: Step = () => {
      throw new Error('refused');
    };
    pipeline.add({ name: 'strict', outgoing: refuse, incoming: refuse });
    expect(() => inward(pipeline, messageOf(1), nothing)).toThrow('refused');
    expect(() => out(pipeline, messageOf(1), nothing)).toThrow('refused');
    expect(pipeline.isBusy).toBe(false);
  });

  it('says in which directions there is anything to run', () => {
    const pipeline = newPipeline();
    expect(pipeline).toMatchObject({ hasOutgoing: false, hasIncoming: false });
    pipeline.add({ name: 'out', outgoing: (_message, next) => next() });
    expect(pipeline).toMatchObject({ hasOutgoing: true, hasIncoming: false });
    pipeline.add({ name: 'in', incoming: (_message, next) => next() });
    expect(pipeline).toMatchObject({ hasOutgoing: true, hasIncoming: true });
  });

  it('calls a step on its middleware', async () => {
    class Counting implements Middleware {
      readonly name = 'counting';
      count = 0;

      outgoing(_message: unknown, next: () => Promise<void>): Promise<void> {
        this.count += 1;
        return next();
      }

      incoming(_message: unknown, next: () => Promise<void>): Promise<void> {
        this.count += 10;
        return next();
      }
    }
    const [pipeline, counting] = [newPipeline(), new Counting()];
    pipeline.add(counting);
    await out(pipeline, messageOf(1), nothing);
    await inward(pipeline, messageOf(1), nothing);
    expect(counting.count).toBe(11);
  });

  it('says whether the message came through', async () => {
    const pipeline = newPipeline();
    pipeline.add({ name: 'odd ones only', outgoing: (message, next) => (message.body === 1 ? next() : undefined) });
    expect(await out(pipeline, messageOf(1), nothing)).toBe(true);
    expect(await out(pipeline, messageOf(2), nothing)).toBe(false);
    expect(await inward(pipeline, messageOf(2), nothing)).toBe(true);
  });

  it.each([
    [undefined, 'middleware'],
    [null, 'middleware'],
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 5, outgoing: nothing }, 'name'],
    [{ name: 'idle' }, "'idle'"],
    [{ name: 'odd', outgoing: 'x' }, "'odd'"],
    [{ name: 'odd', outgoing: null }, "'odd'"],
    [{ name: 'odd', outgoing: nothing, incoming: {} }, "'odd'"],
  ])('refuses %j', (middleware, named) => {
    const pipeline = newPipeline();
    expect(() => pipeline.add(middleware as Middleware)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(named) }),
    );
    expect(pipeline).toMatchObject({ hasOutgoing: false, hasIncoming: false });
  });
});

describe('messages on their way out', () => {
  it('wait until the one before has been taken over, however long that takes', async () => {
    const pipeline = newPipeline();
    const taken = defer();
    const arrived: unknown[] = [];
    pipeline.add({ name: 'pass', outgoing: (_message, next) => next() });
    const first = out(pipeline, messageOf(0), async () => {
      await taken.promise;
      arrived.push(0);
    });
    const second = out(pipeline, messageOf(1), () => void arrived.push(1));
    await settle();
    expect(arrived).toEqual([]);
    taken.resolve();
    await Promise.all([first, second]);
    expect(arrived).toEqual([0, 1]);
  });

  it('fail with what fails at the end, and hold up nobody', async () => {
    const pipeline = newPipeline();
    pipeline.add({ name: 'pass', outgoing: (_message, next) => next() });
    const first = out(pipeline, messageOf(0), () => Promise.reject(new Error('no room')));
    const second = out(pipeline, messageOf(1), nothing);
    await expect(first).rejects.toThrow('no room');
    await expect(second).resolves.toBe(true);
  });

  it('arrive in the order in which they came, however long each step takes', async () => {
    const pipeline = newPipeline();
    const gates = [defer(), defer(), defer()];
    const arrived: unknown[] = [];
    pipeline.add({
      name: 'slow',
      outgoing: async (message, next) => {
        await gates[message.body as number]?.promise;
        await next();
      },
    });
    const runs = [0, 1, 2].map((n) => sent(pipeline, n, arrived));
    gates[2]?.resolve();
    gates[1]?.resolve();
    await settle();
    expect(arrived).toEqual([]);
    gates[0]?.resolve();
    await Promise.all(runs);
    expect(arrived).toEqual([0, 1, 2]);
  });

  it.each([
    ['stopped', nothing],
    ['refused', () => Promise.reject(new Error('refused'))],
  ])('are not held up by one that was %s', async (_how, outgoing: Step) => {
    const pipeline = newPipeline();
    const arrived: unknown[] = [];
    pipeline.add({
      name: 'picky',
      outgoing: (message, next) => (message.body === 0 ? outgoing(message, next) : next()),
    });
    const first = sent(pipeline, 0, arrived).catch(() => undefined);
    await out(pipeline, messageOf(1), () => void arrived.push(1));
    await first;
    expect(arrived).toEqual([1]);
  });

  it('wait for those before them even behind one that was refused', async () => {
    const pipeline = newPipeline();
    const gate = defer();
    const arrived: unknown[] = [];
    pipeline.add({
      name: 'mixed',
      outgoing: async (message, next) => {
        if (message.body === 0) await gate.promise;
        if (message.body === 1) throw new Error('refused');
        await next();
      },
    });
    const runs = [0, 1, 2].map((n) => sent(pipeline, n, arrived).catch(() => undefined));
    await settle();
    expect(arrived).toEqual([]);
    gate.resolve();
    await Promise.all(runs);
    expect(arrived).toEqual([0, 2]);
  });

  it('wait only until the one before has been taken over, not for what its steps do afterwards', async () => {
    const pipeline = newPipeline();
    const afterwards = defer();
    const arrived: unknown[] = [];
    pipeline.add({
      name: 'lingering',
      outgoing: async (message, next) => {
        await next();
        if (message.body === 0) await afterwards.promise;
      },
    });
    const first = out(pipeline, messageOf(0), () => void arrived.push(0));
    const second = out(pipeline, messageOf(1), () => void arrived.push(1));
    await settle();
    expect(arrived).toEqual([0, 1]);
    afterwards.resolve();
    await Promise.all([first, second]);
  });

  it('do not wait for those on their way in', async () => {
    const pipeline = newPipeline();
    const gate = defer();
    pipeline.add({ name: 'slow in', incoming: async (_message, next) => gate.promise.then(next) });
    const incoming = inward(pipeline, messageOf(0), nothing);
    expect(await out(pipeline, messageOf(1), nothing)).toBe(true);
    gate.resolve();
    await incoming;
  });

  describe('in production', () => {
    useNodeEnv('production');

    it('keep their order behind a step that does not await its next', async () => {
      const pipeline = newPipeline();
      const gate = defer();
      const arrived: unknown[] = [];
      pipeline.add({ name: 'careless', outgoing: (_message, next) => void next() });
      pipeline.add({
        name: 'slow',
        outgoing: async (message, next) => {
          if (message.body === 0) await gate.promise;
          await next();
        },
      });
      const runs = [0, 1].map((n) => sent(pipeline, n, arrived));
      await settle();
      gate.resolve();
      await Promise.all(runs);
      await settle();
      expect(arrived).toEqual([0, 1]);
    });
  });
});

describe('a middleware that is added while a message is under way', () => {
  it.each([
    ['in', (pipeline: EndpointPipeline) => inward(pipeline, messageOf(1), nothing)],
    ['out', (pipeline: EndpointPipeline) => out(pipeline, messageOf(1), nothing)],
  ])('lets the message that is on its way %s pass each step at most once', async (direction, run) => {
    const pipeline = newPipeline();
    const seen: string[] = [];
    const gate = defer();
    const wait: Step = async (_message, next) => {
      seen.push('old');
      await gate.promise;
      await next();
    };
    pipeline.add({ name: 'old', outgoing: wait, incoming: wait });
    const running = run(pipeline);
    pipeline.add(tracing('new', seen));
    gate.resolve();
    await running;
    expect(seen.filter((each) => each === 'old')).toHaveLength(1);
    await run(pipeline);
    expect(seen.slice(-2).sort()).toEqual([`new ${direction}`, 'old']);
  });
});
