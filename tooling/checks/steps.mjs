import { join } from 'node:path';
import { root } from '../setup/repository.mjs';

const here = import.meta.dirname;
/** @param {string[]} path */
const installed = (...path) => join(root, 'node_modules', ...path);

/**
 * A check: a command, or a function. One that reads `dist` waits for the build.
 *
 * @typedef {{ name: string, needsBuild?: boolean } & ({ command: string[] } | { run: () => Promise<void> })} Step
 */

/** @type {Step[]} */
export const steps = [
  {
    name: 'lint',
    command: [installed('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0'],
  },
  {
    name: 'types',
    command: [installed('typescript', 'bin', 'tsc'), '--project', join(here, 'tsconfig.workspace.json')],
  },
  {
    name: 'format',
    command: [installed('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  },
  {
    name: 'import rules',
    command: [
      installed('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      ...['--config', join(here, 'import-rules.cjs'), '--output-type', 'err', 'packages', 'tooling'],
    ],
  },
  {
    name: 'unused code',
    command: [
      installed('knip', 'bin', 'knip.js'),
      '--config',
      join(here, 'knip.json'),
      '--no-progress',
      '--no-config-hints',
    ],
  },
  {
    name: 'lock file',
    command: [join(here, 'check-lock-file.mjs')],
  },
  {
    name: 'left-over notes',
    command: [join(here, 'check-notes.mjs')],
  },
  {
    name: 'packed packages',
    needsBuild: true,
    command: [join(here, 'check-packed.mjs')],
  },
  {
    name: 'licences',
    command: [join(here, 'check-licences.mjs')],
  },
  {
    name: 'sizes',
    needsBuild: true,
    command: [join(here, 'check-sizes.mjs')],
  },
  {
    name: 'installed',
    needsBuild: true,
    command: [join(here, 'check-installed.mjs')],
  },
  {
    name: 'bundled',
    needsBuild: true,
    command: [join(here, 'check-bundle.mjs')],
  },
  {
    name: 'import time',
    needsBuild: true,
    command: [join(here, 'check-import-time.mjs')],
  },
];
