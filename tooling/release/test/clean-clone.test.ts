import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withScratch } from '../scratch.mjs';

const TOOLING = join(import.meta.dirname, '..', '..');

/** Instead of npm: installs programs that do nothing. */
const NPM = `
const { mkdirSync, writeFileSync } = require('node:fs');
const put = (folder, file) => {
  mkdirSync('node_modules/' + folder, { recursive: true });
  writeFileSync('node_modules/' + folder + '/' + file, '');
};
if (process.argv[2] === 'ci') {
  put('@changesets/cli', 'bin.js');
  put('typescript', 'index.js');
}
`;

test('where nothing is installed, preparing a release installs first', async () => {
  await withScratch(async (clone) => {
    makeClone(clone);
    expect(release(clone, '--prepare')).toEqual({
      status: 0,
      stdout: expect.stringMatching(/installing dependencies[^]*1\.2\.0 is prepared/),
      stderr: '',
    });
    expect(existsSync(join(clone, 'node_modules', '@changesets'))).toBe(true);
  });
});

test('where nothing is installed, a rehearsal installs first', async () => {
  await withScratch(async (clone) => {
    makeClone(clone);
    const { stdout, stderr } = release(clone, '--dry-run');
    expect(stdout).toContain('installing dependencies');
    // What it is about to copy is no repository here.
    expect(stderr).toMatch(/^release: git status/);
  });
});

test('other commands install nothing', async () => {
  await withScratch(async (clone) => {
    makeClone(clone);
    expect(release(clone, '--help').stdout).toContain('--prepare');
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });
});

/** What of the repository a release reads before anything else. */
function makeClone(clone: string): void {
  for (const folder of ['release', 'setup']) {
    const isWanted = (path: string): boolean => !path.includes('node_modules');
    cpSync(join(TOOLING, folder), join(clone, 'tooling', folder), { recursive: true, filter: isWanted });
  }
  const write = (file: string, value: object): void => writeFileSync(join(clone, file), JSON.stringify(value));
  mkdirSync(join(clone, 'packages', 'core'), { recursive: true });
  write('packages/core/package.json', { name: '@liberzmq/core', version: '1.2.0', exports: {} });
  write('package-lock.json', { packages: { 'node_modules/typescript': { version: '6.0.3' } } });
  writeFileSync(join(clone, 'npm-cli.js'), NPM);
}

function release(clone: string, option: string): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, npm_execpath: join(clone, 'npm-cli.js') };
  const args = ['tooling/release/run.mjs', option];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: clone, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}
