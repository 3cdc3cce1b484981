import { expect, test } from '@jest/globals';
import { createError, type Operation } from '@liberzmq/core';
import { isMadeUp } from '../src/made-up.js';

test.each<[string, Partial<Operation>, boolean]>([
  ['a request of our own', { kind: 'request', error: createError('UNKNOWN_ACTION', 'no') }, false],
  ['an action that has a handler', { kind: 'handle', hasHandler: true, error: createError('TIMEOUT', 'late') }, false],
  [
    'an action that has none',
    { kind: 'handle', hasHandler: false, error: createError('UNAUTHENTICATED', 'who?') },
    true,
  ],
  ['an action that has none, and is answered by a middleware', { kind: 'handle', hasHandler: false }, true],
  ['one that another requester answers', { kind: 'handle', hasHandler: undefined }, false],
  ['one that its handler fails', { kind: 'handle', error: createError('REMOTE', 'no') }, false],
  ['one that is refused before another requester', { kind: 'handle', error: createError('OVERLOADED', 'no') }, true],
  ['a task that has no handler', { kind: 'process', hasHandler: false }, true],
  ['a topic that was subscribed to', { kind: 'process', hasHandler: undefined, error: new Error('x') }, false],
])('%s', (_what, operation, isOne) => {
  expect(isMadeUp(operation as Operation)).toBe(isOne);
});
