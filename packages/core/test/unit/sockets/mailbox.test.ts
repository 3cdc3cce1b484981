import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { Mailbox } from '../../../src/sockets/mailbox.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

function start(limit = 2) {
  const onDemand = jest.fn();
  return { mailbox: new Mailbox<number>({ limit, noun: 'task', onDemand }), onDemand };
}

describe('taking from a mailbox', () => {
  it('gives what lies there, in order', async () => {
    const { mailbox } = start();
    for (const n of [1, 2, 3]) mailbox.put(n);
    expect(mailbox.size).toBe(3);
    expect([await mailbox.take('pullTask'), await mailbox.take('pullTask'), mailbox.shift()]).toEqual([1, 2, 3]);
    expect([mailbox.size, mailbox.shift()]).toEqual([0, undefined]);
  });

  it('waits for what comes, in the order of asking', async () => {
    const { mailbox } = start();
    const [first, second] = [mailbox.take('pullTask'), mailbox.take('pullTask')];
    mailbox.put(1);
    mailbox.put(2);
    mailbox.put(3);
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(mailbox.size).toBe(1);
  });

  it('asks for more', async () => {
    const { mailbox, onDemand } = start();
    expect([mailbox.wantsMore, mailbox.isWatched]).toEqual([false, false]);
    const taken = mailbox.take('pullTask');
    expect([mailbox.wantsMore, mailbox.isWatched]).toEqual([true, true]);
    expect(onDemand).toHaveBeenCalledTimes(1);
    mailbox.put(1);
    await taken;
    expect([mailbox.wantsMore, mailbox.isWatched]).toEqual([false, false]);
  });

  it('ends with TIMEOUT when nothing comes, and loses nothing that comes later', async () => {
    const { mailbox } = start();
    const taken = mailbox.take('pullTask', { timeoutMs: 50 });
    jest.advanceTimersByTime(55);
    await expect(taken).rejects.toMatchObject({ code: 'TIMEOUT', message: 'pullTask: no task came within 50 ms' });
    expect(mailbox.isWatched).toBe(false);
    mailbox.put(1);
    expect(mailbox.size).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends with ABORTED when its signal aborts, and loses nothing that comes later', async () => {
    const { mailbox } = start();
    const controller = new AbortController();
    const { signal } = controller;
    const taken = mailbox.take('pullTask', { signal });
    controller.abort();
    await expect(taken).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect([mailbox.isWatched, getEventListeners(signal, 'abort')]).toEqual([false, []]);
    mailbox.put(1);
    expect(mailbox.size).toBe(1);
  });

  it('takes nothing with a signal that has aborted already', async () => {
    const { mailbox } = start();
    mailbox.put(1);
    await expect(mailbox.take('pullTask', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    expect([mailbox.size, mailbox.isWatched]).toEqual([1, false]);
  });

  it.each([{ timeoutMs: 0 }, { timeoutMs: NaN }, { timeout: 5 }])('rejects the options %p', async (options) => {
    await expect(start().mailbox.take('pullTask', options as object)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(/^pullTask: /),
    });
  });

  it('ends with CLOSED when it is closed, once what lies there is taken', async () => {
    const { mailbox } = start();
    const waiting = mailbox.take('pullTask', { timeoutMs: 1_000 });
    mailbox.close('pullTask');
    await expect(waiting).rejects.toMatchObject({ name: 'ConnectionError', code: 'CLOSED', message: /^pullTask: / });
    mailbox.put(1);
    await expect(mailbox.take('pullTask')).resolves.toBe(1);
    await expect(mailbox.take('pullTask')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a loop over a mailbox', () => {
  it('gets everything in order, and ends when it is closed and empty', async () => {
    const { mailbox } = start();
    mailbox.put(1);
    mailbox.put(2);
    mailbox.close('close');
    const seen: number[] = [];
    for await (const n of mailbox) seen.push(n);
    expect(seen).toEqual([1, 2]);
    expect(mailbox.isWatched).toBe(false);
  });

  it('ends when it is closed while the loop waits', async () => {
    const { mailbox } = start();
    const next = mailbox[Symbol.asyncIterator]().next();
    mailbox.close('close');
    await expect(next).resolves.toEqual({ done: true, value: undefined });
    expect(mailbox.isWatched).toBe(false);
  });

  it('loses nothing when it is left: the next one goes on', async () => {
    const { mailbox } = start();
    for (const n of [1, 2, 3]) mailbox.put(n);
    const seen: number[] = [];
    for await (const n of mailbox) {
      seen.push(n);
      break;
    }
    expect([mailbox.size, mailbox.isWatched, mailbox.wantsMore]).toEqual([2, false, false]);
    mailbox.close('close');
    for await (const n of mailbox) seen.push(n);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('wants as many as may lie ready, and no more', async () => {
    const { mailbox, onDemand } = start(2);
    const loop = mailbox[Symbol.asyncIterator]();
    expect(onDemand).toHaveBeenCalledTimes(1);
    expect(mailbox.isWatched).toBe(true);
    const wanted: boolean[] = [mailbox.wantsMore];
    for (const n of [1, 2]) {
      mailbox.put(n);
      wanted.push(mailbox.wantsMore);
    }
    expect(wanted).toEqual([true, true, false]);
    await loop.next();
    expect(mailbox.wantsMore).toBe(true);
    expect(onDemand).toHaveBeenCalledTimes(2);
    await loop.return?.();
    expect([mailbox.wantsMore, mailbox.isWatched]).toEqual([false, false]);
  });

  it('that has ended stays ended', async () => {
    const { mailbox } = start();
    mailbox.put(1);
    const loop = mailbox[Symbol.asyncIterator]();
    await loop.return?.();
    await loop.return?.();
    await expect(loop.next()).resolves.toEqual({ done: true, value: undefined });
    expect([mailbox.size, mailbox.isWatched]).toEqual([1, false]);
  });

  it('that has ended does not end another', async () => {
    const { mailbox } = start();
    const [ended, other] = [mailbox[Symbol.asyncIterator](), mailbox[Symbol.asyncIterator]()];
    await ended.return?.();
    await ended.return?.();
    expect([mailbox.isWatched, mailbox.wantsMore]).toEqual([true, true]);
    await other.return?.();
    expect(mailbox.isWatched).toBe(false);
  });

  it('shares with others: each gets its own', async () => {
    const { mailbox } = start();
    const [first, second] = [mailbox[Symbol.asyncIterator](), mailbox[Symbol.asyncIterator]()];
    const results = [first.next(), second.next(), first.next()];
    for (const n of [1, 2, 3]) mailbox.put(n);
    expect((await Promise.all(results)).map(({ value }) => value as number)).toEqual([1, 2, 3]);
    await Promise.all([first.return?.(), second.return?.()]);
    expect(mailbox.isWatched).toBe(false);
  });
});
