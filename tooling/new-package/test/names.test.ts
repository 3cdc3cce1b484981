import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { camelCase, checkName } from '../names.mjs';

const root = join(import.meta.dirname, '..', '..', '..');

test.each(['shelf', 'guest-book', 'q', 'h2', 'x-9-y', 'n'.repeat(50)])('%s can be a name', (name) => {
  expect(() => checkName(root, name)).not.toThrow();
});

test.each([
  ['', 'wanted are words of a-z and 0-9'],
  ['Pool', 'wanted are words of a-z and 0-9'],
  ['my_pool', 'wanted are words of a-z and 0-9'],
  ['@liberzmq/pool', 'wanted are words of a-z and 0-9'],
  ['../pool', 'wanted are words of a-z and 0-9'],
  ['2pool', 'wanted are words of a-z and 0-9'],
  ['-pool', 'wanted are words of a-z and 0-9'],
  ['pool-', 'wanted are words of a-z and 0-9'],
  ['a--b', 'wanted are words of a-z and 0-9'],
  ['n'.repeat(51), '50 characters at most'],
  ['core', 'packages/core is there already'],
  ['all', 'packages/all is there already'],
  ['cli', 'it is kept for a program'],
  ['index', 'every package has a src/index.ts'],
  ['readme', 'every package has a test/readme.test.ts'],
  ['delete', 'a word of the language'],
  ['await', 'a word of the language'],
  ['interface', 'a word of the language'],
  ['console', 'would hide the global console'],
  ['structured-clone', 'would hide the global structuredClone'],
  ['handlers', 'uses handlers for something else'],
  ['inner', 'uses inner for something else'],
  ['entries', 'uses entries for something else'],
  ['json', '@liberzmq/core exports json'],
  ['prefetch', '@liberzmq/core exports PrefetchOptions'],
  ['validate', '@liberzmq/validation exports validate'],
])("'%s' cannot: %s", (name, why) => {
  expect(() => checkName(root, name)).toThrow(why);
  expect(() => checkName(root, name)).toThrow(`'${name}' cannot be the name of a package`);
});

test('words are joined by capitals', () => {
  expect(camelCase('a-2b-cd')).toBe('a2bCd');
});
