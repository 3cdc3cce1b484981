import { expect, it } from '@jest/globals';
import { Puller, type Task } from '@liberzmq/core';
import { describeWithPython, type PythonPeer } from '@liberzmq-tooling/testkit';
import { until, upTo } from '../integration/endpoints.js';
import { startPeer } from './peer.js';
import { expectSamplesFromPython } from './samples.js';

const WAIT = { timeoutMs: 10_000 };

function pullerOf(pusher: PythonPeer): Puller {
  return new Puller({ address: pusher.address });
}

describeWithPython("Python's PUSH and our Puller", () => {
  it("gives a task what Python's envelope says, with the time in ms and what else it holds", async () => {
    await using pusher = await startPeer('push');
    await using puller = pullerOf(pusher);
    pusher.send({ do: 'task', type: '缩放', data: { 文件: '图.png' }, extra: { priority: 5, 来源: '蟒蛇' } });
    const task = await puller.pullTask(WAIT);
    const { pushed } = await pusher.lines.nextLine();
    const { task_id, timestamp, host_info } = pushed as { task_id: string; timestamp: number; host_info: unknown };
    expect(task).toEqual({
      id: task_id,
      type: '缩放',
      data: { 文件: '图.png' },
      priority: 5,
      timestamp: timestamp * 1000,
      headers: {},
      来源: '蟒蛇',
      host_info,
    });
    expect(host_info).toMatchObject({ pusher_address: pusher.address, bind_mode: true });
    expect(Math.abs(task.timestamp - Date.now())).toBeLessThan(60_000);
  });

  it('hands tasks to the handlers of their types, in order', async () => {
    await using pusher = await startPeer('push');
    await using puller = pullerOf(pusher);
    const seen: unknown[] = [];
    puller.registerTaskHandler('计数', (task, context) => void seen.push([context.type, task.data]));
    puller.setDefaultHandler((task) => void seen.push(['default', task.type, task.data]));
    await puller.startWorker();
    for (const n of upTo(100)) pusher.send({ do: 'task', type: '计数', data: n });
    pusher.send({ do: 'task', type: '别的', data: 'x' });
    pusher.send({ do: 'simple', data: 'bare' });
    await until(() => seen.length === 102, 'all tasks are done');
    expect(seen).toEqual([
      ...upTo(100).map((n) => ['计数', n]),
      ['default', '别的', 'x'],
      ['default', 'unknown', 'bare'],
    ]);
  });

  it('reports the failure of a handler, and goes on', async () => {
    await using pusher = await startPeer('push');
    await using puller = pullerOf(pusher);
    const failed: { task: Task; error: unknown }[] = [];
    puller.on('taskFailed', (event) => failed.push(event));
    const done: unknown[] = [];
    puller.registerTaskHandler('good', (task) => void done.push(task.data));
    puller.registerTaskHandler('bad', () => {
      throw new Error('处理失败');
    });
    await puller.startWorker();
    pusher.send({ do: 'task', type: 'bad', data: 1 });
    pusher.send({ do: 'task', type: 'good', data: 2 });
    await until(() => done.length > 0, 'the next task is done');
    expect(done).toEqual([2]);
    expect(failed).toMatchObject([{ task: { type: 'bad', data: 1 }, error: { message: '处理失败' } }]);
  });

  it('takes bare values without an envelope', async () => {
    await using pusher = await startPeer('push');
    await using puller = pullerOf(pusher);
    for (const value of ['纯文本', 42, null, [1, 2], { 没有: '类型' }]) {
      pusher.send({ do: 'simple', data: value });
      expect(await puller.pullSimple(WAIT)).toEqual(value);
      pusher.send({ do: 'simple', data: value });
      expect(await puller.pullTask(WAIT)).toMatchObject({ type: 'unknown', data: value, priority: 0 });
    }
  });

  it('understands every value of Python', async () => {
    await using pusher = await startPeer('push');
    await using puller = pullerOf(pusher);
    pusher.send({ do: 'samples', type: 'samples' });
    const { data } = await puller.pullTask(WAIT);
    expectSamplesFromPython(data);
  });
});
