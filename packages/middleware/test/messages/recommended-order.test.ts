import { expect, it } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import type { Middleware } from '@liberzmq/core';
import { auth } from '../../src/messages/auth.js';
import { authorize } from '../../src/messages/authorize.js';
import { cache } from '../../src/messages/cache.js';
import { correlation } from '../../src/messages/correlation.js';
import { dedupe } from '../../src/messages/dedupe.js';
import { hmac } from '../../src/messages/hmac.js';
import { logging } from '../../src/messages/logging.js';
import { rateLimit } from '../../src/messages/rate-limit.js';
import { sizeLimit } from '../../src/messages/size-limit.js';
import { timestamp } from '../../src/messages/timestamp.js';
import { fakeLogger, type LoggedLine } from './fake-logger.js';
import { pairsOfTest, until } from './pairs.js';

const open = pairsOfTest();

/** As the README recommends it: the first one is nearest to the code that sends and handles. */
function all(lines: LoggedLine[], cached: readonly string[]): Middleware[] {
  const { logger, lines: written } = fakeLogger();
  const note: typeof logger.info = (...args: [object | string, string?]) => {
    logger.trace(...(args as [object, string?]));
    lines.push(written.at(-1)!);
  };
  return [
    cache({ actions: cached, ttlMs: 60_000 }),
    dedupe({ windowMs: 60_000 }),
    correlation(),
    logging({ ...logger, info: note }),
    timestamp(),
    authorize([{ subjects: '>', allow: { principals: ['shop'] } }]),
    rateLimit({ perSecond: 100, by: 'principal' }),
    auth(hmac({ keyId: 'shop', secret: 'x'.repeat(32) })),
    sizeLimit({ maxBytes: 1_000 }),
    rateLimit({ perSecond: 1_000 }),
  ];
}

it.each(PATTERNS)('all of them together: %s', async (pattern) => {
  const lines: LoggedLine[] = [];
  const pair = await open(pattern);
  for (const middleware of all(lines, [])) pair.sender.addMiddleware(middleware);
  for (const middleware of all(lines, [])) pair.receiver.addMiddleware(middleware);
  const headers = { 'idempotency-key': 'k', 'correlation-id': 'c' };
  const { body, principal, ...got } = await pair.exchange({ a: 1 }, { headers });
  expect({ body, principal }).toEqual({ body: { a: 1 }, principal: { id: 'shop' } });
  expect(got.headers).toEqual({ ...headers, timestamp: expect.any(String), 'age-ms': expect.any(String) });
  await pair.send({ a: 1 }, { headers });
  if (pattern !== 'request')
    await until(() => pair.receiver.stats().drops['duplicate'] === 1, 'the second one is dropped');
  expect(pair.arrived).toHaveLength(1);
  expect(lines.filter((line) => line['direction'] === 'incoming')[0]).toMatchObject({ headers: got.headers });
  expect(JSON.stringify(lines)).not.toContain('lz-hmac');
});

it('a result that a client has is given without anything else', async () => {
  const lines: LoggedLine[] = [];
  const pair = await open('request');
  for (const middleware of all(lines, ['act.now'])) pair.sender.addMiddleware(middleware);
  for (const middleware of all([], [])) pair.receiver.addMiddleware(middleware);
  for (let n = 0; n < 3; n += 1) expect(await pair.send({ a: 1 })).toEqual({ a: 1 });
  expect(pair.arrived).toHaveLength(1);
  expect(lines).toHaveLength(2);
});
