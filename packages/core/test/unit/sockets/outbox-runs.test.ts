import { describe, expect, it } from '@jest/globals';
import { json } from '../../../src/serializers/json.js';
import { busy, FACTS_BYTES, settle, start } from './outbox-of-runs.js';

describe('a run in an outbox', () => {
  it('grows while it waits, and leaves as one record', async () => {
    const { outbox, packets, frames, sent, tasks } = start();
    const notice = tasks('task-', 0xfe, 'a', { b: 1 }, null);
    expect(packets).toEqual([]);
    await settle();
    expect(packets).toEqual([
      [
        ['task-00fe', 'a'],
        ['task-00ff', { b: 1 }],
        ['task-0100', null],
      ],
    ]);
    // Of a second, third and fourth record there are no more bytes than their bodies.
    expect(frames[0]![0]!.byteLength).toBeLessThan(60);
    expect(sent).toEqual([3]);
    expect([notice.isOver, outbox.messages, outbox.bytes]).toEqual([true, 0, 0]);
  });

  it('counts each of its messages, and about the bytes of each', () => {
    const { outbox, control, run, single } = start();
    control.open = false;
    const notice = run(1, 'xx');
    const first = notice.bytes;
    expect(outbox).toMatchObject({ messages: 1, bytes: first });
    outbox.extend(notice, json, 'x'.repeat(100));
    outbox.extend(notice, json, 'yy');
    expect(notice.messages).toBe(3);
    expect(notice.bytes).toBeGreaterThanOrEqual(first + 104);
    expect(outbox).toMatchObject({ messages: 3, bytes: notice.bytes });
    const other = single(9, 'z');
    expect(outbox).toMatchObject({ messages: 4, bytes: notice.bytes + other.bytes });
  });

  it('leaves at once when it fills a packet, with all that is in it', () => {
    const { outbox, packets, run } = start({ recordsTogether: () => 3 });
    const notice = run(1, 'a', 'b');
    expect(packets).toEqual([]);
    expect(outbox.extend(notice, json, 'c')).toBe(true);
    expect(packets.map(({ length }) => length)).toEqual([3]);
    expect(outbox.extend(notice, json, 'd')).toBe(false);
  });

  it('leaves at once when a packet has enough bytes', () => {
    const { outbox, packets, run } = start();
    const notice = run(1, 'x'.repeat(30_000), 'x'.repeat(30_000));
    expect(packets).toEqual([]);
    expect(outbox.extend(notice, json, 'x'.repeat(10_000))).toBe(true);
    expect(packets.map(({ length }) => length)).toEqual([3]);
  });

  it('has no more messages than travel together', async () => {
    const { outbox, packets, control, run, open } = start({ recordsTogether: () => 4 });
    control.open = false;
    const notice = run(1, 1, 2, 3, 4);
    expect(outbox.extend(notice, json, 5)).toBe(false);
    run(5, 5, 6);
    await open();
    expect(packets).toEqual([[1, 2, 3, 4].map((n) => [n, n]), [5, 6].map((n) => [n, n])]);
  });
});

describe('a message joins a run', () => {
  it('only where that is the last of what waits', async () => {
    const { outbox, packets, run, single } = start();
    const first = run(1, 'a', 'b');
    const second = run(7, 'c');
    expect(outbox.extend(first, json, 'x')).toBe(false);
    expect(outbox.extend(second, json, 'd')).toBe(true);
    // Nothing of this one stands in the block, and yet it would be overtaken.
    single(20, undefined);
    expect(outbox.extend(second, json, 'x')).toBe(false);
    await settle();
    expect(packets).toEqual([
      [
        [1, 'a'],
        [2, 'b'],
        [7, 'c'],
        [8, 'd'],
        [20, undefined],
      ],
    ]);
  });

  it.each([
    ['messages', { maxMessages: 2 }],
    ['bytes', { maxBytes: 2 * FACTS_BYTES }],
  ])('only where there is room: %s', async (_what, limits) => {
    for (const policy of ['wait', 'reject', 'drop-newest', 'drop-oldest'] as const) {
      const { outbox, packets, control, dropped, run, open } = start({ policy, ...limits });
      control.open = false;
      const notice = run(1, 'x'.repeat(20), 'y'.repeat(20));
      const { messages, bytes } = outbox;
      expect(outbox.extend(notice, json, 'z')).toBe(false);
      expect(outbox).toMatchObject({ messages, bytes });
      expect(dropped).toEqual([]);
      await open();
      expect(packets.flat().map(([id]) => id)).toEqual([1, 2]);
    }
  });

  it('not while it is handed over, and not when the transport has taken it', async () => {
    const { outbox, packets, pending, control, run } = start();
    control.takes = false;
    const notice = run(1, 'a', 'b');
    await settle();
    expect(outbox.extend(notice, json, 'x')).toBe(false);
    expect(outbox.messages).toBe(2);
    pending[0]!.resolve();
    await settle();
    expect(outbox.extend(notice, json, 'x')).toBe(false);
    expect(packets).toEqual([
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('not when the transport did not take it: it leaves again as it was', async () => {
    const { outbox, packets, pending, control, run } = start({ waitsForRoom: false });
    control.takes = false;
    const notice = run(1, 'a', 'b');
    await settle();
    pending[0]!.reject(busy());
    await Promise.resolve();
    control.open = false;
    await settle();
    expect(notice.phase).toBe('queued');
    expect(outbox.extend(notice, json, 'x')).toBe(false);
    expect(outbox.messages).toBe(2);
    run(3, 'c', 'd');
    control.open = true;
    control.takes = true;
    outbox.wake();
    await settle();
    expect(packets).toEqual([
      [
        [1, 'a'],
        [2, 'b'],
      ],
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
        [4, 'd'],
      ],
    ]);
  });

  it.each([
    ['undefined', undefined],
    ['bytes', Buffer.from('bytes')],
    ['too large for a block', 'x'.repeat(40_000)],
  ])('not when its body is %s', async (_what, body) => {
    const { outbox, packets, run } = start();
    const notice = run(1, 'a', 'b');
    const { bytes } = outbox;
    expect(outbox.extend(notice, json, body)).toBe(false);
    expect(outbox).toMatchObject({ messages: 2, bytes });
    const own = run(3, body);
    const joins = outbox.extend(own, json, 'c');
    expect(joins).toBe(false);
    run(4, 'c', 'd');
    await settle();
    expect(packets.flat()).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, body],
      [4, 'c'],
      [5, 'd'],
    ]);
  });

  it('not when its body cannot be encoded, which the run does not notice', async () => {
    const { outbox, packets, run } = start();
    const notice = run(1, 'a', 'b');
    const { bytes } = outbox;
    expect(() => outbox.extend(notice, json, 5n)).toThrow(
      expect.objectContaining({ code: 'ENCODE', message: expect.stringMatching(/^cannot encode a run as json/) }),
    );
    expect(outbox).toMatchObject({ messages: 2, bytes });
    expect(outbox.extend(notice, json, 'c')).toBe(true);
    await settle();
    expect(packets).toEqual([
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ],
    ]);
  });

  it('not when the outbox is closed', () => {
    const { outbox, control, run } = start();
    control.open = false;
    const notice = run(1, 'a');
    outbox.close();
    expect(outbox.extend(notice, json, 'b')).toBe(false);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });
});
