import { afterEach, expect, it } from '@jest/globals';
import { configureLogging, getLogger, Publisher, Subscriber, type Middleware } from '@liberzmq/core';
import { compression } from '../../src/messages/compression.js';
import { logging } from '../../src/messages/logging.js';
import { timestamp } from '../../src/messages/timestamp.js';
import { fakeLogger } from './fake-logger.js';

afterEach(() => {
  configureLogging({});
});

/** What the guide calls `process_outgoing`, in a class as there. */
class MarkingMiddleware implements Middleware {
  readonly name = 'marking';
  readonly #mark = '_large';

  outgoing(...[message, next]: Parameters<NonNullable<Middleware['outgoing']>>): Promise<void> {
    const text = JSON.stringify(message.body);
    if (text.length > 100) message.body = { ...(message.body as object), [this.#mark]: true };
    return next();
  }
}

it.each(['native', 'classic'] as const)('the example of the guide, in the %s dialect', async (dialect) => {
  const { logger, lines } = fakeLogger('info');
  configureLogging({ logger });
  logger.child = (bindings) => Object.assign(logger, { bindings });

  await using publisher = await new Publisher({ address: 'tcp://127.0.0.1:*', dialect }).connect();
  publisher.addMiddleware(timestamp({ into: 'body' }));
  publisher.addMiddleware(logging(getLogger('news')));
  publisher.addMiddleware(new MarkingMiddleware());
  publisher.addMiddleware(compression());

  await using subscriber = new Subscriber({ address: publisher.boundAddress ?? '', dialect, topics: ['news'] });
  subscriber.addMiddleware(compression());
  const received = subscriber.receiveMessage();
  await publisher.waitForSubscribers();
  const news = { title: '重要新闻', content: '这是一条重要新闻内容'.repeat(10) };
  await publisher.publish('news', news);

  const { topic, message } = await received;
  expect(topic).toBe('news');
  expect(message).toEqual({ ...news, timestamp: expect.any(Number), _large: true });
  expect(news).not.toHaveProperty('timestamp');
  expect(lines.filter(({ text }) => text.startsWith('sent'))).toEqual([
    {
      level: 'info',
      text: "sent the message on 'news'",
      direction: 'outgoing',
      pattern: 'publish',
      subject: 'news',
      body: { ...news, timestamp: (message as { timestamp: number }).timestamp },
    },
  ]);
});
