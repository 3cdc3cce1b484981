import { expect, test } from '@jest/globals';
import { createError, DEFAULTS } from '@liberzmq/core';
import { compileExample, readExamples, readTable, testReadmes } from '@liberzmq-tooling/testkit';

const english = new URL('../../../README.md', import.meta.url);
const chinese = new URL('../../../README.zh-CN.md', import.meta.url);
const core = new URL('../README.md', import.meta.url);
const all = new URL('../../all/README.md', import.meta.url);

testReadmes([english, chinese, core, all]);

test('the Chinese README has the examples of the English one, but for their comments', () => {
  expect(readExamples(chinese).map(compileExample)).toEqual(readExamples(english).map(compileExample));
});

test('the tables of errors say what the errors are', () => {
  const rows = readTable(core, ['class', 'code', 'outcome', 'retryable', 'what happened']);
  expect(rows.length).toBeGreaterThan(30);
  for (const [name, code = '', outcome = '', retryable] of rows) {
    const error = createError(code, 'x');
    const notSent = createError(code, 'x', { outcome: 'not-sent' });
    const when = error.retryable ? 'yes' : notSent.retryable ? 'if not sent' : 'no';
    expect([name, code, outcome.split(' ')[0], retryable]).toEqual([error.name, code, error.outcome, when]);
  }
});

test('the table of defaults is complete and true', () => {
  const rows = readTable(core, ['DEFAULTS.', 'value', 'reason']);
  expect(Object.fromEntries(rows.map(([name, value]) => [name, Number(value)]))).toEqual(DEFAULTS);
});
