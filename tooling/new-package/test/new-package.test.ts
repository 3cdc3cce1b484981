import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Copy } from './copy.js';

const ARGS = ['guest-book', '--description', 'a limit on requests', '--description-zh', '限制请求的速度'];
const NEW = [
  '.changeset/new-guest-book.md',
  'packages/guest-book/LICENSE',
  'packages/guest-book/README.md',
  'packages/guest-book/package.json',
  'packages/guest-book/src/index.ts',
  'packages/guest-book/src/guest-book.ts',
  'packages/guest-book/test/guest-book.test.ts',
  'packages/guest-book/test/readme.test.ts',
  'packages/guest-book/tsconfig.json',
  'packages/guest-book/tsup.config.ts',
];
const CHANGED = [
  'ARCHITECTURE.md',
  'README.md',
  'README.zh-CN.md',
  'packages/all/README.md',
  'packages/all/package.json',
  'packages/all/src/index.ts',
  'packages/all/test/re-exports.test.ts',
];
const ON_A_BUSY_MACHINE_MS = 200_000;

let copy: Copy;
beforeEach(async () => {
  copy = await Copy.make();
}, ON_A_BUSY_MACHINE_MS);
afterEach(() => copy.remove());

describe('a new package', () => {
  test('has its files, and is in every list of packages', async () => {
    const before = await copy.contents();
    const { code, stdout, stderr } = await copy.newPackage([...ARGS, '--no-install']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    const after = await copy.contents();
    const touched = [...after.keys()].filter((path) => after.get(path) !== before.get(path));
    expect(touched.sort()).toEqual([...NEW, ...CHANGED].sort());
    expect([...before.keys()].filter((path) => !after.has(path))).toEqual([]);
    for (const path of NEW) expect(stdout).toContain(`new      ${path}\n`);
    for (const path of CHANGED) expect(stdout).toContain(`changed  ${path}\n`);
    expect(stdout).toContain('1. npm install: package-lock.json has to know the package');

    expect(added('packages/all/src/index.ts')).toEqual(["export * from '@liberzmq/guest-book';"]);
    expect(added('packages/all/package.json')).toEqual(['    "@liberzmq/guest-book": "0.0.0",']);
    expect(added('packages/all/test/re-exports.test.ts')[0]).toBe("import * as guestBook from '@liberzmq/guest-book';");
    expect(cells(added('README.md'))).toEqual([
      ['[`@liberzmq/guest-book`](packages/guest-book/README.md)', 'a limit on requests'],
    ]);
    expect(cells(added('README.zh-CN.md'))).toEqual([
      ['[`@liberzmq/guest-book`](packages/guest-book/README.md)', '限制请求的速度'],
    ]);
    expect(cells(added('packages/all/README.md'))).toEqual([
      [
        '[`@liberzmq/guest-book`](https://github.com/liberzmq/liberzmq/tree/main/packages/guest-book#readme)',
        'a limit on requests',
      ],
    ]);
    expect(after.get('ARCHITECTURE.md')).toContain('; `guest-book`, a limit on requests; `all`)');
    for (const path of NEW) expect(after.get(path)).not.toMatch(/new-?package|%Description%/i);
    expect(after.get('packages/guest-book/README.md')).toContain('](../core/README.md)');
    expect(after.get('.changeset/new-guest-book.md')).toMatch(/^---\n'@liberzmq\/guest-book': minor\n/);

    function added(path: string): string[] {
      const lines = new Set(before.get(path)!.split('\n'));
      return after
        .get(path)!
        .split('\n')
        .filter((line) => !lines.has(line));
    }
  });

  test('says of itself what its siblings say of themselves', async () => {
    await copy.newPackage([...ARGS, '--no-install']);
    const manifest = await manifestOf('guest-book');
    const sibling = await manifestOf('all');
    expect(manifest).toMatchObject({
      name: '@liberzmq/guest-book',
      description: 'A limit on requests',
      keywords: expect.arrayContaining(['zeromq', 'guest-book']),
      homepage: 'https://github.com/liberzmq/liberzmq/tree/main/packages/guest-book#readme',
      repository: { directory: 'packages/guest-book' },
      sideEffects: false,
      dependencies: { '@liberzmq/core': sibling['version'] },
    });
    expect(Object.keys(manifest)).toEqual(Object.keys(sibling));
    const same = ['version', 'license', 'author', 'bugs', 'type', 'exports', 'files', 'engines', 'publishConfig'];
    for (const key of [...same, 'scripts']) expect(manifest[key]).toEqual(sibling[key]);
  });

  test(
    'is formatted, has right types, passes the lint, builds, and passes its tests and those of all',
    async () => {
      await copy.newPackage([...ARGS, '--no-install']);
      await copy.linkPackage('guest-book');
      const bin = (...path: string[]): string => join(copy.root, 'node_modules', ...path);
      const prettier = [bin('prettier', 'bin', 'prettier.cjs'), '--check', '--ignore-unknown', '--log-level', 'warn'];
      const tsc = bin('typescript', 'bin', 'tsc');
      const eslint = [bin('eslint', 'bin', 'eslint.js'), '--max-warnings', '0'];
      const tsup = bin('tsup', 'dist', 'cli-default.js');
      const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
      const jest = [...flags, bin('jest', 'bin', 'jest.js')];

      const passes = { code: 0, stderr: '' };
      expect(await copy.node([...prettier, ...NEW, ...CHANGED])).toMatchObject(passes);
      expect(await copy.node([tsc, '-p', 'packages/guest-book'])).toMatchObject(passes);
      expect(await copy.node([...eslint, 'packages/guest-book', 'packages/all'])).toMatchObject(passes);
      expect(await copy.node([tsup], { cwd: 'packages/guest-book' })).toMatchObject({ code: 0 });
      const tests = await copy.node([...jest, 'packages/guest-book', 'packages/all']);
      expect(tests).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d{2,} passed, 0 failed$/m) });
    },
    ON_A_BUSY_MACHINE_MS,
  );
});

