import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { Execution, LocalExecution } from '../../../src/service/execution.js';
import { Cancellation } from '../../../src/timing/cancellation.js';
import { LinkedQueue } from '../../../src/timing/linked-queue.js';
import type { AbortSource } from '../../../src/timing/on-abort.js';
import { defer } from '../deferred.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

class TestExecution extends Execution {
  readonly requestId = 'r-1';
  readonly heard: unknown[] = [];

  protected succeeded(result: unknown): void {
    this.heard.push(['succeeded', result]);
  }

  protected failed(error: unknown): void {
    this.heard.push(['failed', (error as { code?: string }).code ?? error]);
  }

  protected override ended(): void {
    this.heard.push('ended');
  }
}

function start(options: { timeoutMs?: number; sources?: readonly AbortSource[] } = {}): TestExecution {
  const { timeoutMs = 100, sources } = options;
  const facts = { headers: { key: 'value' }, peer: 'peer', timeoutMs, deadline: performance.now() + timeoutMs };
  return new TestExecution('add', facts, sources);
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a handler that returns no promise', () => {
  it.each([[3], [undefined], [null], [{ then: 'no function' }], [() => undefined]])(
    'has its result at once, without a timer and without a place in the registry: %p',
    (result) => {
      const execution = start();
      const registry = new LinkedQueue<Execution>();
      const append = jest.spyOn(registry, 'append');
      execution.start(() => result, undefined, registry);
      expect(execution.heard).toEqual([['succeeded', result], 'ended']);
      expect(execution.isOver).toBe(true);
      expect(append).not.toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  it('fails with what it throws', () => {
    const execution = start();
    execution.start(() => {
      throw new Error('no');
    }, 1);
    expect(execution.heard).toEqual([['failed', new Error('no')], 'ended']);
  });

  it('is given the data and a context', () => {
    const execution = start();
    execution.start((data, context) => {
      const { action, headers, peer, requestId, deadline } = context;
      return { data, action, headers, peer, requestId, deadline };
    }, 'data');
    expect(execution.heard[0]).toEqual([
      'succeeded',
      {
        data: 'data',
        action: 'add',
        headers: { key: 'value' },
        peer: 'peer',
        requestId: 'r-1',
        deadline: execution.deadline,
      },
    ]);
  });
});

describe('a handler that returns a promise', () => {
  it('stands in the registry, and has a deadline, until the promise settles', async () => {
    const [execution, registry, result] = [start(), new LinkedQueue<Execution>(), defer<number>()];
    execution.start(() => result.promise, undefined, registry);
    expect([registry.size, jest.getTimerCount(), execution.heard]).toEqual([1, 1, []]);
    result.resolve(5);
    await settle();
    expect([registry.size, jest.getTimerCount()]).toEqual([0, 0]);
    expect(execution.heard).toEqual([['succeeded', 5], 'ended']);
  });

  it('fails with what the promise rejects with', async () => {
    const [execution, result] = [start(), defer()];
    execution.start(() => result.promise, undefined);
    result.reject('reason');
    await settle();
    expect(execution.heard).toEqual([['failed', 'reason'], 'ended']);
  });

  it('may return anything that has a then', async () => {
    const execution = start();
    execution.start(() => ({ then: (resolve: (value: string) => void) => resolve('thenable') }), undefined);
    await settle();
    expect(execution.heard).toEqual([['succeeded', 'thenable'], 'ended']);
  });

  it('fails when its time is up, and ends when it ends: its signal is aborted', async () => {
    const [execution, registry, result] = [start(), new LinkedQueue<Execution>(), defer()];
    let signal: AbortSignal | undefined;
    execution.start(
      (_data, context) => {
        ({ signal } = context);
        return result.promise;
      },
      undefined,
      registry,
    );
    jest.advanceTimersByTime(105);
    expect(execution.heard).toEqual([['failed', 'TIMEOUT']]);
    expect([execution.isOver, registry.size, signal?.aborted]).toEqual([true, 0, true]);
    expect(signal?.reason).toMatchObject({ code: 'TIMEOUT', message: "'add' took longer than 100 ms" });
    result.resolve();
    await settle();
    expect(execution.heard).toEqual([['failed', 'TIMEOUT'], 'ended']);
  });

  it('has a signal that is aborted also for one who asks for it afterwards', async () => {
    const [execution, result] = [start(), defer()];
    execution.start(() => result.promise, undefined);
    execution.stop(new Error('enough'));
    expect(execution.context.signal.aborted).toBe(true);
    expect(execution.context.signal.reason).toEqual(new Error('enough'));
    result.resolve();
    await settle();
    expect(execution.heard).toEqual([['failed', new Error('enough')], 'ended']);
  });

  it.each(['signal', 'cancellation'] as const)(
    'is aborted by a %s from outside, to which it listens no longer than it runs',
    async (kind) => {
      const controller = new AbortController();
      const cancellation = new Cancellation();
      const source = kind === 'signal' ? controller.signal : cancellation;
      const abort = (reason: unknown): void =>
        kind === 'signal' ? controller.abort(reason) : cancellation.abort(reason);
      const listeners = (): number => getEventListeners(controller.signal, 'abort').length;

      const [first, second, result] = [start({ sources: [source] }), start({ sources: [source] }), defer()];
      first.start(() => Promise.resolve(1), undefined);
      await settle();
      expect(listeners()).toBe(0);
      second.start(() => result.promise, undefined);
      abort('the caller went');
      expect(second.heard).toEqual([['failed', 'ABORTED']]);
      expect(second.context.signal.reason).toMatchObject({ code: 'ABORTED', cause: 'the caller went' });
      expect(first.heard).toEqual([['succeeded', 1], 'ended']);
      expect(listeners()).toBe(0);
      result.resolve();
      await settle();
    },
  );

  it('is aborted by a source that its handler itself has aborted', async () => {
    const controller = new AbortController();
    const [execution, result] = [start({ sources: [controller.signal] }), defer()];
    execution.start(() => {
      controller.abort('by itself');
      return result.promise;
    }, undefined);
    jest.advanceTimersByTime(20);
    await settle();
    expect(execution.heard).toEqual([['failed', 'ABORTED']]);
    result.resolve();
    await settle();
  });

  it('is answered once, by what comes first', async () => {
    const [execution, result] = [start(), defer<number>()];
    execution.start(() => result.promise, undefined);
    execution.stop(new Error('first'));
    execution.stop(new Error('second'));
    execution.expire();
    execution.onAborted('third');
    result.resolve(4);
    await settle();
    expect(execution.heard).toEqual([['failed', new Error('first')], 'ended']);
    expect(execution.context.signal.reason).toEqual(new Error('first'));
  });

  it('has no deadline where there is no limit', async () => {
    const [execution, result] = [start({ timeoutMs: Infinity }), defer()];
    execution.start(() => result.promise, undefined);
    expect(jest.getTimerCount()).toBe(0);
    result.resolve();
    await settle();
  });
});

describe('what costs nothing unless somebody asks', () => {
  it('is the signal, and the headers of the reply', () => {
    const execution = start();
    execution.start(() => 1, undefined);
    expect(execution.givenHeaders).toBeUndefined();
    execution.context.replyHeaders['key'] = 'value';
    expect(execution.givenHeaders).toEqual({ key: 'value' });
    expect(execution.cancellation).toBe(execution.cancellation);
    expect(execution.cancellation.aborted).toBe(false);
  });
});

describe('an execution whose caller is in this process', () => {
  const facts = { headers: {}, peer: undefined, timeoutMs: 100, deadline: Infinity, requestId: 'r' };

  it('settles its promise', async () => {
    const good = new LocalExecution('add', facts, []);
    good.start((data) => data, 7);
    await expect(good.promise).resolves.toBe(7);
    const bad = new LocalExecution('add', facts, []);
    bad.start(() => Promise.reject(new Error('no')), 7);
    await expect(bad.promise).rejects.toThrow('no');
    expect(good.requestId).toBe('r');
  });
});
