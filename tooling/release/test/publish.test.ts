import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withScratch } from '../scratch.mjs';
import { changesetsCli } from '../stage/version.mjs';

const PUBLISH = new URL('../publish.mjs', import.meta.url).href;

/** Instead of changesets: asks, and says what the answer was, and whether Ctrl-C would reach it. */
const ASKING = `
  const isApart = () => {
    try { return process.kill(-process.pid, 0); } catch { return false; }
  };
  process.stdin.on('data', (code) => console.log('the code is', String(code).trim()));
  console.log('in a group of its own:', isApart());
`;

test.each([
  ['in the foreground whoever is at the terminal is asked', true, 'in a group of its own: false\nthe code is 123456\n'],
  ['elsewhere nobody is', false, ''],
])('%s', async (_, isForeground, shown) => {
  await withScratch(async (copy) => {
    const cli = changesetsCli(copy);
    mkdirSync(dirname(cli), { recursive: true });
    mkdirSync(join(copy, 'packages'));
    writeFileSync(cli, ASKING);
    const options = `{ registry: 'http://127.0.0.1:9/', env: process.env, signal: new AbortController().signal, isForeground: ${isForeground} }`;
    const program = `import { publishAll } from '${PUBLISH}'; await publishAll(${JSON.stringify(copy)}, ${options});`;
    expect(answered(program, '123456\n')).toBe(shown);
  });
});

/** What a program prints that is given something to read. */
function answered(program: string, input: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], { input, encoding: 'utf8' });
}
