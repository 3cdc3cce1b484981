import { describe, expect, it } from '@jest/globals';
import { json } from '../../../src/serializers/json.js';
import { busy, settle, start } from './outbox-of-runs.js';

describe('an outbox that drops the oldest', () => {
  it('drops the first message of a run, and only that', async () => {
    const { outbox, packets, control, dropped, tasks, single, open } = start({ policy: 'drop-oldest', maxMessages: 4 });
    control.open = false;
    tasks('task-', 0xfe, 'a', 'b', 'c', 'd');
    single(1, 'e');
    expect(dropped).toEqual(['1 outbox-full']);
    expect(outbox.messages).toBe(4);
    await open();
    expect(packets).toEqual([
      [
        ['task-00ff', 'b'],
        ['task-0100', 'c'],
        ['task-0101', 'd'],
        [1, 'e'],
      ],
    ]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('drops one after the other, to the end of the run and beyond', async () => {
    const { outbox, packets, control, dropped, sent, lost, run, single, open } = start({
      policy: 'drop-oldest',
      maxMessages: 3,
    });
    control.open = false;
    const notice = run(1, 'a', 'b', 'c');
    for (const id of [10, 11]) single(id, id);
    expect([notice.messages, notice.isOver]).toEqual([1, false]);
    single(12, 12);
    expect([notice.messages, notice.isOver]).toEqual([1, true]);
    single(13, 13);
    expect(dropped).toEqual(Array(4).fill('1 outbox-full'));
    expect(outbox.messages).toBe(3);
    await open();
    expect(packets).toEqual([[11, 12, 13].map((n) => [n, n])]);
    expect([sent, lost]).toEqual([[1, 1, 1], []]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('drops as many as the bytes of the new one need', async () => {
    const { outbox, packets, control, dropped, run, single, open } = start({ policy: 'drop-oldest', maxBytes: 500 });
    control.open = false;
    const notice = run(1, ...Array.from({ length: 4 }, () => 'x'.repeat(100)));
    const other = single(9, 'y'.repeat(200));
    expect(outbox.bytes).toBe(notice.bytes + other.bytes);
    expect(outbox.bytes).toBeLessThanOrEqual(500);
    expect(dropped).toEqual(['1 outbox-full', '1 outbox-full']);
    expect(notice.messages).toBe(2);
    await open();
    expect(packets.flat().map(([id]) => id)).toEqual([3, 4, 9]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('drops what is older than a run first, and leaves a run alone that is being handed over', async () => {
    const { outbox, packets, pending, control, dropped, run, single } = start({
      policy: 'drop-oldest',
      maxMessages: 4,
    });
    control.takes = false;
    run(1, 'a', 'b');
    await settle();
    single(5, 'old');
    run(7, 'c');
    run(9, 'd');
    expect(dropped).toEqual(['1 outbox-full']);
    expect(outbox.messages).toBe(4);
    control.takes = true;
    pending[0]!.resolve();
    await settle();
    expect(packets.map((packet) => packet.map(([id]) => id))).toEqual([
      [1, 2],
      [7, 9],
    ]);
  });

  it('lets a run grow again of which it has dropped some', async () => {
    const { outbox, packets, control, run, single, open } = start({ policy: 'drop-oldest', maxMessages: 3 });
    control.open = false;
    const notice = run(1, 'a', 'b', 'c');
    outbox.withdraw(single(9, undefined));
    expect(outbox.messages).toBe(2);
    expect(outbox.extend(notice, json, 'd')).toBe(true);
    await open();
    expect(packets).toEqual([
      [
        [2, 'b'],
        [3, 'c'],
        [4, 'd'],
      ],
    ]);
  });
});

describe('a run that cannot leave', () => {
  it('is lost with each of its messages when its outbox is closed', () => {
    const { outbox, control, dropped, lost, run } = start();
    control.open = false;
    run(1, 'a', 'b', 'c');
    run(9, 'd', 'e');
    outbox.close();
    expect([lost, dropped]).toEqual([[3, 2], []]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('is dropped with each of its messages when the peer is gone', () => {
    const { outbox, control, dropped, run } = start();
    control.open = false;
    run(1, 'a', 'b', 'c');
    outbox.dropAll();
    expect(dropped).toEqual(['3 peer-gone']);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('is lost with each of its messages when it is closed while it is handed over, and finds no room', async () => {
    const { outbox, pending, control, lost, run } = start();
    control.takes = false;
    run(1, 'a', 'b');
    await settle();
    outbox.close();
    pending[0]!.reject(busy());
    await settle();
    expect(lost).toEqual([2]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });
});
