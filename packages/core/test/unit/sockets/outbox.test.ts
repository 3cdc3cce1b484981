import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { OutboxPolicy } from '../../../src/sockets/endpoint-options.js';
import { Outbox, type OutboxSettings } from '../../../src/sockets/outbox.js';
import { SendOperation } from '../../../src/sockets/send-operation.js';
import { ConnectionError } from '../../../src/errors/error-classes.js';
import type { LiberZMQError } from '../../../src/errors/liberzmq-error.js';
import { defer, type Deferred } from '../deferred.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const busy = (): Error => Object.assign(new Error('Operation was not possible or timed out'), { code: 'EAGAIN' });
const gone = (): Error => Object.assign(new Error('Host unreachable'), { code: 'EHOSTUNREACH' });

/** Lets everything go on that is ready to. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a transport was asked to send, to be answered by the test. */
class Transport {
  readonly asked: string[] = [];
  readonly #pending: Deferred[] = [];
  mostPending = 0;
  /** Answers by itself. */
  takes = false;

  readonly send = (frames: readonly unknown[]): Promise<void> => {
    this.asked.push(String(frames[0]));
    if (this.takes) return Promise.resolve();
    const answer = defer();
    this.#pending.push(answer);
    this.mostPending = Math.max(this.mostPending, this.#pending.length);
    return answer.promise;
  };

  async take(): Promise<void> {
    this.#pending.shift()?.resolve();
    await settle();
  }

  async refuse(error: Error): Promise<void> {
    this.#pending.shift()?.reject(error);
    await settle();
  }
}

/** An outbox, its transport, and what it has reported. */
function start(settings: Partial<OutboxSettings> = {}) {
  const transport = new Transport();
  const dropped: string[] = [];
  const sent: string[] = [];
  const gate = { open: true };
  const outbox = new Outbox({
    maxMessages: 100,
    maxBytes: 1_000,
    policy: 'wait',
    to: 'peer',
    waitsForRoom: false,
    packets: {},
    recordsTogether: () => 64,
    maxMessageBytes: Infinity,
    send: transport.send,
    isOpen: () => gate.open,
    onSent: (outgoing) => void sent.push(outgoing.describe()),
    onDropped: (reason, outgoing) => void dropped.push(`${outgoing.describe()}: ${reason}`),
    ...settings,
  });
  /** Adds a message. @returns what becomes of it, once that is known */
  const add = (name: string, options: { bytes?: number; timeoutMs?: number; signal?: AbortSignal } = {}) => {
    const { bytes = 1, timeoutMs = Infinity, signal } = options;
    const operation = new SendOperation(() => name, timeoutMs, signal === undefined ? [] : [signal], undefined);
    operation.frames = [name];
    operation.bytes = bytes;
    const message: { outcome: string | undefined; error: unknown } = { outcome: undefined, error: undefined };
    operation.promise.then(
      () => {
        message.outcome = 'sent';
      },
      (error: unknown) => {
        const { code, outcome } = error as LiberZMQError;
        message.outcome = `${code} ${outcome}`;
        message.error = error;
      },
    );
    outbox.add(operation);
    return message;
  };
  return { outbox, transport, dropped, sent, gate, add };
}

describe('an outbox', () => {
  it('hands over one message at a time, in order, and resolves each when it was taken', async () => {
    const { outbox, transport, sent, add } = start();
    const [a, b] = [add('a'), add('b', { bytes: 5 })];
    expect(transport.asked).toEqual(['a']);
    expect(outbox).toMatchObject({ messages: 2, bytes: 6 });
    await transport.take();
    expect([a.outcome, b.outcome]).toEqual(['sent', undefined]);
    expect(transport.asked).toEqual(['a', 'b']);
    await transport.take();
    expect([a.outcome, b.outcome]).toEqual(['sent', 'sent']);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
    expect(sent).toEqual(['a', 'b']);
    expect(transport.mostPending).toBe(1);
  });

  it('keeps the order of a thousand, and lets the event loop have its turn in between', async () => {
    const { transport, add } = start({ maxMessages: Infinity, maxBytes: Infinity });
    transport.takes = true;
    const names = Array.from({ length: 1_000 }, (_, index) => String(index));
    const last = names.map((name) => add(name)).at(-1);
    await Promise.resolve();
    expect(transport.asked.length).toBeLessThan(1_000);
    while (last?.outcome === undefined) await settle();
    expect(transport.asked).toEqual(names);
  });

  it('hands over nothing while nobody is there, and everything once somebody is', async () => {
    const { outbox, transport, gate, add } = start();
    gate.open = false;
    add('a');
    add('b');
    await settle();
    expect(transport.asked).toEqual([]);
    gate.open = true;
    transport.takes = true;
    outbox.wake();
    await settle();
    expect(transport.asked).toEqual(['a', 'b']);
  });

  it('hands over nothing more when the peer goes, and keeps it', async () => {
    const { outbox, transport, gate, add } = start();
    const [a, b] = [add('a'), add('b')];
    gate.open = false;
    await transport.take();
    expect([transport.asked, a.outcome, b.outcome]).toEqual([['a'], 'sent', undefined]);
    gate.open = true;
    outbox.wake();
    expect(transport.asked).toEqual(['a', 'b']);
    await transport.take();
    expect(b.outcome).toBe('sent');
  });

  it('takes it when it is woken for nothing', async () => {
    const { outbox, transport, add } = start();
    outbox.wake();
    add('a');
    outbox.wake();
    outbox.wake();
    await transport.take();
    expect(transport.asked).toEqual(['a']);
  });
});

describe('a full outbox', () => {
  /** Three messages wait, the limit, because nobody is there. */
  function full(policy: OutboxPolicy, limit: 'messages' | 'bytes') {
    const limits = limit === 'messages' ? { maxMessages: 3, maxBytes: 1_000 } : { maxMessages: 1_000, maxBytes: 30 };
    const box = start({ policy, ...limits });
    box.gate.open = false;
    const waiting = ['a', 'b', 'c'].map((name) => box.add(name, { bytes: 10 }));
    return { ...box, waiting };
  }

  describe.each(['messages', 'bytes'] as const)('by the limit of %s', (limit) => {
    it("takes all with the policy 'wait'", async () => {
      const { outbox, transport, gate, dropped, add } = full('wait', limit);
      for (const name of ['d', 'e']) add(name, { bytes: 10 });
      expect(outbox.messages).toBe(5);
      gate.open = true;
      transport.takes = true;
      outbox.wake();
      await settle();
      expect(transport.asked).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(dropped).toEqual([]);
    });

    it("refuses the new one with 'reject', and says what to do", async () => {
      const { outbox, dropped, waiting, add } = full('reject', limit);
      const d = add('d', { bytes: 10 });
      await settle();
      expect(d.error).toMatchObject({
        name: 'ConnectionError',
        code: 'BACKPRESSURE',
        outcome: 'not-sent',
        retryable: true,
        message: expect.stringMatching(/the outbox to peer is full \(3 messages, 30 bytes\).*maxMessages.*maxBytes/),
      });
      expect(waiting.map(({ outcome }) => outcome)).toEqual([undefined, undefined, undefined]);
      expect(outbox).toMatchObject({ messages: 3, bytes: 30 });
      expect(dropped).toEqual([]);
    });

    it("drops the new one with 'drop-newest', and reports it", async () => {
      const { outbox, dropped, waiting, add } = full('drop-newest', limit);
      const d = add('d', { bytes: 10 });
      await settle();
      expect(dropped).toEqual(['d: outbox-full']);
      expect([d, ...waiting].map(({ outcome }) => outcome)).toEqual(['sent', undefined, undefined, undefined]);
      expect(outbox).toMatchObject({ messages: 3, bytes: 30 });
    });

    it("drops the one that waits longest with 'drop-oldest', and reports it", async () => {
      const { outbox, transport, gate, dropped, waiting, add } = full('drop-oldest', limit);
      add('d', { bytes: 10 });
      await settle();
      expect(dropped).toEqual(['a: outbox-full']);
      expect(waiting.map(({ outcome }) => outcome)).toEqual(['sent', undefined, undefined]);
      expect(outbox).toMatchObject({ messages: 3, bytes: 30 });
      gate.open = true;
      transport.takes = true;
      outbox.wake();
      await settle();
      expect(transport.asked).toEqual(['b', 'c', 'd']);
    });

    it.each(['reject', 'drop-newest'] as const)("has room again with '%s' once one was taken", async (policy) => {
      const { outbox, transport, gate, dropped, add } = full(policy, limit);
      gate.open = true;
      outbox.wake();
      await transport.take();
      const d = add('d', { bytes: 10 });
      await settle();
      expect([d.outcome, dropped]).toEqual([undefined, []]);
    });
  });

  it('drops as many of the oldest as the bytes of the new one need', async () => {
    const { dropped, outbox, add } = full('drop-oldest', 'bytes');
    add('d', { bytes: 15 });
    expect(dropped).toEqual(['a: outbox-full', 'b: outbox-full']);
    expect(outbox).toMatchObject({ messages: 2, bytes: 25 });
  });

  it('is not an empty one, which takes a message that is larger than all the bytes it may hold', () => {
    const { outbox, gate, dropped, add } = start({ policy: 'reject', maxBytes: 10 });
    gate.open = false;
    add('large', { bytes: 50 });
    expect(outbox).toMatchObject({ messages: 1, bytes: 50 });
    expect(dropped).toEqual([]);
  });

  it('does not drop the message that is being handed over', async () => {
    const { outbox, transport, dropped, add } = start({ policy: 'drop-oldest', maxMessages: 2 });
    const [handing] = [add('a'), add('b'), add('c')];
    expect(dropped).toEqual(['b: outbox-full']);
    await transport.take();
    expect(handing.outcome).toBe('sent');
    await transport.take();
    expect(transport.asked).toEqual(['a', 'c']);
    expect(outbox.messages).toBe(0);
  });

  it('counts the message that is being handed over', async () => {
    const { transport, add } = start({ policy: 'reject', maxMessages: 1 });
    add('a');
    const b = add('b');
    await settle();
    expect(b.outcome).toBe('BACKPRESSURE not-sent');
    await transport.take();
    const c = add('c');
    await transport.take();
    expect(c.outcome).toBe('sent');
  });
});

describe('an outbox whose peer takes nothing for a while', () => {
  it('tries the same message again, in order, after a pause that grows up to 16 ms', async () => {
    const { outbox, transport, dropped, add } = start();
    const [a, b] = [add('a'), add('b')];
    const pauses: number[] = [];
    for (let tries = 1; tries <= 6; tries += 1) {
      await transport.refuse(busy());
      let pause = 0;
      while (transport.asked.length === tries) {
        jest.advanceTimersByTime(1);
        pause += 1;
        await settle();
      }
      pauses.push(pause);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 16]);
    expect(transport.asked).toEqual(Array(7).fill('a'));
    expect(outbox.messages).toBe(2);
    await transport.take();
    await transport.take();
    expect([a.outcome, b.outcome]).toEqual(['sent', 'sent']);
    expect(dropped).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('lets none overtake that comes during the pause', async () => {
    const { transport, add } = start();
    add('a');
    await transport.refuse(busy());
    add('b');
    expect(transport.asked).toEqual(['a']);
    jest.advanceTimersByTime(1);
    await settle();
    await transport.take();
    expect(transport.asked).toEqual(['a', 'a', 'b']);
  });

  it('tries again at once when it is woken', async () => {
    const { outbox, transport, add } = start();
    add('a');
    await transport.refuse(busy());
    outbox.wake();
    await settle();
    expect(transport.asked).toEqual(['a', 'a']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tries again at once when the transport waits for room by itself', async () => {
    const { transport, add } = start({ waitsForRoom: true });
    const a = add('a');
    await transport.refuse(busy());
    expect(transport.asked).toEqual(['a', 'a']);
    expect(jest.getTimerCount()).toBe(0);
    await transport.take();
    expect(a.outcome).toBe('sent');
  });

  it('goes on with the next one when the message is aborted in the pause, which was not sent', async () => {
    const { outbox, transport, add } = start();
    const controller = new AbortController();
    const [a, b] = [add('a', { signal: controller.signal }), add('b')];
    await transport.refuse(busy());
    controller.abort();
    await settle();
    expect(a.outcome).toBe('ABORTED not-sent');
    expect(outbox.messages).toBe(1);
    jest.advanceTimersByTime(1);
    await settle();
    await transport.take();
    expect([transport.asked, b.outcome]).toEqual([['a', 'b'], 'sent']);
  });
});

describe('a message that ends before it was taken', () => {
  it('by an abort in the queue was not sent, and is never handed over', async () => {
    const { outbox, transport, dropped, add } = start();
    const controller = new AbortController();
    const reason = new Error('enough');
    add('a');
    const b = add('b', { bytes: 7, signal: controller.signal });
    add('c');
    controller.abort(reason);
    await settle();
    expect(b.error).toMatchObject({ code: 'ABORTED', outcome: 'not-sent', cause: reason, message: /b.* before / });
    expect(outbox).toMatchObject({ messages: 2, bytes: 2 });
    await transport.take();
    expect(transport.asked).toEqual(['a', 'c']);
    expect(dropped).toEqual([]);
  });

  it('by an abort while it is handed over may have been sent', async () => {
    const { outbox, transport, sent, add } = start();
    const controller = new AbortController();
    const [a, b] = [add('a', { signal: controller.signal }), add('b')];
    controller.abort();
    await settle();
    expect(a.outcome).toBe('ABORTED unknown');
    expect(outbox.messages).toBe(2);
    await transport.take();
    await transport.take();
    expect(b.outcome).toBe('sent');
    expect(sent).toEqual(['a', 'b']);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('while it is handed over is not tried again', async () => {
    const { outbox, transport, add } = start();
    const controller = new AbortController();
    add('a', { signal: controller.signal });
    add('b');
    controller.abort();
    await transport.refuse(busy());
    expect(transport.asked).toEqual(['a', 'b']);
    expect(outbox.messages).toBe(1);
  });

  it('by a signal that had aborted already was not sent', async () => {
    const { outbox, transport, add } = start();
    const a = add('a', { signal: AbortSignal.abort('enough') });
    await settle();
    expect([a.outcome, transport.asked, outbox.messages]).toEqual(['ABORTED not-sent', [], 0]);
  });

  it('by the end of its time in the queue was not sent', async () => {
    const { outbox, transport, add } = start();
    add('a');
    const b = add('b', { timeoutMs: 50 });
    jest.advanceTimersByTime(49);
    await settle();
    expect(b.outcome).toBeUndefined();
    jest.advanceTimersByTime(6);
    await settle();
    expect(b.error).toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      outcome: 'not-sent',
      retryable: true,
      message: expect.stringMatching(/^b was not sent within 50 ms/),
    });
    expect(outbox.messages).toBe(1);
    await transport.take();
    expect(transport.asked).toEqual(['a']);
  });

  it('by the end of its time while it is handed over may have been sent', async () => {
    const { transport, add } = start();
    const a = add('a', { timeoutMs: 50 });
    jest.advanceTimersByTime(55);
    await settle();
    expect(a.error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', retryable: false });
    await transport.take();
  });

  it.each([
    ['taken', (transport: Transport) => transport.take()],
    ['refused', (transport: Transport) => transport.refuse(gone())],
    [
      'out of time',
      (): Promise<void> => {
        jest.advanceTimersByTime(1_005);
        return settle();
      },
    ],
  ])('has neither listener nor timer once it is %s', async (_how, end) => {
    const { transport, add } = start();
    const { signal } = new AbortController();
    const left = () => [getEventListeners(signal, 'abort').length, jest.getTimerCount()];
    const a = add('a', { signal, timeoutMs: 1_000 });
    expect(left()).toEqual([1, 1]);
    await end(transport);
    expect(a.outcome).toBeDefined();
    expect(left()).toEqual([0, 0]);
  });
});

describe('an outbox whose peer is gone', () => {
  it('fails the message with UNREACHABLE, reports it, and goes on', async () => {
    const { transport, dropped, add } = start();
    const [a, b] = [add('a'), add('b')];
    await transport.refuse(gone());
    expect(a.error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-sent', message: /^a was not sent: .*gone/ });
    expect(dropped).toEqual(['a: peer-gone']);
    await transport.take();
    expect(b.outcome).toBe('sent');
  });

  it('for good drops what waits, and what comes later', async () => {
    const { outbox, transport, dropped, add } = start();
    const [a, b, c] = [add('a'), add('b'), add('c')];
    outbox.dropAll();
    await settle();
    expect([b.outcome, c.outcome]).toEqual(['UNREACHABLE not-sent', 'UNREACHABLE not-sent']);
    const d = add('d');
    await transport.refuse(gone());
    expect([a.outcome, d.outcome]).toEqual(['UNREACHABLE not-sent', 'UNREACHABLE not-sent']);
    expect([...dropped].sort()).toEqual(['a', 'b', 'c', 'd'].map((name) => `${name}: peer-gone`));
    expect(outbox.messages).toBe(0);
    expect(transport.asked).toEqual(['a']);
  });
});

describe('an outbox whose peer goes for good', () => {
  it('while a message is handed over that finds no room drops that one too, and does not try again', async () => {
    const { outbox, transport, dropped, add } = start();
    const a = add('a');
    outbox.dropAll();
    await transport.refuse(busy());
    expect([a.outcome, dropped]).toEqual(['UNREACHABLE not-sent', ['a: peer-gone']]);
    expect([transport.asked, outbox.messages, jest.getTimerCount()]).toEqual([['a'], 0, 0]);
  });

  it('in the pause between two tries leaves no timer', async () => {
    const { outbox, transport, dropped, add } = start();
    const a = add('a');
    await transport.refuse(busy());
    outbox.dropAll();
    await settle();
    expect([a.outcome, dropped]).toEqual(['UNREACHABLE not-sent', ['a: peer-gone']]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('an outbox whose transport fails', () => {
  it('fails the message with UNREACHABLE and the cause, and goes on', async () => {
    const { transport, dropped, add } = start();
    const [a, b] = [add('a'), add('b')];
    const cause = new Error('Context was terminated');
    await transport.refuse(cause);
    expect(a.error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-sent', cause });
    expect(a.error).toMatchObject({ message: 'a was not sent: Context was terminated' });
    await transport.take();
    expect(b.outcome).toBe('sent');
    expect(dropped).toEqual([]);
  });

  it('can be told to fail what waits, and takes more after that', async () => {
    const { outbox, transport, gate, add } = start();
    gate.open = false;
    const [a, b] = [add('a'), add('b')];
    outbox.failAll((outgoing) => new ConnectionError('BIND_FAILED', `${outgoing.describe()} failed`));
    await settle();
    expect([a.outcome, b.outcome]).toEqual(['BIND_FAILED not-sent', 'BIND_FAILED not-sent']);
    expect(a.error).toMatchObject({ message: 'a failed' });
    gate.open = true;
    const c = add('c');
    await transport.take();
    expect(c.outcome).toBe('sent');
  });
});

describe('closing an outbox', () => {
  it('fails what waits with CLOSED, not-sent, and what comes later too', async () => {
    const { outbox, transport, gate, dropped, add } = start();
    gate.open = false;
    const [a, b] = [add('a'), add('b')];
    outbox.close();
    const c = add('c');
    gate.open = true;
    outbox.wake();
    await settle();
    expect([a.outcome, b.outcome, c.outcome]).toEqual(Array(3).fill('CLOSED not-sent'));
    expect([transport.asked, outbox.messages, dropped]).toEqual([[], 0, []]);
  });

  it.each([
    ['is taken is sent', (transport: Transport) => transport.take(), 'sent'],
    ['is refused was not sent', (transport: Transport) => transport.refuse(new Error('closed')), 'CLOSED not-sent'],
    ['finds no room was not sent', (transport: Transport) => transport.refuse(busy()), 'CLOSED not-sent'],
  ])('while a message is handed over that %s', async (_what, answer, outcome) => {
    const { outbox, transport, add } = start();
    const [a, b] = [add('a'), add('b')];
    outbox.close();
    await answer(transport);
    expect([a.outcome, b.outcome]).toEqual([outcome, 'CLOSED not-sent']);
    expect(transport.asked).toEqual(['a']);
    expect([outbox.messages, jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('in the pause between two tries leaves no timer', async () => {
    const { outbox, transport, add } = start();
    const a = add('a');
    await transport.refuse(busy());
    expect(jest.getTimerCount()).toBe(1);
    outbox.close();
    await settle();
    expect([a.outcome, jest.getTimerCount()]).toEqual(['CLOSED not-sent', 0]);
  });
});

describe('an empty outbox', () => {
  it('is empty from the start', async () => {
    await expect(start().outbox.empty()).resolves.toBeUndefined();
  });

  it.each([
    ['taken', (box: ReturnType<typeof start>) => box.transport.take()],
    ['refused', (box: ReturnType<typeof start>) => box.transport.refuse(gone())],
  ])('is told to all who asked once its last message was %s', async (_how, end) => {
    const box = start();
    box.add('a');
    box.add('b');
    const told: number[] = [];
    for (const n of [1, 2]) void box.outbox.empty().then(() => told.push(n));
    await box.transport.take();
    expect(told).toEqual([]);
    await end(box);
    expect(told).toEqual([1, 2]);
  });

  it('is told when its last message is aborted, and when it is closed', async () => {
    const { outbox, gate, add } = start();
    gate.open = false;
    const controller = new AbortController();
    add('a', { signal: controller.signal });
    const aborted = outbox.empty();
    controller.abort();
    await aborted;
    add('b');
    const closed = outbox.empty();
    outbox.close();
    await closed;
  });
});
