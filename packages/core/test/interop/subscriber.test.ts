import { expect, it } from '@jest/globals';
import { Subscriber, type TopicMessage } from '@liberzmq/core';
import { describeWithPython, type PythonPeer } from '@liberzmq-tooling/testkit';
import { until } from '../integration/endpoints.js';
import { startPeer } from './peer.js';
import { expectSamplesFromPython } from './samples.js';

const TIMEOUT_MS = 10_000;
const PROBE_MS = 100;
const PROBE = 'probe';

/**
 * A subscriber whose subscriptions have reached the publisher. A PUB tells nobody when they do, so it publishes until something arrives;
 * what was subscribed first arrives first.
 */
async function subscribedTo(publisher: PythonPeer, ...topics: readonly string[]): Promise<Subscriber> {
  const subscriber = new Subscriber({ address: publisher.address, topics: [...topics, PROBE] });
  for (const deadline = performance.now() + TIMEOUT_MS; performance.now() < deadline;) {
    publisher.send({ do: 'publish', topic: PROBE, message: null });
    const probe = await subscriber.receiveMessage({ timeoutMs: PROBE_MS }).catch(() => undefined);
    if (probe !== undefined) return subscriber;
  }
  await subscriber.close();
  throw new Error('the subscription did not reach the publisher');
}

/** The next message that is no probe. */
async function receive(subscriber: Subscriber): Promise<TopicMessage> {
  for (;;) {
    const received = await subscriber.receiveMessage({ timeoutMs: TIMEOUT_MS });
    if (received.topic !== PROBE) return received;
  }
}

describeWithPython("Python's PUB and our Subscriber", () => {
  it('gets what is published on its topics, in order', async () => {
    await using publisher = await startPeer('pub');
    await using subscriber = await subscribedTo(publisher, '新闻.体育', 'weather');
    publisher.send({ do: 'publish', topic: '新闻.财经', message: 'for nobody' });
    publisher.send({ do: 'publish', topic: '新闻.体育', message: { 标题: '中国队夺冠' } });
    publisher.send({ do: 'publish', topic: 'weather', message: null });
    publisher.send({ do: 'publish', topic: 'weather.north', message: 'no match: a topic is exact' });
    publisher.send({ do: 'publish', topic: 'weather', message: [1, '晴'] });
    expect(await receive(subscriber)).toEqual({ topic: '新闻.体育', message: { 标题: '中国队夺冠' } });
    expect(await receive(subscriber)).toEqual({ topic: 'weather', message: null });
    expect(await receive(subscriber)).toEqual({ topic: 'weather', message: [1, '晴'] });
  });

  it('calls the handlers of patterns, and of all topics', async () => {
    await using publisher = await startPeer('pub');
    await using subscriber = await subscribedTo(publisher, '新闻.*');
    const calls: unknown[][] = [];
    subscriber.subscribe('新闻.*', (topic, message) => void calls.push(['pattern', topic, message]));
    subscriber.subscribe('新闻.终', (topic) => void calls.push(['exact', topic]));
    subscriber.subscribe((topic) => void calls.push(['all', topic]));
    await subscriber.startListening();
    publisher.send({ do: 'publish', topic: '新闻.体育', message: 1 });
    publisher.send({ do: 'publish', topic: '新闻.体育.足球', message: 2 });
    publisher.send({ do: 'publish', topic: '新闻.终', message: 3 });
    const withoutProbes = (): unknown[] => calls.filter(([, topic]) => topic !== PROBE);
    await until(() => withoutProbes().length === 6, 'all handlers have been called');
    expect(withoutProbes()).toEqual([
      ['pattern', '新闻.体育', 1],
      ['all', '新闻.体育'],
      ['all', '新闻.体育.足球'],
      ['pattern', '新闻.终', 3],
      ['exact', '新闻.终'],
      ['all', '新闻.终'],
    ]);
  });

  it('understands every value of Python', async () => {
    await using publisher = await startPeer('pub');
    await using subscriber = await subscribedTo(publisher, 'samples');
    publisher.send({ do: 'samples', topic: 'samples' });
    const { message } = await receive(subscriber);
    expectSamplesFromPython(message);
  });

  it('gets several bodies as an array', async () => {
    await using publisher = await startPeer('pub');
    await using subscriber = await subscribedTo(publisher, 'parts');
    publisher.send({ do: 'parts', topic: 'parts', parts: ['一', { 二: 2 }, [3]] });
    expect(await receive(subscriber)).toEqual({ topic: 'parts', message: ['一', { 二: 2 }, [3]] });
  });

  it('drops what is no publication, counts it, and gets the next', async () => {
    await using publisher = await startPeer('pub');
    await using subscriber = await subscribedTo(publisher, 'topic');
    const malformed: string[] = [];
    subscriber.on('malformed', ({ message }) => malformed.push(message));
    publisher.send({ do: 'nothing', topic: 'topic' });
    publisher.send({ do: 'publish', topic: 'topic', message: '下一条' });
    expect(await receive(subscriber)).toEqual({ topic: 'topic', message: '下一条' });
    expect(malformed).toEqual([expect.stringContaining('at least one body')]);
    expect(subscriber.stats()).toMatchObject({ drops: { malformed: 1 }, errors: { PROTOCOL: 1 } });
  });
});
