import { describe, expect, it, jest } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { Publisher, Subscriber } from '@liberzmq/core';
import { timestamp, type TimestampOptions } from '../../src/messages/timestamp.js';
import { pairsOfTest, passed } from './pairs.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

const NOW = 1_750_000_000_000;

describe('by the clock', () => {
  useFakeClock();

  it('puts the time into the headers, in place of what is there, and leaves the caller alone', () => {
    jest.setSystemTime(NOW);
    const headers = Object.freeze({ a: 'b', timestamp: 'old' });
    const body = { text: 'x' };
    const message = passed(timestamp(), { headers, body });
    expect(message).toMatchObject({ headers: { a: 'b', timestamp: String(NOW) }, body: { text: 'x' } });
    expect(message.body).toBe(body);
    expect(headers).toEqual({ a: 'b', timestamp: 'old' });
  });

  it.each([
    ['a plain object', { text: 'x' }, { text: 'x', timestamp: NOW }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { n: 1 }), { n: 1, timestamp: NOW }],
    ['one that has the field', { timestamp: 'old' }, { timestamp: NOW }],
    ['a text', 'text', 'text'],
    ['an array', [1], [1]],
    ['nothing', undefined, undefined],
    ['null', null, null],
    ['an instance of a class', new Date(0), new Date(0)],
  ])('puts it into a body that is %s', (_what, body, expected) => {
    jest.setSystemTime(NOW);
    const message = passed(timestamp({ into: 'body' }), { body: Object.freeze(body) });
    expect(message.body).toEqual(expected);
    expect(message.headers).toEqual({});
  });

  it.each<[string, TimestampOptions, Record<string, string>, unknown, string | undefined]>([
    ['a header', {}, { timestamp: String(NOW - 40) }, 1, '40'],
    ['a header of another name', { field: 'sent-at' }, { 'sent-at': String(NOW - 40) }, 1, '40'],
    ['a clock that is ahead', {}, { timestamp: String(NOW + 99) }, 1, '0'],
    ['no header', {}, {}, 1, undefined],
    ['garbage', {}, { timestamp: 'yesterday' }, 1, undefined],
    ['a negative time', {}, { timestamp: '-5' }, 1, undefined],
    ['a time that there is not', {}, { timestamp: '9999999999999999' }, 1, undefined],
    ['many digits', {}, { timestamp: '1'.repeat(400) }, 1, undefined],
    ['a body', { into: 'body' }, {}, { timestamp: NOW - 7 }, '7'],
    ['a body with a part of a ms', { into: 'body' }, {}, { timestamp: NOW - 7.4 }, '7'],
    ['a body with garbage', { into: 'body' }, {}, { timestamp: 'x' }, undefined],
    ['a body with NaN', { into: 'body' }, {}, { timestamp: NaN }, undefined],
    ['a body that is none', { into: 'body' }, {}, null, undefined],
    ['an age that the peer claims', {}, { 'age-ms': '1' }, 1, undefined],
    ['an age that the peer claims, and a time', {}, { 'age-ms': '1', timestamp: String(NOW - 3) }, 1, '3'],
  ])('says how old a message is by %s', (_what, options, headers, body, expected) => {
    jest.setSystemTime(NOW);
    const message = passed(timestamp(options), { direction: 'incoming', headers, body });
    expect(message.headers['age-ms']).toBe(expected);
    expect(message.body).toBe(body);
  });
});

describe('between endpoints', () => {
  const open = pairsOfTest();

  it.each(PATTERNS)('handlers read how old a message is: %s', async (pattern) => {
    const pair = await open(pattern);
    pair.sender.addMiddleware(timestamp());
    pair.receiver.addMiddleware(timestamp());
    const from = Date.now();
    const { headers } = await pair.exchange('x');
    expect(Number(headers['timestamp'])).toBeGreaterThanOrEqual(from);
    expect(Number(headers['age-ms'])).toBeLessThan(5_000);
  });

  it('replies have it too', async () => {
    const pair = await open('request');
    const headers: unknown[] = [];
    pair.sender.addMiddleware({ name: 'see', incoming: (message, next) => (headers.push(message.headers), next()) });
    pair.sender.addMiddleware(timestamp());
    pair.receiver.addMiddleware(timestamp());
    await pair.send('x');
    expect(headers).toEqual([
      { timestamp: expect.stringMatching(/^\d{13}$/), 'age-ms': expect.stringMatching(/^\d+$/) },
    ]);
  });

  it('in the body it travels in the classic dialect too', async () => {
    const address = 'tcp://127.0.0.1:*';
    await using publisher = await new Publisher({ address, dialect: 'classic' }).connect();
    await using subscriber = new Subscriber({
      address: publisher.boundAddress ?? '',
      dialect: 'classic',
      topics: ['t'],
    });
    publisher.addMiddleware(timestamp({ into: 'body' }));
    subscriber.addMiddleware(timestamp({ into: 'body' }));
    const ages: unknown[] = [];
    subscriber.addMiddleware(
      {
        name: 'see',
        incoming: (message, next) => (ages.push(message.headers['age-ms']), next()),
      },
      { position: 'first' },
    );
    const received = subscriber.receiveMessage();
    await publisher.waitForSubscribers();
    await publisher.publish('t', { title: 'x' });
    expect(await received).toEqual({ topic: 't', message: { title: 'x', timestamp: expect.any(Number) } });
    expect(ages).toEqual([expect.stringMatching(/^\d+$/)]);
  });
});

it.each<[string, unknown]>([
  ['a place that there is not', { into: 'trailer' }],
  ['no name', { field: '' }],
  ['a name that no header has', { field: 'Timestamp' }],
  ['a name that is reserved', { field: 'lz-time' }],
  ['an option that there is not', { unit: 's' }],
])('refuses %s', (_what, options) => {
  expect(() => timestamp(options as TimestampOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('timestamp') }),
  );
  expect(timestamp({ into: 'body', field: 'Timestamp' }).name).toBe('timestamp');
});
