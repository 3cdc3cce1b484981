import { describe, expect, test } from '@jest/globals';
import { Publisher, Puller, Pusher, Subscriber, type NewTask } from '@liberzmq/core';
import { Type } from 'typebox';
import { z } from 'zod';
import { defineContract, typedPublisher, typedPuller, typedPusher, typedSubscriber } from '../src/index.js';
import { ANY_PORT, errorOf, open } from './endpoints.js';

const slow = z.string().refine(async () => {
  await new Promise(setImmediate);
  return true;
});
const contract = defineContract({
  version: '1',
  topics: { news: { message: slow } },
  tasks: { resize: { data: slow } },
});
const other = defineContract({ version: '1', topics: { sports: { message: Type.String() } } });

const MOST_MS = 100;
const EVERY_MS = 20;

describe('several contracts at one endpoint', () => {
  test('its messages keep their order, and it is listened to once', async () => {
    const sent: unknown[] = [];
    let listeners = 0;
    const sender = {
      send: (topic: string) => {
        sent.push(topic);
        return Promise.resolve();
      },
      on: () => (listeners += 1),
      close: () => Promise.resolve(),
    };
    await Promise.all([
      typedPublisher(sender, contract).publish('news', 'slow'),
      typedPublisher(sender, other).publish('sports', 'quick'),
    ]);
    expect(sent).toEqual(['news', 'sports']);
    expect(listeners).toBe(1);
  });
});

test('what becomes of an array of tasks while they are checked does not matter', async () => {
  const pushed: unknown[] = [];
  const pusher = typedPusher(
    {
      pushTask: () => Promise.resolve(''),
      pushBatch: (tasks: readonly NewTask[]) => {
        pushed.push(...tasks);
        return Promise.resolve([]);
      },
      close: () => Promise.resolve(),
    },
    contract,
  );
  const tasks = [{ type: 'resize' as const, data: 'a.png' }];
  const pushing = pusher.pushBatch(tasks);
  tasks.push({ type: 'resize', data: 5 as never });
  await pushing;
  expect(pushed).toEqual([{ type: 'resize', data: 'a.png' }]);
});

describe('what the contract does not have does not put off the time limit', () => {
  test('of receiveMessage', async () => {
    const publisher = open(new Publisher({ address: ANY_PORT }));
    await publisher.connect();
    const subscriber = open(new Subscriber({ address: publisher.boundAddress as string }));
    subscriber.subscribe();
    const received = typedSubscriber(subscriber, contract).receiveMessage({ timeoutMs: MOST_MS });
    await publisher.waitForSubscribers();
    const timer = setInterval(() => void publisher.publish('weather', 'rain'), EVERY_MS);
    await expect(received).rejects.toMatchObject({ code: 'TIMEOUT' });
    clearInterval(timer);
  });

  test('of pullTask', async () => {
    const pusher = open(new Pusher({ address: ANY_PORT }));
    await pusher.connect();
    const puller = open(new Puller({ address: pusher.boundAddress as string }));
    let cropped = 0;
    puller.registerTaskHandler('crop', () => (cropped += 1));
    const timer = setInterval(() => void pusher.pushTask('crop').catch(() => undefined), EVERY_MS);
    await expect(typedPuller(puller, contract).pullTask({ timeoutMs: MOST_MS })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    clearInterval(timer);
    expect(cropped).toBeGreaterThan(1);
  });
});

test('a type that is no text is refused', () => {
  const puller = typedPuller(open(new Puller({ address: 'tcp://127.0.0.1:5557' })), contract);
  expect(errorOf(() => puller.registerTaskHandler(Symbol('x') as never, () => undefined))).toMatchObject({
    code: 'BAD_OPTION',
    message: "typedPuller: the contract has no task 'Symbol(x)'; it has resize",
  });
});
