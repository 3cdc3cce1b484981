import { describe, expect, it } from '@jest/globals';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import type { Pattern } from '@liberzmq/core';
import { auth } from '../../src/messages/auth.js';
import { authorize, type AccessRule } from '../../src/messages/authorize.js';
import { messageWith, pairsOfTest, until } from './pairs.js';

const open = pairsOfTest();
const ADA = { id: 'ada', roles: ['admin', 'staff'], scope: 'billing' };

/** Whether a message is let in. */
function isAllowed(rules: AccessRule[], subject: string, principal?: object, pattern: Pattern = 'request'): boolean {
  let isIn = false;
  const message = messageWith({ direction: 'incoming', subject, pattern, principal: principal as never });
  try {
    void authorize(rules).incoming?.(message, () => Promise.resolve(void (isIn = true)));
  } catch (error) {
    expect(error).toMatchObject({ name: 'AuthenticationError', code: 'FORBIDDEN', outcome: 'answered' });
  }
  return isIn;
}

it.each<[string, AccessRule[], string, object | undefined, boolean]>([
  ['no rule at all', [], 'x', ADA, false],
  ['a rule that is not about it', [{ subjects: 'y', allow: true }], 'x', ADA, false],
  ['its subject exactly', [{ subjects: 'x', allow: true }], 'x', undefined, true],
  ['a longer subject', [{ subjects: 'x', allow: true }], 'x.y', undefined, false],
  ['a part of a pattern', [{ subjects: 'admin.*', allow: true }], 'admin.stop', undefined, true],
  ['the rest of a pattern', [{ subjects: 'admin.>', allow: true }], 'admin.users.delete', undefined, true],
  ['all', [{ subjects: '>', allow: true }], 'anything', undefined, true],
  ['one of several', [{ subjects: ['a', 'b.*'], allow: true }], 'b.c', undefined, true],
  [
    'a rule that forbids before one that allows',
    [
      { subjects: 'x', allow: false },
      { subjects: '>', allow: true },
    ],
    'x',
    ADA,
    false,
  ],
  [
    'a rule that allows before one that forbids',
    [
      { subjects: 'x', allow: true },
      { subjects: '>', allow: false },
    ],
    'x',
    ADA,
    true,
  ],
  ['an id', [{ subjects: 'x', allow: { principals: ['bob', 'ada'] } }], 'x', ADA, true],
  ['another id', [{ subjects: 'x', allow: { principals: ['bob'] } }], 'x', ADA, false],
  ['a role', [{ subjects: 'x', allow: { roles: ['admin'] } }], 'x', ADA, true],
  ['another role', [{ subjects: 'x', allow: { roles: ['root'] } }], 'x', ADA, false],
  ['a scope, which is no role', [{ subjects: 'x', allow: { roles: ['billing'] } }], 'x', ADA, false],
  ['roles that are none', [{ subjects: 'x', allow: { roles: ['a'] } }], 'x', { id: 'ada', roles: 'abc' }, false],
  ['an id or a role', [{ subjects: 'x', allow: { principals: ['bob'], roles: ['staff'] } }], 'x', ADA, true],
  ['nobody', [{ subjects: 'x', allow: { principals: ['ada'], roles: ['admin'] } }], 'x', undefined, false],
  ['an empty list', [{ subjects: 'x', allow: {} }], 'x', ADA, false],
  [
    'a function',
    [{ subjects: 'x', allow: (who, { subject }) => who?.id === 'ada' && subject === 'x' }],
    'x',
    ADA,
    true,
  ],
  ['a function that says no', [{ subjects: 'x', allow: () => false }], 'x', ADA, false],
  ['a function that promises', [{ subjects: 'x', allow: (async () => true) as never }], 'x', ADA, false],
  ['a function that says something', [{ subjects: 'x', allow: (() => 'yes') as never }], 'x', ADA, false],
])('%s decides', (_what, rules, subject, principal, expected) => {
  expect(isAllowed(rules, subject, principal)).toBe(expected);
});

it('a rule may be for some patterns', () => {
  const rules: AccessRule[] = [{ subjects: '>', patterns: ['task', 'publish'], allow: true }];
  expect(PATTERNS.map((pattern) => isAllowed(rules, 'x', ADA, pattern))).toEqual([false, true, true, false]);
});

describe.each(PATTERNS)('%s', (pattern) => {
  it('what is not allowed does not come in, and is told so', async () => {
    const pair = await open(pattern);
    pair.receiver.addMiddleware(authorize([{ subjects: '>', allow: (_principal, { body }) => body === 'good' }]));
    pair.receiver.addMiddleware(auth({ verify: () => ({ id: 'ada' }) }));
    pair.sender.addMiddleware(auth({ sign: () => 'x' }));
    const sent = pair.send('bad');
    if (pattern === 'request')
      await expect(sent).rejects.toMatchObject({
        name: 'AuthenticationError',
        code: 'FORBIDDEN',
        outcome: 'answered',
        message: "the request 'act.now' is not allowed to 'ada'",
        details: { pattern: 'request', subject: 'act.now', principal: 'ada' },
      });
    else await sent;
    await until(() => pattern === 'request' || pair.receiver.stats().errors['FORBIDDEN'] === 1, 'it is counted');
    expect((await pair.exchange('good')).body).toBe('good');
    expect(pair.arrived).toHaveLength(1);
  });
});

it('replies are not asked about', async () => {
  const pair = await open('request');
  pair.sender.addMiddleware(authorize([]));
  expect(await pair.send(1)).toBe(1);
});

it.each<[string, unknown, string]>([
  ['no list', { subjects: 'x', allow: true }, 'array'],
  ['no subjects', [{ allow: true }], "rule 1: option 'subjects' is missing"],
  ['nothing that is allowed', [{ subjects: 'x', allow: true }, { subjects: 'x' }], "rule 2: option 'allow' is missing"],
  ['a pattern of topics that is none', [{ subjects: 'a.>.b', allow: true }], '>'],
  ['a pattern that there is not', [{ subjects: 'x', patterns: ['reply'], allow: true }], 'patterns'],
  ['a word', [{ subjects: 'x', allow: 'yes' }], 'allow'],
  ['a role that is no list', [{ subjects: 'x', allow: { roles: 'admin' } }], 'roles'],
  ['an option that there is not', [{ subjects: 'x', allow: true, deny: true }], 'deny'],
])('refuses %s', (_what, rules, says) => {
  expect(() => authorize(rules as AccessRule[])).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(says) }),
  );
});
