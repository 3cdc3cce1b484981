import { expect, it } from '@jest/globals';
import { openPair, PATTERNS } from '@liberzmq-tooling/testkit';
import fc from 'fast-check';
import type { Middleware } from '@liberzmq/core';
import { auth } from '../../src/messages/auth.js';
import { compression } from '../../src/messages/compression.js';
import { correlation } from '../../src/messages/correlation.js';
import { hmac } from '../../src/messages/hmac.js';
import { logging } from '../../src/messages/logging.js';
import { timestamp } from '../../src/messages/timestamp.js';
import { fakeLogger } from './fake-logger.js';

/** The header names that a middleware has for itself. */
const CASES: Readonly<Record<string, readonly [make: () => Middleware, own: readonly string[]]>> = {
  compression: [() => compression({ thresholdBytes: 0 }), []],
  timestamp: [() => timestamp(), ['timestamp', 'age-ms']],
  logging: [() => logging(fakeLogger().logger), []],
  correlation: [() => correlation(), ['correlation-id']],
  'auth with hmac': [() => auth(hmac({ keyId: 'me', secret: 'x'.repeat(32) })), []],
};

const name = fc.string({
  unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz-')),
  minLength: 1,
  maxLength: 20,
});
const headers = fc.dictionary(
  name.filter((each) => !each.startsWith('lz-')),
  fc.string({ unit: 'grapheme' }),
  { maxKeys: 5, noNullPrototype: true },
);
const subject = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

for (const [what, [make, own]] of Object.entries(CASES)) {
  it.each(PATTERNS)(`what ${what} has made of a message it undoes: %s`, async (pattern) => {
    const middleware = make();
    const pair = await openPair(pattern, { sender: [middleware], receiver: [middleware] });
    try {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), headers, subject, async (given, sent, to) => {
          const body: unknown = JSON.parse(JSON.stringify(given));
          const got = await pair.exchange(body, { headers: sent, subject: to });
          expect(got.body).toEqual(body);
          if (pattern !== 'route') expect(got.subject).toBe(to);
          const without = (all: object) =>
            Object.fromEntries(Object.entries(all).filter(([key]) => !own.includes(key)));
          expect(without(got.headers)).toEqual(without(sent));
        }),
        { numRuns: 60 },
      );
    } finally {
      await pair.close();
    }
  });
}
