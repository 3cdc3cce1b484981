import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CommandError, run, succeed } from '../command.mjs';
import { folderIn, withScratch } from '../scratch.mjs';

const NODE = process.execPath;
const options = { cwd: import.meta.dirname, signal: new AbortController().signal };

test('a program is told by its output and its end', async () => {
  const script = "console.log('out'); console.error('err'); process.exitCode = 3";
  expect(await run(NODE, ['-e', script], options)).toEqual({ end: 'code 3', stdout: 'out\n', stderr: 'err\n' });
});

test('a program that has to succeed says what it printed if it does not', async () => {
  expect(await succeed(NODE, ['-p', '1 + 2'], options)).toBe('3\n');
  const failed = succeed(NODE, ['-e', "console.error('no luck'); process.exit(1)"], options);
  await expect(failed).rejects.toThrow(CommandError);
  await expect(failed).rejects.toThrow(/code 1\nno luck$/);
});

test('a program that does not end is ended', async () => {
  const { end } = await run(NODE, ['-e', 'setInterval(() => {}, 1000)'], { ...options, timeoutMs: 200 });
  expect(end).toBe('still running after 200 ms');
});

test('an interruption ends a program, and starts no other', async () => {
  const controller = new AbortController();
  const interrupted = { cwd: import.meta.dirname, signal: controller.signal };
  const running = run(NODE, ['-e', 'setInterval(() => {}, 1000)'], interrupted);
  controller.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
  expect(() => run(NODE, ['-e', ''], interrupted)).toThrow('interrupted');
});

test('a temporary folder is gone when its work has ended, however it ended', async () => {
  const seen: string[] = [];
  await withScratch(async (scratch) => {
    seen.push(folderIn(scratch, 'inside'));
    expect(existsSync(join(scratch, 'inside'))).toBe(true);
  });
  await expect(
    withScratch(async (scratch) => {
      seen.push(scratch);
      throw new Error('broken off');
    }),
  ).rejects.toThrow('broken off');
  expect(seen.filter((folder) => existsSync(folder))).toEqual([]);
});
