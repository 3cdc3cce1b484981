import { expect, test } from '@jest/globals';
import { Puller, Pusher } from '@liberzmq/core';
import { Type } from 'typebox';
import { z } from 'zod';
import { ValidatedPuller, ValidatedPusher, type OnInvalid, type StandardSchemaV1 } from '../src/index.js';
import { ANY_PORT, nextEvent, open } from './endpoints.js';

const Resize = Type.Object({ file: Type.String() });
const INVALID = { code: 'INVALID_INPUT', outcome: 'not-sent' };

test.each([false, true])('a pusher checks tasks before any is sent; batch: %s', async (batch) => {
  const pusher = open(new ValidatedPusher({ address: ANY_PORT, batch }));
  pusher.registerTaskModel('resize', Resize).registerTaskModel('unknown', Type.Number());
  await pusher.connect();
  const puller = open(new Puller({ address: pusher.boundAddress! }));
  await puller.connect({ waitForConnection: true });
  const good = { file: 'a.png' };
  await expect(pusher.pushTask('resize', { file: 5 })).rejects.toMatchObject(INVALID);
  await expect(pusher.pushTask('resize')).rejects.toMatchObject(INVALID);
  await expect(pusher.pushTask({ type: 'resize', data: 5 })).rejects.toMatchObject(INVALID);
  await expect(pusher.send('resize', 5)).rejects.toMatchObject(INVALID);
  await expect(pusher.pushSimple('x')).rejects.toMatchObject(INVALID);
  await expect(
    pusher.pushBatch([
      { type: 'resize', data: good },
      { type: 'resize', data: 5 },
    ]),
  ).rejects.toMatchObject(INVALID);
  await expect(pusher.pushTask(undefined as never)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  await expect(pusher.pushBatch(5 as never)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  expect(pusher.stats().errors).toEqual({ INVALID_INPUT: 6 });

  const id = await pusher.pushTask('resize', good, { priority: 3 });
  await pusher.pushTask({ type: 'resize', data: good, id: 'mine', extra: 1 });
  await pusher.pushBatch([{ type: 'resize', data: good }]);
  await pusher.pushSimple(5);
  await pusher.pushTask('other', 'anything');
  const tasks = [];
  while (tasks.length < 5) tasks.push(await puller.pullTask({ timeoutMs: 5_000 }));
  expect(tasks).toEqual([
    expect.objectContaining({ type: 'resize', data: good, id, priority: 3 }),
    expect.objectContaining({ type: 'resize', data: good, id: 'mine', extra: 1 }),
    expect.objectContaining({ type: 'resize', data: good }),
    expect.objectContaining({ type: 'unknown', data: 5 }),
    expect.objectContaining({ type: 'other', data: 'anything' }),
  ]);
});

test('tasks keep their order where checks take a while', async () => {
  const pusher = open(new ValidatedPusher({ address: ANY_PORT }));
  pusher.registerTaskModel(
    'slow',
    z.string().refine(async () => Promise.resolve(true)),
  );
  pusher.registerTaskModel(
    'unknown',
    z.string().refine(async () => Promise.resolve(true)),
  );
  await pusher.connect();
  const puller = open(new Puller({ address: pusher.boundAddress! }));
  await puller.connect({ waitForConnection: true });
  const pushing = [
    pusher.pushTask('slow', '1'),
    pusher.pushTask('other', '2'),
    pusher.pushTask({ type: 'slow', data: '3' }, { timeoutMs: 5_000 }),
    pusher.pushSimple('4'),
  ];
  const pulled: unknown[] = [];
  while (pulled.length < 4) pulled.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
  expect(pulled).toEqual(['1', '2', '3', '4']);
  await Promise.all(pushing);
});

test('a batch keeps its place among other tasks, and is checked once', async () => {
  const pusher = open(new ValidatedPusher({ address: ANY_PORT }));
  let checks = 0;
  const slow: StandardSchemaV1 = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) => {
        checks += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return value === 'bad' ? { issues: [{ message: 'is bad' }] } : { value };
      },
    },
  };
  pusher.registerTaskModel('slow', slow);
  await pusher.connect();
  const puller = open(new Puller({ address: pusher.boundAddress! }));
  await puller.connect({ waitForConnection: true });
  const batch = (...data: string[]): Promise<string[]> =>
    pusher.pushBatch(data.map((each) => ({ type: 'slow', data: each })));
  const bad = expect(batch('ok', 'bad')).rejects.toMatchObject({
    ...INVALID,
    message: expect.stringContaining('the batch of tasks'),
    issues: [expect.objectContaining({ path: '/1' })],
  });
  const pushing = [pusher.pushTask('slow', '1'), batch('2', '3'), pusher.pushTask('other', '4')];
  const late = expect(pusher.pushBatch([{ type: 'slow', data: 'x' }], { timeoutMs: 1 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    outcome: 'not-sent',
  });
  const pulled: unknown[] = [];
  while (pulled.length < 4) pulled.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
  expect(pulled).toEqual(['1', '2', '3', '4']);
  expect(await Promise.all(pushing)).toEqual([
    expect.any(String),
    [expect.any(String), expect.any(String)],
    expect.any(String),
  ]);
  await Promise.all([bad, late]);
  expect(checks).toBe(6);
});

test.each([
  ['reject', { errors: { INVALID_INPUT: 1 }, drops: { middleware: 1 } }, [{ file: 'a' }]],
  ['drop', { errors: {}, drops: { middleware: 1 } }, [{ file: 'a' }]],
  ['pass', { errors: { INVALID_INPUT: 1 }, drops: {} }, [{ file: 5 }, { file: 'a' }]],
] as [OnInvalid, object, unknown[]][])('a puller checks what arrives: %s', async (onInvalid, stats, expected) => {
  const pusher = open(new Pusher({ address: ANY_PORT }));
  await pusher.connect();
  const puller = open(new ValidatedPuller({ address: pusher.boundAddress!, onInvalid }));
  puller.registerTaskModel('resize', Resize);
  const failed = nextEvent(puller, 'taskFailed');
  const worked: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    puller.registerTaskHandler('resize', ({ data }) => worked.push(data));
    puller.registerTaskHandler('last', () => resolve());
  });
  await puller.startWorker();
  for (const file of [5, 'a']) await pusher.pushTask('resize', { file });
  await pusher.pushTask('last');
  await done;
  expect(worked).toEqual(expected);
  expect(puller.stats()).toMatchObject(stats);
  if (onInvalid === 'reject') {
    expect(await failed).toMatchObject({ task: { type: 'resize' }, error: { issues: [{ path: '/file' }] } });
  }
});
