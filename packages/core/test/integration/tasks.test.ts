import { describe, expect, it } from '@jest/globals';
import { Puller, Pusher, type Task } from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

async function pusher(options: Partial<ConstructorParameters<typeof Pusher>[0]> = {}): Promise<Pusher> {
  return keep(await new Pusher({ address: ANY_PORT, ...options }).connect());
}

function pullerOf(source: Pusher, options: Partial<ConstructorParameters<typeof Puller>[0]> = {}): Puller {
  return keep(new Puller({ address: addressOf(source), ...options }));
}

it('hands each task to one worker, whole', async () => {
  const source = await pusher();
  const seen: Task[] = [];
  const workers = upTo(3).map(() => pullerOf(source).registerTaskHandler('count', (task) => void seen.push(task)));
  await Promise.all(workers.map((worker) => worker.startWorker({ concurrency: 2 })));
  const ids = await Promise.all(
    upTo(3_000).map((n) => source.pushTask('count', n, { priority: 1, headers: { batch: 'b' } })),
  );
  await until(() => seen.length === 3_000, 'all are done', 15_000);
  expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(ids));
  expect(seen.map(({ data }) => data as number).sort((a, b) => a - b)).toEqual(upTo(3_000));
  expect(seen[0]).toMatchObject({
    type: 'count',
    priority: 1,
    headers: { batch: 'b' },
    timestamp: expect.any(Number),
  });
  expect(Math.abs(Date.now() - (seen[0]?.timestamp ?? 0))).toBeLessThan(60_000);
});

it('keeps the order of one pusher for one puller', async () => {
  const source = await pusher();
  const puller = pullerOf(source);
  const pushed = source.pushBatch(upTo(10_000).map((n) => ({ type: 't', data: n, note: `n${n}` })));
  const seen: unknown[] = [];
  for await (const task of puller) {
    seen.push(task.data);
    expect(task['note']).toBe(`n${task.data as number}`);
    if (seen.length === 10_000) break;
  }
  expect(seen).toEqual(upTo(10_000));
  expect(await pushed).toHaveLength(10_000);
});

describe('a worker', () => {
  it('has at most as many tasks with its handlers as it may', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    const release = defer();
    let running = 0;
    let most = 0;
    let done = 0;
    puller.registerTaskHandler('t', async () => {
      running += 1;
      most = Math.max(most, running);
      await release.promise;
      running -= 1;
      done += 1;
    });
    await puller.startWorker({ concurrency: 4 });
    const pushed = source.pushBatch(upTo(50).map((n) => ({ type: 't', data: n })));
    await until(() => running === 4, 'four run');
    expect(puller.stats().inFlight).toBe(4);
    release.resolve();
    await pushed;
    await until(() => done === 50, 'all are done');
    expect(most).toBe(4);
  });

  it('that stands still holds up little, and the others get the rest', async () => {
    const source = await pusher({ prefetchBytes: 4_096 });
    const stuck = pullerOf(source, { prefetchBytes: 4_096 }).registerTaskHandler(
      't',
      () => new Promise(() => undefined),
    );
    await stuck.startWorker();
    let accepted = 0;
    const body = 'x'.repeat(100);
    for (;;) {
      const taken = await source.pushTask('t', body, { timeoutMs: 300 }).catch(() => undefined);
      if (taken === undefined) break;
      accepted += 1;
    }
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(500);
    const free = pullerOf(source, { prefetchBytes: 4_096 });
    let done = 0;
    free.registerTaskHandler('t', () => void (done += 1));
    await free.startWorker();
    await source.pushBatch(upTo(200).map(() => ({ type: 't', data: body })));
    await until(() => done >= 200, 'the free one has done them');
  });

  it('reports a task that failed and one that nobody can do, and goes on', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    const failed: string[] = [];
    puller.on('taskFailed', ({ task, error }) => failed.push(`${task.type}: ${(error as Error).message.slice(0, 11)}`));
    puller.registerTaskHandler('bad', () => {
      throw new Error('bad luck');
    });
    const good = defer();
    puller.registerTaskHandler('good', () => {
      good.resolve();
    });
    await puller.startWorker();
    await source.pushTask('bad');
    await source.pushTask('strange');
    await source.pushTask({ type: 'good', id: 'my-id' });
    await good.promise;
    expect(failed).toEqual(['bad: bad luck', 'strange: there is no']);
    expect(puller.stats()).toMatchObject({ drops: { 'no-handler': 1 }, errors: { HANDLER: 1, BAD_OPTION: 1 } });
  });

  it('that stops works off what it has, takes nothing more, and can start again', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    const first = defer();
    const seen: unknown[] = [];
    puller.registerTaskHandler('t', async ({ data }) => {
      if (data === 0) await first.promise;
      seen.push(data);
    });
    await puller.startWorker();
    const pushed = source.pushBatch(upTo(20).map((n) => ({ type: 't', data: n })));
    await until(() => puller.stats().inFlight === 1, 'one runs');
    const stopped = puller.stopWorker();
    first.resolve();
    await stopped;
    const sofar = seen.length;
    expect(sofar).toBeLessThan(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toHaveLength(sofar);
    await puller.startWorker();
    await pushed;
    await until(() => seen.length === 20, 'the rest is done');
    expect(seen).toEqual(upTo(20));
  });

  it('aborts its handlers when the grace time is over', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    const aborted = defer();
    puller.registerTaskHandler('t', (_, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted.resolve();
      });
      return aborted.promise;
    });
    await puller.startWorker();
    await source.pushTask('t');
    await until(() => puller.stats().inFlight === 1, 'it runs');
    await puller.stopWorker({ graceMs: 30 });
    await aborted.promise;
  });

  it('works off what has arrived when it is closed', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    const seen: unknown[] = [];
    const first = defer();
    puller.registerTaskHandler('t', async ({ data }) => {
      if (data === 0) await first.promise;
      seen.push(data);
    });
    await puller.startWorker();
    await source.pushTask('t', 0);
    await until(() => puller.stats().inFlight === 1, 'one runs');
    await source.pushTask('t', 1);
    await source.pushTask('t', 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = puller.close();
    first.resolve();
    await closed;
    expect(seen).toEqual([0, 1, 2]);
  });

  it('refuses to start twice, and two handlers for one type', async () => {
    const source = await pusher();
    const puller = pullerOf(source).registerTaskHandler('t', () => undefined);
    await puller.startWorker();
    await expect(puller.startWorker()).rejects.toMatchObject({ code: 'BAD_OPTION' });
    expect(() => puller.registerTaskHandler('t', () => undefined)).toThrow(/has a handler already/);
  });
});

