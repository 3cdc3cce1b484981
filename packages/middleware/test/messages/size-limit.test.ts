import { describe, expect, it } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { sizeLimit, type SizeLimitOptions } from '../../src/messages/size-limit.js';
import { pairsOfTest, until } from './pairs.js';

const open = pairsOfTest();
const LARGE = { text: 'x'.repeat(200) };
const SMALL = { text: 'x' };

describe.each(PATTERNS)('%s', (pattern) => {
  it('what goes out and is too large is not sent', async () => {
    const pair = await open(pattern);
    pair.sender.addMiddleware(sizeLimit({ maxBytes: 100 }));
    await expect(pair.send(LARGE)).rejects.toMatchObject({
      name: 'SerializationError',
      code: 'TOO_LARGE',
      outcome: 'not-sent',
      retryable: false,
      message: expect.stringMatching(/more than 100 bytes.*maxBytes/),
    });
    expect((await pair.exchange(SMALL)).body).toEqual(SMALL);
    expect(pair.arrived).toHaveLength(1);
  });

  it('what comes in and is too large is refused', async () => {
    const pair = await open(pattern);
    pair.receiver.addMiddleware(sizeLimit({ maxBytes: 100 }));
    const sent = pair.send(LARGE);
    if (pattern === 'request') await expect(sent).rejects.toMatchObject({ code: 'TOO_LARGE', outcome: 'answered' });
    else {
      await sent;
      await until(() => pair.receiver.stats().errors['TOO_LARGE'] === 1, 'it is counted');
    }
    expect((await pair.exchange(SMALL)).body).toEqual(SMALL);
    expect(pair.arrived).toHaveLength(1);
  });
});

it.each(['sender', 'receiver'] as const)(
  'a reply that is too large for the %s is answered with that',
  async (which) => {
    const pair = await open('request', { handler: () => LARGE });
    pair[which].addMiddleware(sizeLimit({ maxBytes: 100 }));
    await expect(pair.send(SMALL)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      outcome: 'answered',
      message: expect.stringContaining('the reply'),
    });
  },
);

it('of Infinity is none', async () => {
  const pair = await open('request');
  pair.sender.addMiddleware(sizeLimit({ maxBytes: Infinity }));
  expect(await pair.send(LARGE)).toEqual(LARGE);
});

it.each([[{}], [{ maxBytes: 0 }], [{ maxBytes: '1' }], [{ maxBytes: 1, max: 1 }]])('refuses %j', (options) => {
  expect(() => sizeLimit(options as SizeLimitOptions)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
