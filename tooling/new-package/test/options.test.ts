import { expect, test } from '@jest/globals';
import { readOptions } from '../options.mjs';

test('a name and a description are enough', () => {
  expect(readOptions(['pool', '--description', ' the pool that Node lacks '])).toEqual({
    name: 'pool',
    description: 'the pool that Node lacks',
    descriptionZh: 'the pool that Node lacks',
    dryRun: false,
    install: true,
    help: false,
  });
});

test('what is asked for is taken', () => {
  const args = ['--dry-run', '--no-install', 'pool', '--description', 'the pool', '--description-zh', '连接池'];
  expect(readOptions(args)).toMatchObject({ descriptionZh: '连接池', dryRun: true, install: false });
});

test.each([
  [[], /^one name is wanted, not 0/],
  [['pool', 'the pool'], /^one name is wanted, not 2; options come behind a --/],
  [['pool'], /^--description is missing/],
  [['pool', '--description', ' '], /^--description is missing/],
  [['pool', '--description', 'the pool.'], /^--description must not end with a full stop/],
  [['pool', '--description', 'a | b'], /^--description becomes a cell of a table: one line/],
  [['pool', '--description', 'a\nb'], /^--description becomes a cell of a table: one line/],
  [['pool', '--description', 'a', '--description-zh', '池。'], /^--description-zh must not end with a full stop/],
  [['pool', '--describe', 'a'], /--describe/],
])('%j is refused: %s', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test('help needs no name', () => {
  expect(readOptions(['--help'])).toMatchObject({ help: true });
});
