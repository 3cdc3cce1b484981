import { createError } from '@liberzmq/core';

/** Results that come out as they went in, whatever lies between. */
export const RESULTS: readonly unknown[] = [
  null,
  true,
  0,
  -1.5,
  '',
  'a text, Zoë 🙂',
  [],
  [1, [2, { three: 3 }]],
  { nested: { list: [null, false] } },
  { status: 'error', message: 'a result that looks like an error' },
];

/** Errors that a handler may throw, and that its caller gets. */
export const ERRORS_OF_OURS = [
  createError('REMOTE', 'no such user', { details: { id: 7 } }),
  createError('REMOTE', 'try again', { retryable: true }),
  createError('OVERLOADED', 'busy'),
  createError('INVALID_INPUT', 'no', { details: { issues: [{ path: '/age', message: 'must be a number' }] } }),
  createError('LOCK_LOST', 'gone'),
  createError('UNRECOVERABLE', 'never again'),
  createError('TEAPOT', 'a code of the application', { details: ['short', 'stout'] }),
];

/** What is wrong, the action, and the options. */
export const BAD_REQUESTS: readonly (readonly [string, unknown, unknown])[] = [
  ['no action', undefined, {}],
  ['an empty action', '', {}],
  ['an action that is no text', 5, {}],
  ['options that are null', 'act', null],
  ['options that are no object', 'act', 'fast'],
  ['an unknown option', 'act', { timeout: 5 }],
  ['timeoutMs 0', 'act', { timeoutMs: 0 }],
  ['timeoutMs -1', 'act', { timeoutMs: -1 }],
  ['timeoutMs NaN', 'act', { timeoutMs: NaN }],
  ["timeoutMs '5'", 'act', { timeoutMs: '5' }],
  ['a signal that is none', 'act', { signal: {} }],
  ['headers that are none', 'act', { headers: 'x' }],
  ['idempotent that is neither true nor false', 'act', { idempotent: 'yes' }],
  ['a context that is none', 'act', { context: 5 }],
];
