import { expect, it } from '@jest/globals';
import { Publisher } from '@liberzmq/core';
import { describeWithPython } from '@liberzmq-tooling/testkit';
import { until } from '../integration/endpoints.js';
import { startPeer } from './peer.js';
import { CHECKED_BY_PYTHON, FROM_NODE } from './samples.js';

const TIMEOUT_MS = 10_000;

async function startPublisher(): Promise<Publisher> {
  return new Publisher({ dialect: 'classic', address: 'tcp://127.0.0.1:*' }).connect();
}

function startSubscriber(publisher: Publisher, ...topics: readonly string[]) {
  return startPeer('sub', publisher.boundAddress!, ...topics);
}

describeWithPython("our Publisher and Python's SUB", () => {
  it('publishes to it on the topics that it subscribed to, in order', async () => {
    await using publisher = await startPublisher();
    await using subscriber = await startSubscriber(publisher, '新闻.体育', 'weather');
    await publisher.waitForSubscribers({ topic: '新闻.体育', timeoutMs: TIMEOUT_MS });
    await publisher.waitForSubscribers({ topic: 'weather', timeoutMs: TIMEOUT_MS });
    expect(publisher.subscriptions()).toEqual({ '新闻.体育': 1, weather: 1 });
    await publisher.publish('新闻.财经', 'for nobody');
    for (const n of [1, 2, 3]) await publisher.publish('新闻.体育', { 标题: '中国队夺冠', n });
    await publisher.publish('weather', null);
    await publisher.publish('weather.north', 'for it too: a SUB takes what begins as it says');
    expect(await subscriber.lines.nextLines(5)).toEqual([
      ...[1, 2, 3].map((n) => ({ topic: '新闻.体育', messages: [{ 标题: '中国队夺冠', n }] })),
      { topic: 'weather', messages: [null] },
      { topic: 'weather.north', messages: ['for it too: a SUB takes what begins as it says'] },
    ]);
  });

  it('publishes to one that takes all topics, and to several at once', async () => {
    await using publisher = await startPublisher();
    await using first = await startSubscriber(publisher);
    await using second = await startSubscriber(publisher, 'b');
    await publisher.waitForSubscribers({ topic: 'a', timeoutMs: TIMEOUT_MS });
    await until(() => 'b' in publisher.subscriptions(), 'the second one has subscribed');
    await publisher.publish('a', '甲');
    await publisher.publish('b', '乙');
    expect(await first.lines.nextLines(2)).toEqual([
      { topic: 'a', messages: ['甲'] },
      { topic: 'b', messages: ['乙'] },
    ]);
    expect(await second.lines.nextLine()).toEqual({ topic: 'b', messages: ['乙'] });
  });

  it('sends every value as Python has it', async () => {
    await using publisher = await startPublisher();
    await using subscriber = await startSubscriber(publisher, 'samples');
    await publisher.waitForSubscribers({ topic: 'samples', timeoutMs: TIMEOUT_MS });
    await publisher.publish('samples', FROM_NODE);
    expect(await subscriber.lines.nextLine()).toEqual({ topic: 'samples', checked: CHECKED_BY_PYTHON });
  });

  it('publishes several bodies as frames of one message', async () => {
    await using publisher = await startPublisher();
    await using subscriber = await startSubscriber(publisher, 'parts');
    await publisher.waitForSubscribers({ topic: 'parts', timeoutMs: TIMEOUT_MS });
    await publisher.publishMultipart('parts', ['一', { 二: 2 }, [3]]);
    expect(await subscriber.lines.nextLine()).toEqual({ topic: 'parts', messages: ['一', { 二: 2 }, [3]] });
  });

  it('learns that it is gone', async () => {
    await using publisher = await startPublisher();
    const subscriber = await startSubscriber(publisher, '主题');
    await publisher.waitForSubscribers({ topic: '主题', timeoutMs: TIMEOUT_MS });
    const gone: unknown[] = [];
    publisher.on('unsubscribed', (event) => gone.push(event));
    await subscriber.stop();
    await until(() => gone.length > 0, 'the publisher knows that it is gone');
    expect(gone).toEqual([{ prefix: '主题' }]);
    expect(publisher.subscriptions()).toEqual({});
  });
});
