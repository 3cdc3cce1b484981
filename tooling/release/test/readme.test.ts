import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as testkit from '@liberzmq-tooling/testkit';
import { difference } from '../readme/compare.mjs';
import { compileExample, readExamples } from '../readme/examples.mjs';
import { withFreePorts } from '../readme/free-ports.mjs';
import { throughAll } from '../readme/through-all.mjs';
import { publicPackages } from '../stage/packages.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const READMES = [
  'README.md',
  ...publicPackages(ROOT).map(({ directory }) => `${directory.slice(ROOT.length)}/README.md`),
];

test.each(READMES)('the rehearsal runs the examples of %s that the tests run', (path) => {
  const tested = testkit.readExamples(`${ROOT}${path}`).filter(({ isFragment }) => !isFragment);
  const rehearsed = readExamples(ROOT, path);
  expect(rehearsed.map(({ name, prints }) => ({ name, prints }))).toEqual(
    tested.map(({ name, prints }) => ({ name, prints })),
  );
  expect(rehearsed.map(compileExample)).toEqual(tested.map(testkit.compileExample));
});

test('the imports of an example are known', () => {
  const examples = READMES.flatMap((path) => readExamples(ROOT, path));
  const imports = new Set(examples.flatMap((example) => example.imports));
  expect([...imports]).toEqual(expect.arrayContaining(['@liberzmq/core', '@liberzmq/core/compression', 'typebox']));
  for (const example of examples) {
    expect(compileExample(example).match(/^import /gm)?.length ?? 0).toBeLessThanOrEqual(example.imports.length);
  }
});

test('a program can get everything from @liberzmq/all, but for sub-paths', () => {
  const code = [
    "import { Client } from '@liberzmq/core';",
    'import { compress } from "@liberzmq/core/compression";',
    "import '@liberzmq/serializers';",
    "import Type from 'typebox';",
  ];
  expect(throughAll(code.join('\n')).split('\n')).toEqual([
    "import { Client } from '@liberzmq/all';",
    'import { compress } from "@liberzmq/core/compression";',
    "import '@liberzmq/all';",
    "import Type from 'typebox';",
  ]);
});

test('a port of a README becomes the same free one wherever it stands', async () => {
  const choose = async (taken: ReadonlySet<number>) => 30_000 + [...taken].filter((port) => port > 0).length;
  const code =
    "a('tcp://127.0.0.1:5555'); b('tcp://127.0.0.1:5556'); c('tcp://127.0.0.1:5555'); d('tcp://10.0.0.1:5555')";
  expect(await withFreePorts(code, choose)).toBe(
    "a('tcp://127.0.0.1:30000'); b('tcp://127.0.0.1:30001'); c('tcp://127.0.0.1:30000'); d('tcp://10.0.0.1:5555')",
  );
});

test.each([
  ['what was promised', ['1', '2'], { end: 'code 0', stdout: '1\n2\n', stderr: '' }, undefined],
  ['lines of Windows', ['1'], { end: 'code 0', stdout: '1\r\n', stderr: '' }, undefined],
  ['nothing, as promised', [], { end: 'code 0', stdout: '', stderr: '' }, undefined],
  ['another line', ['1', '2'], { end: 'code 0', stdout: '1\n3\n', stderr: '' }, "line 2 is '3', not '2'"],
  ['too few lines', ['1', '2'], { end: 'code 0', stdout: '1\n', stderr: '' }, "line 2 is missing, not '2'"],
  ['too many lines', [], { end: 'code 0', stdout: '1\n', stderr: '' }, "line 1 is '1', not missing"],
  ['a warning', [], { end: 'code 0', stdout: '', stderr: 'careful\n' }, 'it complained: careful'],
  ['a failure', [], { end: 'code 1', stdout: '', stderr: '' }, 'it ended with code 1'],
])('a program that prints %s is judged', (_, prints, run, complaint) => {
  expect(difference(prints, run)).toBe(complaint);
});
