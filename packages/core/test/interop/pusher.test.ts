import { expect, it } from '@jest/globals';
import { Pusher } from '@liberzmq/core';
import { describeWithPython } from '@liberzmq-tooling/testkit';
import { until, upTo } from '../integration/endpoints.js';
import { startPeer } from './peer.js';
import { CHECKED_BY_PYTHON, FROM_NODE } from './samples.js';

const TIMEOUT_MS = 10_000;

async function startPusher(): Promise<Pusher> {
  return new Pusher({ dialect: 'classic', address: 'tcp://127.0.0.1:*' }).connect();
}

function startPuller(pusher: Pusher) {
  return startPeer('pull', pusher.boundAddress!);
}

describeWithPython("our Pusher and Python's PULL", () => {
  it('pushes tasks in the envelope that Python knows', async () => {
    await using pusher = await startPusher();
    await using puller = await startPuller(pusher);
    const from = Date.now() / 1000;
    const id = await pusher.pushTask('缩放', { 文件: '图.png' }, { priority: 5 });
    const { task } = await puller.lines.nextLine();
    expect(task).toEqual({
      type: '缩放',
      data: { 文件: '图.png' },
      priority: 5,
      task_id: id,
      timestamp: expect.any(Number),
    });
    const { timestamp } = task as { timestamp: number };
    expect(timestamp).toBeGreaterThanOrEqual(from);
    expect(timestamp).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('pushes what else a task has beside the envelope', async () => {
    await using pusher = await startPusher();
    await using puller = await startPuller(pusher);
    const id = await pusher.pushTask({ type: 'a', id: '任务-1', 来源: '节点', headers: { trace: 'x1' } });
    expect(id).toBe('任务-1');
    expect(await puller.lines.nextLine()).toMatchObject({
      task: { type: 'a', priority: 0, task_id: '任务-1', 来源: '节点', headers: { trace: 'x1' } },
    });
  });

  it('pushes a batch in its order', async () => {
    await using pusher = await startPusher();
    await using puller = await startPuller(pusher);
    const ids = await pusher.pushBatch(upTo(200).map((data) => ({ type: 'count', data })));
    const tasks = (await puller.lines.nextLines(200)).map(({ task }) => task as { data: number; task_id: string });
    expect(tasks.map(({ data }) => data)).toEqual(upTo(200));
    expect(tasks.map(({ task_id }) => task_id)).toEqual(ids);
    expect(new Set(ids).size).toBe(200);
  });

  it('pushes bare values without an envelope', async () => {
    await using pusher = await startPusher();
    await using puller = await startPuller(pusher);
    for (const value of ['纯文本', 42, null, [1, 2], { 没有: '类型' }]) {
      await pusher.pushSimple(value);
      expect(await puller.lines.nextLine()).toEqual({ task: value });
    }
  });

  it('sends every value as Python has it', async () => {
    await using pusher = await startPusher();
    await using puller = await startPuller(pusher);
    await pusher.pushTask('samples', FROM_NODE);
    expect(await puller.lines.nextLine()).toEqual({ checked: CHECKED_BY_PYTHON });
  });

  it('hands each task to one of several pullers', async () => {
    await using pusher = await startPusher();
    await using first = await startPuller(pusher);
    await using second = await startPuller(pusher);
    const seen: number[][] = [[], []];
    const reading = [first, second].map(async ({ lines }, index) => {
      for await (const { task } of lines) seen[index]!.push((task as { data: number }).data);
    });
    // Until both have had one, it is not known that both are there.
    let pushed = 0;
    const end = performance.now() + TIMEOUT_MS;
    while (seen.some((numbers) => numbers.length === 0) && performance.now() < end) {
      await pusher.pushTask('n', pushed);
      pushed += 1;
      await until(() => seen.flat().length === pushed, 'somebody has the task');
    }
    expect(seen.flat().sort((a, b) => a - b)).toEqual(upTo(pushed));
    expect(seen.every((numbers) => numbers.length > 0)).toBe(true);
    await Promise.all([first.stop(), second.stop()]);
    await Promise.all(reading);
  });
});
