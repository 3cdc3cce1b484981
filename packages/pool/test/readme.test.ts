import { expect, test } from '@jest/globals';
import { readTable, testReadmes } from '@liberzmq-tooling/testkit';
import { DEFAULT_LIMITS } from '../src/pool-options.js';

const readme = new URL('../README.md', import.meta.url);

testReadmes([readme], { context: `declare const pool: import('@liberzmq/pool').ConnectionPool;` });

test('the table of options has all of them, with their defaults', () => {
  const rows = readTable(readme, ['option', 'meaning', 'default']);
  const told = new Map(rows.map(([name = '', , value = '']) => [name, value]));
  for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
    expect(told.get(name)).toMatch(new RegExp(`^${String(value)}\\b`));
  }
});
