import { describe, expect, it } from '@jest/globals';
import { Inbox } from '../../../src/sockets/inbox.js';
import type { Socket } from '../../../src/sockets/open-socket.js';
import { defer, type Deferred } from '../deferred.js';

/** Lets everything go on that is ready to. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A socket that gives what it is told to, and an inbox that reads it. */
function start(deliver?: (text: string) => void | Promise<void>) {
  const messages: string[] = [];
  const pending: Deferred<Buffer[]>[] = [];
  const state = { wants: false, mostPending: 0, seen: [] as string[], errors: [] as unknown[] };
  const socket = {
    closed: false,
    get readable(): boolean {
      return messages.length > 0;
    },
    receive: (): Promise<Buffer[]> => {
      const next = messages.shift();
      if (next !== undefined) return Promise.resolve([Buffer.from(next)]);
      const asked = defer<Buffer[]>();
      pending.push(asked);
      state.mostPending = Math.max(state.mostPending, pending.length);
      return asked.promise;
    },
  };
  const inbox = new Inbox(
    socket as unknown as Socket,
    ([frame]) => {
      const text = String(frame);
      state.seen.push(text);
      return deliver?.(text);
    },
    () => state.wants,
    (error) => void state.errors.push(error),
  );
  const arrive = (text: string): void => {
    const asked = pending.shift();
    if (asked === undefined) messages.push(text);
    else asked.resolve([Buffer.from(text)]);
  };
  const fail = (error: Error): void => pending.shift()?.reject(error);
  return { inbox, socket, state, arrive, fail };
}

describe('Inbox', () => {
  it('reads nothing while nobody wants anything', async () => {
    const { inbox, state, arrive } = start();
    arrive('a');
    inbox.wake();
    await settle();
    expect(state.seen).toEqual([]);
    expect(inbox.hasMore).toBe(true);
  });

  it('reads in order once something is wanted, one receive at a time', async () => {
    const { inbox, state, arrive } = start();
    state.wants = true;
    for (const text of ['a', 'b']) arrive(text);
    inbox.wake();
    inbox.wake();
    await settle();
    arrive('c');
    inbox.wake();
    await settle();
    expect(state.seen).toEqual(['a', 'b', 'c']);
    expect(state.mostPending).toBe(1);
  });

  it('stops when enough is there, and goes on when it is woken', async () => {
    const { inbox, state, arrive } = start((text) => {
      state.wants = text !== 'b';
    });
    state.wants = true;
    for (const text of ['a', 'b', 'c']) arrive(text);
    inbox.wake();
    await settle();
    expect(state.seen).toEqual(['a', 'b']);
    state.wants = true;
    inbox.wake();
    await settle();
    expect(state.seen).toEqual(['a', 'b', 'c']);
  });

  it('waits for who takes his time before it reads the next', async () => {
    const gate = defer();
    const { inbox, state, arrive } = start(() => gate.promise);
    state.wants = true;
    for (const text of ['a', 'b']) arrive(text);
    inbox.wake();
    await settle();
    expect(state.seen).toEqual(['a']);
    gate.resolve();
    await settle();
    expect(state.seen).toEqual(['a', 'b']);
  });

  it('does not ask the socket while a receive is pending', async () => {
    const { inbox, socket, state } = start();
    state.wants = true;
    inbox.wake();
    await settle();
    Object.defineProperty(socket, 'readable', {
      get: () => {
        throw new Error('asked');
      },
    });
    expect(inbox.hasMore).toBe(false);
    expect(() => inbox.poke()).not.toThrow();
  });

  it('reads what has arrived unnoticed when it is poked, if it is wanted', async () => {
    const { inbox, state, arrive } = start();
    arrive('a');
    inbox.poke();
    await settle();
    expect(state.seen).toEqual([]);
    state.wants = true;
    inbox.poke();
    await settle();
    expect(state.seen).toEqual(['a']);
  });

  it('asks nothing of the socket when it is poked and nothing is there', async () => {
    const { inbox, state } = start();
    state.wants = true;
    inbox.poke();
    await settle();
    expect(state.mostPending).toBe(0);
  });

  it('reads nothing after it was closed', async () => {
    const { inbox, state, arrive } = start();
    state.wants = true;
    inbox.close();
    arrive('a');
    inbox.wake();
    await settle();
    expect(state.seen).toEqual([]);
  });

  it('says nothing of the end of its socket, and tells when reading fails before that', async () => {
    const closing = start();
    closing.state.wants = true;
    closing.inbox.wake();
    closing.socket.closed = true;
    closing.fail(new Error('Socket is closed'));
    await settle();
    expect(closing.state.errors).toEqual([]);

    const broken = start();
    const error = new Error('broken');
    broken.state.wants = true;
    broken.inbox.wake();
    broken.fail(error);
    await settle();
    expect(broken.state.errors).toEqual([error]);
  });
});
