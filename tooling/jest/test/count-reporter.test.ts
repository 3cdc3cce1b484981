import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFixture, type Fixture } from './fixture.js';

const reporter = createRequire(import.meta.url).resolve('@liberzmq-tooling/jest/count-reporter');

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

test('counts what passed, failed and was skipped, over all files', async () => {
  const counted = await count({
    'one.test.cjs': "test('a', () => {}); test('b', () => {}); test.skip('c', () => {});",
    'two.test.cjs': "test('d', () => {}); test('e', () => { throw new Error('no'); });",
  });
  expect(counted).toEqual({ code: 1, lastLine: '3 passed, 1 failed, 1 skipped' });
});

test('leaves out the skipped when there are none', async () => {
  const counted = await count({ 'one.test.cjs': "test('a', () => {});" });
  expect(counted).toEqual({ code: 0, lastLine: '1 passed, 0 failed' });
});

test('counts a file that cannot run as one failure', async () => {
  const counted = await count({
    'one.test.cjs': "test('a', () => {});",
    'broken.test.cjs': "throw new Error('while loading');",
  });
  expect(counted).toEqual({ code: 1, lastLine: '1 passed, 1 failed' });
});

test('counts a file whose hook after all tests fails as one failure', async () => {
  const counted = await count({
    'one.test.cjs': "test('a', () => {}); afterAll(() => { throw new Error('left something open'); });",
  });
  expect(counted).toEqual({ code: 1, lastLine: '1 passed, 1 failed' });
});

/** Runs jest, and holds the last line that it printed against the file that it wrote. */
async function count(files: Record<string, string>) {
  const config = { testMatch: ['**/*.test.cjs'], transform: {}, reporters: ['default', reporter] };
  const summary = join(fixture.directory, 'summary.txt');
  const { code, stdout } = await fixture.runJest(
    { ...files, 'jest.config.json': JSON.stringify(config) },
    ['--config', 'jest.config.json'],
    { LIBERZMQ_TEST_SUMMARY: summary },
  );
  const lastLine = stdout.trimEnd().split('\n').at(-1);
  expect(await readFile(summary, 'utf8')).toBe(`${lastLine}\n`);
  return { code, lastLine };
}
