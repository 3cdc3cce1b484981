import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { debounce, type DebounceOptions } from '../../src/layers/debounce.js';
import type { SenderLayer } from '../../src/layers/sender-layer.js';
import { throttle, type ThrottleOptions } from '../../src/layers/throttle.js';
import { FakeSender } from './fake-inner.js';
import { pass, stateOf, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('throttle', () => {
  it('sends the first at once, and at the end of each interval the newest', async () => {
    const inner = new FakeSender();
    const sender = throttle({ intervalMs: 100 })(inner);
    const sends = [1, 2, 3].map((n) => sender.send('price', n, { headers: { n: String(n) } }));
    expect(inner.data).toEqual([1]);
    await pass(99);
    expect(inner.data).toEqual([1]);
    await pass(1);
    expect(inner.sent.at(-1)).toEqual({ subject: 'price', data: 3, options: { headers: { n: '3' } } });
    await Promise.all(sends);
    sends.push(sender.send('price', 4));
    await pass(99);
    expect(inner.data).toEqual([1, 3]);
    await pass(1);
    expect(inner.data).toEqual([1, 3, 4]);
    await pass(100);
    expect(jest.getTimerCount()).toBe(0);
    await sender.send('price', 5);
    expect(inner.data).toEqual([1, 3, 4, 5]);
    await sender.close();
  });

  it('keeps the process alive only while something waits', async () => {
    const started = jest.spyOn(globalThis, 'setTimeout');
    const sender = throttle({ intervalMs: 100 })(new FakeSender());
    await sender.send('price', 1);
    const interval = started.mock.results[0]?.value as NodeJS.Timeout;
    expect(interval.hasRef()).toBe(false);
    const controller = new AbortController();
    const second = caught(sender.send('price', 2, { signal: controller.signal }));
    expect(interval.hasRef()).toBe(true);
    controller.abort();
    expect(await second).toMatchObject({ code: 'ABORTED' });
    expect(interval.hasRef()).toBe(false);
    started.mockRestore();
    await sender.close();
  });

  it('drops all but the first of an interval without trailing', async () => {
    const inner = new FakeSender();
    const sender = throttle({ intervalMs: 100, trailing: false })(inner);
    await Promise.all([sender.send('price', 1), sender.send('price', 2)]);
    await pass(100);
    await sender.send('price', 3);
    expect(inner.data).toEqual([1, 3]);
    await sender.close();
  });

  it('keeps each topic apart, or what you say', async () => {
    const inner = new FakeSender();
    const sender = throttle({ intervalMs: 100, by: (_topic, data) => (data as string).slice(0, 1) })(inner);
    const sends = ['a1', 'b1', 'a2', 'a3', 'b2'].map((data, n) => sender.send(`topic ${n}`, data));
    await pass(100);
    await Promise.all(sends);
    expect(inner.data).toEqual(['a1', 'b1', 'a3', 'b2']);
    await sender.close();
  });
});

describe('debounce', () => {
  it('sends the last of a burst when it is over', async () => {
    const inner = new FakeSender();
    const sender = debounce({ waitMs: 100 })(inner);
    const sends = [sender.send('settings', 1)];
    await pass(90);
    sends.push(sender.send('settings', 2));
    await pass(99);
    expect(inner.data).toEqual([]);
    await pass(1);
    expect(inner.data).toEqual([2]);
    await Promise.all(sends);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not wait for longer than maxWaitMs', async () => {
    const inner = new FakeSender();
    const sender = debounce({ waitMs: 100, maxWaitMs: 250 })(inner);
    const sends: Promise<void>[] = [];
    for (let n = 0; n < 10; n += 1) {
      sends.push(sender.send('settings', n));
      await pass(50);
    }
    expect(inner.data).toEqual([4, 9]);
    await Promise.all(sends);
  });
});

const LAYERS: readonly (readonly [string, SenderLayer, first: unknown[]])[] = [
  ['throttle', throttle({ intervalMs: 100 }), [0]],
  ['debounce', debounce({ waitMs: 100 }), []],
];

describe.each(LAYERS)('what waits in a %s', (_name, layer, first) => {
  /** With one message that has been sent at once, where that is what it does. */
  function start() {
    const inner = new FakeSender();
    const sender = layer(inner);
    for (const data of first) void sender.send('topic', data);
    return { inner, sender };
  }

  it('settles with what takes its place, when that has been handed over', async () => {
    const { inner, sender } = start();
    let handedOver!: () => void;
    inner.result = new Promise((resolve) => (handedOver = resolve));
    const sends = [1, 2, 3].map((n) => sender.send('topic', n));
    await pass(100);
    expect(inner.data).toEqual([...first, 3]);
    expect(await Promise.all(sends.map(stateOf))).toEqual(['pending', 'pending', 'pending']);
    handedOver();
    await Promise.all(sends);
    await sender.close();
  });

  it('fails with what takes its place', async () => {
    const { inner, sender } = start();
    const full = new Error('full');
    const sends = [1, 2].map((n) => caught(sender.send('topic', n)));
    jest.spyOn(inner, 'send').mockImplementation(() => Promise.reject(full));
    await pass(100);
    expect(await Promise.all(sends)).toEqual([full, full]);
    await sender.close();
  });

  it('fails with what takes its place though that is thrown at once', async () => {
    const { inner, sender } = start();
    const full = new Error('full');
    const sends = [1, 2].map((n) => caught(sender.send('topic', n)));
    jest.spyOn(inner, 'send').mockImplementation(() => {
      throw full;
    });
    await pass(100);
    expect(await Promise.all(sends)).toEqual([full, full]);
    await sender.close();
  });

  it('is taken back by its signal, or its time, together with what it has taken the place of', async () => {
    for (const end of ['ABORTED', 'TIMEOUT']) {
      const { inner, sender } = start();
      const controller = new AbortController();
      const options = end === 'ABORTED' ? { signal: controller.signal } : { timeoutMs: 40 };
      const sends = [sender.send('topic', 1), sender.send('topic', 2, options)].map(caught);
      await pass(40);
      controller.abort('enough');
      for (const error of await Promise.all(sends)) expect(error).toMatchObject({ code: end, outcome: 'not-sent' });
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      await pass(100);
      expect(inner.data).toEqual(first);
      expect(jest.getTimerCount()).toBe(0);
      await sender.close();
    }
  });

  it('goes on where only one that was superseded is taken back', async () => {
    const { inner, sender } = start();
    const controller = new AbortController();
    const old = caught(sender.send('topic', 1, { signal: controller.signal }));
    const newest = sender.send('topic', 2);
    controller.abort('enough');
    expect(await old).toMatchObject({ code: 'ABORTED', outcome: 'not-sent', cause: 'enough' });
    await pass(100);
    await newest;
    expect(inner.data).toEqual([...first, 2]);
    await sender.close();
  });

  it('hands inward what is left of its time', async () => {
    const { inner, sender } = start();
    const sent = sender.send('topic', 1, { timeoutMs: 1_000 });
    await pass(100);
    await sent;
    expect(inner.sent.at(-1)?.options?.timeoutMs).toBeCloseTo(900);
    await sender.close();
  });

  it('is refused at once when it is asked for wrongly, or aborted already', async () => {
    const { inner, sender } = start();
    const waits = sender.send('topic', 1);
    for (const options of [null, 'fast', { timeoutMs: 0 }, { signal: {} }]) {
      await expect(sender.send('topic', 2, options as never)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    }
    const signal = AbortSignal.abort('enough');
    await expect(sender.send('topic', 3, { signal })).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    await pass(100);
    await waits;
    expect(inner.data).toEqual([...first, 1]);
    await sender.close();
  });

  it('is sent by a close before what it is around is closed', async () => {
    const { inner, sender } = start();
    const order: string[] = [];
    jest
      .spyOn(inner, 'send')
      .mockImplementation((...[, data]) => Promise.resolve(void order.push(`send ${String(data)}`)));
    jest.spyOn(inner, 'close').mockImplementation(() => Promise.resolve(void order.push('close')));
    const sends = [1, 2].map((n) => sender.send('topic', n));
    const closing = sender.close({ timeoutMs: 50 });
    expect(order).toEqual(['send 2', 'close']);
    expect(sender.close({ timeoutMs: 0 })).toBe(closing);
    await Promise.all([...sends, closing]);
    expect(jest.getTimerCount()).toBe(0);
    await expect(sender.send('topic', 3)).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });

  it.each([[{ drain: false }], [{ timeoutMs: 0 }]])('is dropped by a close with %j', async (options) => {
    const { inner, sender } = start();
    const sends = [1, 2].map((n) => caught(sender.send('topic', n)));
    await sender.close(options);
    for (const error of await Promise.all(sends)) expect(error).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    expect([inner.data, inner.closes]).toEqual([first, [options]]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stays as it is after a close that was asked for wrongly', async () => {
    const { inner, sender } = start();
    const waits = sender.send('topic', 1);
    await expect(sender.close({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await pass(100);
    await waits;
    expect([inner.data, inner.closes]).toEqual([[...first, 1], []]);
    await sender.close();
  });
});

it.each([[undefined], [{}], [{ intervalMs: 0 }], [{ intervalMs: 1.5 }], [{ intervalMs: 5, by: 'x' }], [{ waitMs: 5 }]])(
  'throttle(%j) is refused',
  (options) => {
    expect(() => throttle(options as ThrottleOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  },
);

it.each([[undefined], [{}], [{ waitMs: 0 }], [{ waitMs: 50, maxWaitMs: 10 }], [{ waitMs: 5, trailing: true }]])(
  'debounce(%j) is refused',
  (options) => {
    expect(() => debounce(options as DebounceOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  },
);

it('a key that is no text is refused, since it would be one for all', async () => {
  const inner = new FakeSender();
  for (const layer of [
    throttle({ intervalMs: 5, by: () => 1 as never }),
    debounce({ waitMs: 5, by: () => 1 as never }),
  ]) {
    await expect(layer(inner).send('topic', 1)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  }
  expect(inner.sent).toEqual([]);
});