describe('without a worker', () => {
  it('tasks wait for one to come', async () => {
    const source = await pusher();
    const waiting = source.pushTask('t', 'patient');
    await until(() => source.stats().queued.messages === 1, 'it waits');
    const puller = pullerOf(source);
    expect((await puller.pullTask()).data).toBe('patient');
    await waiting;
  });

  it('a task waits no longer than it may, and can be taken back', async () => {
    const source = await pusher();
    await expect(source.pushTask('t', 1, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
    });
    const controller = new AbortController();
    const waiting = source.pushTask('t', 2, { signal: controller.signal });
    await until(() => source.stats().queued.messages === 1, 'it waits');
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    const puller = pullerOf(source);
    const next = puller.pullTask();
    await source.pushTask('t', 3);
    expect((await next).data).toBe(3);
  });

  it('a close tells who waits that nothing was sent', async () => {
    const source = await pusher();
    const waiting = source.pushTask('t', 1).catch((error: unknown) => error);
    await until(() => source.stats().queued.messages === 1, 'it waits');
    await source.close({ timeoutMs: 20 });
    expect(await waiting).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });
});

describe('pulling by hand', () => {
  it('gives a task, whole values, or nothing within the time', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    await expect(puller.pullTask({ timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await source.pushTask({ type: 'resize', data: { file: 'ä' } });
    await source.pushSimple({ just: 'a value' });
    await source.pushSimple('another');
    expect(await puller.pullTask()).toMatchObject({ type: 'resize', data: { file: 'ä' }, priority: 0 });
    expect(await puller.pullSimple()).toEqual({ just: 'a value' });
    expect(await puller.pullTask()).toMatchObject({ type: 'unknown', data: 'another' });
  });

  it('and working by hand uses the handlers', async () => {
    const source = await pusher();
    const puller = pullerOf(source).registerTaskHandler('double', ({ data }) => 2 * (data as number));
    await puller.connect();
    await source.pushTask('double', 21);
    await source.pushTask('other');
    expect(await puller.processTask(await puller.pullTask())).toBe(42);
    const other = await puller.pullTask();
    await expect(puller.processTask(other)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    puller.setDefaultHandler(({ type }) => type);
    expect(await puller.processTask(other)).toBe('other');
  });

  it('an aborted wait loses no task', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    const controller = new AbortController();
    const waiting = puller.pullTask({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await source.pushTask('t', 'safe');
    expect((await puller.pullTask()).data).toBe('safe');
  });

  it('counts what nobody had fetched at the end', async () => {
    const source = await pusher();
    const puller = pullerOf(source);
    const controller = new AbortController();
    await puller.connect();
    const waiting = puller.pullTask({ signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await source.pushTask('t', 'left behind');
    await until(() => puller.stats().received.messages === 1, 'it is here');
    await puller.close();
    expect(puller.stats().drops).toEqual({ closed: 1 });
  });
});

it.each([[''], [undefined], [{}], [{ type: 5 }], [null]])('refuses %j as a task', async (task) => {
  const source = await pusher();
  await expect(source.pushTask(task as never)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    name: 'ConfigurationError',
  });
});

it('collects from pushers that connect to it', async () => {
  const sink = keep(new Puller({ address: ANY_PORT, bind: true }));
  await sink.connect();
  const sources = upTo(3).map(() => keep(new Pusher({ address: addressOf(sink), bind: false })));
  await Promise.all(sources.map((source, n) => source.send('t', n)));
  const seen = [await sink.pullTask(), await sink.pullTask(), await sink.pullTask()];
  expect(seen.map(({ data }) => data as number).sort()).toEqual([0, 1, 2]);
});
