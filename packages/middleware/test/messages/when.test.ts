import { expect, it } from '@jest/globals';
import type { Message } from '@liberzmq/core';
import { sizeLimit } from '../../src/messages/size-limit.js';
import { timestamp } from '../../src/messages/timestamp.js';
import { when, type Predicate } from '../../src/messages/when.js';
import { pairsOfTest } from './pairs.js';

const open = pairsOfTest();

it('lets a middleware see what the predicate says, and the reply to it', async () => {
  const pair = await open('request');
  const headers: unknown[] = [];
  const asked: string[] = [];
  const isForStamps = ({ subject, direction }: Message): boolean => {
    asked.push(`${direction} ${subject}`);
    return subject === 'stamped';
  };
  pair.receiver.addMiddleware(when(isForStamps, timestamp()));
  pair.sender.addMiddleware({ name: 'see', incoming: (message, next) => (headers.push(message.headers), next()) });
  await pair.send(1, { subject: 'stamped' });
  await pair.send(1, { subject: 'other' });
  expect(headers).toEqual([{ timestamp: expect.any(String) }, {}]);
  expect(asked).toEqual(['incoming stamped', 'incoming other']);
});

it('tells it what became of those alone', () => {
  const told: unknown[] = [];
  const middleware = when(({ subject }) => subject === 'a', {
    name: 'n',
    settled: ({ subject }) => told.push(subject),
  });
  for (const subject of ['a', 'b'])
    middleware.settled?.({ subject } as Message, { error: undefined, dropped: undefined });
  expect(told).toEqual(['a']);
});

it('keeps what else it is', () => {
  expect(when(() => true, { name: 'n', keepsAsyncContext: true, incoming: (_message, next) => next() })).toMatchObject({
    name: 'n',
    keepsAsyncContext: true,
    outgoing: undefined,
  });
});

it.each<[string, unknown, unknown]>([
  ['no function', true, sizeLimit({ maxBytes: 1 })],
  ['no middleware', () => true, undefined],
  ['one that wraps serializers', () => true, { name: 'n', serializer: () => undefined }],
])('refuses %s', (_what, predicate, middleware) => {
  expect(() => when(predicate as Predicate, middleware as never)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('when') }),
  );
});