describe('nothing is changed', () => {
  test.each([
    ['by a dry run', [...ARGS, '--dry-run'], { code: 0, stdout: expect.stringContaining('dry run'), stderr: '' }],
    ['by help', ['--help'], { code: 0, stdout: expect.stringContaining('--description'), stderr: '' }],
    [
      'for a bad name',
      ['Pool', '--description', 'x'],
      { code: 1, stdout: '', stderr: expect.stringMatching(/^new-package: 'Pool' cannot be the name of a package/) },
    ],
    [
      'without a description',
      ['pool'],
      { code: 1, stdout: '', stderr: expect.stringMatching(/^new-package: --description is missing/) },
    ],
  ])('%s', async (_why, args, ended) => {
    const before = await copy.contents();
    expect(await copy.newPackage(args)).toEqual(ended);
    expect(await copy.contents()).toEqual(before);
  });

  test('the second time', async () => {
    await copy.newPackage([...ARGS, '--no-install']);
    const before = await copy.contents();
    expect(await copy.newPackage([...ARGS, '--no-install'])).toEqual({
      code: 1,
      stdout: '',
      stderr: "new-package: 'guest-book' cannot be the name of a package: packages/guest-book is there already\n",
    });
    expect(await copy.contents()).toEqual(before);
  });

  test('if one file cannot be written: what was written before it is taken back', async () => {
    await writeFile(join(copy.root, '.changeset', 'new-guest-book.md'), 'of somebody else');
    const before = await copy.contents();
    expect(await copy.newPackage([...ARGS, '--no-install'])).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^new-package: nothing was changed: EEXIST.*new-guest-book\.md/),
    });
    expect(await copy.contents()).toEqual(before);
  });

  test('if a list of packages has no place for it', async () => {
    await writeFile(join(copy.root, 'README.md'), '# Another\n');
    const before = await copy.contents();
    expect(await copy.newPackage([...ARGS, '--no-install'])).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^new-package: README\.md: there is no place for the new package/),
    });
    expect(await copy.contents()).toEqual(before);
  });
});

test.each([
  [0, { code: 0, stdout: expect.stringContaining('1. npm test -- packages/guest-book'), stderr: '' }],
  [
    1,
    {
      code: 1,
      stdout: expect.stringContaining('1. npm install'),
      stderr: 'new-package: all files are written, but npm install failed\n',
    },
  ],
])('npm is told, without asking the registry; it ends with %d', async (npmCode, ended) => {
  const npm = join(copy.root, 'npm-cli.js');
  await writeFile(npm, `console.log('npm', ...process.argv.slice(2), process.cwd()); process.exitCode = ${npmCode};`);
  const run = await copy.newPackage(ARGS, { npm_execpath: npm });
  expect(run).toEqual(ended);
  expect(run.stdout).toContain(`npm install --offline --no-audit --no-fund ${copy.root}\n`);
  expect(await copy.read('packages/guest-book/src/index.ts')).toContain('guestBook');
});

async function manifestOf(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await copy.read(`packages/${name}/package.json`)) as Record<string, unknown>;
}

/** Those of rows of a table. */
function cells(rows: readonly string[]): string[][] {
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
