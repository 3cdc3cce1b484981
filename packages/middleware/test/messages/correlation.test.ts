import { describe, expect, it } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { Client, Publisher, Server, Subscriber, type MessageContext } from '@liberzmq/core';
import { correlation, correlationId, type CorrelationOptions } from '../../src/messages/correlation.js';
import { nextTurn, pairsOfTest, passed, until } from './pairs.js';

const open = pairsOfTest();
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const HEADER = 'correlation-id';

describe.each(PATTERNS)('%s', (pattern) => {
  it('the id of the sender arrives', async () => {
    const pair = await open(pattern);
    pair.sender.addMiddleware(correlation());
    pair.receiver.addMiddleware(correlation());
    expect((await pair.exchange(1, { headers: { [HEADER]: 'mine' } })).headers[HEADER]).toBe('mine');
    expect((await pair.exchange(1)).headers[HEADER]).toMatch(UUID);
  });

  it('what comes without one is given one', async () => {
    const pair = await open(pattern);
    pair.receiver.addMiddleware(correlation());
    const ids = [];
    for (let n = 0; n < 2; n += 1) ids.push((await pair.exchange(1)).headers[HEADER]);
    expect(ids).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe.each(['request', 'publish', 'task'] as const)('%s: the handler', (pattern) => {
  it('knows the id, also after it has waited, and each its own', async () => {
    const ids: unknown[] = [];
    const pair = await open(pattern, {
      async handler(data, { headers }) {
        await nextTurn();
        ids.push([data, correlationId(), headers[HEADER]]);
      },
    });
    pair.receiver.addMiddleware(correlation());
    await Promise.all(['a', 'b', 'c'].map((id) => pair.send(id, { headers: { [HEADER]: id } })));
    await until(() => ids.length === 3, 'all were handled');
    expect(ids).toEqual(['a', 'b', 'c'].map((id) => [id, id, id]));
    expect(correlationId()).toBeUndefined();
  });
});

it('what a handler sends has the id too, by whichever endpoint', async () => {
  const address = 'tcp://127.0.0.1:*';
  await using publisher = await new Publisher({ address }).connect();
  await using subscriber = new Subscriber({ address: publisher.boundAddress ?? '' });
  await using backend = await new Server({ address }).startServer();
  await using client = new Client({ address: backend.boundAddress ?? '' });
  const seen: unknown[] = [];
  backend.registerHandler('stock', (_data, { headers }) => seen.push(['stock', headers[HEADER]]));
  subscriber.subscribe('news', (_topic, _message, { headers }) => void seen.push(['news', headers[HEADER]]));
  await subscriber.startListening();
  await publisher.waitForSubscribers();
  const pair = await open('request', {
    async handler() {
      await client.sendRequest('stock');
      await publisher.publish('news', 1);
    },
  });
  for (const endpoint of [publisher, client, pair.receiver]) endpoint.addMiddleware(correlation());
  await pair.send(1, { headers: { [HEADER]: 'through-all' } });
  await until(() => seen.length === 2, 'both were seen');
  expect(seen).toEqual([
    ['stock', 'through-all'],
    ['news', 'through-all'],
  ]);
});

it('a reply carries it back', async () => {
  const pair = await open('request');
  const replies: unknown[] = [];
  pair.sender.addMiddleware({
    name: 'see',
    incoming: (message, next) => (replies.push(message.headers[HEADER]), next()),
  });
  pair.receiver.addMiddleware(correlation());
  await pair.send(1, { headers: { [HEADER]: 'there-and-back' } });
  await pair.send(1);
  expect(replies).toEqual(['there-and-back', expect.stringMatching(UUID)]);
});

describe('which id goes out', () => {
  const context = { headers: { [HEADER]: 'of the context' } } as unknown as MessageContext;

  it.each([
    ['the header that the caller has given', { headers: { [HEADER]: 'given' }, context }, 'given'],
    ['else that of the context', { context }, 'of the context'],
    ['else a new one', {}, 'made'],
  ])('%s', (_what, known, expected) => {
    const middleware = correlation({ generate: () => 'made' });
    expect(passed(middleware, known).headers).toEqual({ [HEADER]: expected });
  });

  it('by another header, if one is wanted', () => {
    const { headers } = passed(correlation({ header: 'x-request-id', generate: () => 'made' }), {
      headers: { a: 'b' },
    });
    expect(headers).toEqual({ a: 'b', 'x-request-id': 'made' });
  });
});

it.each([
  ['empty', ''],
  ['too long', 'x'.repeat(201)],
])('an id of a peer that is %s is replaced', (_what, id) => {
  const middleware = correlation({ generate: () => 'made' });
  const { headers } = passed(middleware, { direction: 'incoming', headers: { [HEADER]: id } });
  expect(headers[HEADER]).toBe('made');
});

it.each<[string, unknown]>([
  ['a header in capitals', { header: 'X-Id' }],
  ['no function', { generate: 'id' }],
  ['an option that there is not', { name: 'id' }],
])('refuses %s', (_what, options) => {
  expect(() => correlation(options as CorrelationOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

it('says so if what makes ids makes none', async () => {
  const pair = await open('publish');
  pair.sender.addMiddleware(correlation({ generate: () => 7 as never }));
  await expect(pair.send(1)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('generate'),
  });
});
