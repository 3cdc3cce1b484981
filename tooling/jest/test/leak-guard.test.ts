import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFixture, type Fixture } from './fixture.js';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

test('a file that leaves things behind fails, and each is named', async () => {
  const { code, output } = await runGuarded(`
    test('leaves much behind', async () => {
      setTimeout(() => {}, 8_000);
      setInterval(() => {}, 8_000);
      const { createServer } = await import('node:net');
      createServer().listen(0);
      const { spawn } = await import('node:child_process');
      spawn('sleep', ['8'], { stdio: 'ignore' });
      process.on('SIGHUP', () => {});
      globalThis[Symbol.for('@liberzmq/open-endpoints')] = new Set(['tcp://a']);
    });
  `);
  expect(output).toContain('this file leaves something open');
  expect(output).toMatch(/a timer started at .*leaky\.test\.ts:3/);
  expect(output).toMatch(/a timer started at .*leaky\.test\.ts:4/);
  expect(output).toContain('TCPServerWrap');
  expect(output).toContain('ProcessWrap');
  expect(output).toContain("process.on('SIGHUP')");
  expect(output).toContain('endpoint tcp://a');
  expect(code).toBe(1);
});

test('what ends by itself, was ended, or keeps nothing alive is no leak', async () => {
  const { code, output } = await runGuarded(`
    test('tidies up', () => {
      setTimeout(() => {}, 200);
      setTimeout(() => {}, 8_000).unref();
      clearTimeout(setTimeout(() => {}, 8_000));
      const listener = () => {};
      process.on('SIGHUP', listener);
      process.off('SIGHUP', listener);
    });
  `);
  expect({ code, output }).toMatchObject({ code: 0 });
});

function runGuarded(text: string) {
  const preset = JSON.stringify(import.meta.resolve('@liberzmq-tooling/jest'));
  return fixture.runJest(
    {
      'package.json': '{ "name": "leaky", "type": "module" }',
      'jest.config.js': `import { defineProject } from ${preset}; export default defineProject(import.meta.dirname);`,
      'test/leaky.test.ts': text,
    },
    // Here jest must come back although the file leaks.
    ['--config', 'jest.config.js', '--forceExit'],
  );
}
