import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

const TEST_TIMEOUT_MS = 20_000;
/** How much of the heap a process may have in use after a test file before another one takes its place. */
const MEMORY_LIMIT = '400MB';

/** The whole jest configuration: one project for each package and each tool that has a `test` folder. */
export function defineJest() {
  return {
    projects: ['packages', 'tooling'].flatMap(projectsIn),
    reporters: ['default', join(here, 'count-reporter.js')],
    // ES modules of a test file are not let go of before the process ends: without an end, one process for all of them runs out of memory, and before that collects garbage most of the time.
    workerIdleMemoryLimit: MEMORY_LIMIT,
    testTimeout: TEST_TIMEOUT_MS,
  };
}

/** @param {string} group */
function projectsIn(group) {
  return readdirSync(join(root, group), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'test')))
    .map((entry) => defineProject(join(root, group, entry.name)));
}

/**
 * The configuration of one project, in a folder with a `package.json`.
 *
 * @param {string} directory
 */
export function defineProject(directory) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return {
    displayName: String(manifest.name),
    rootDir: directory,
    testEnvironment: 'node',
    testMatch: ['<rootDir>/test/**/*.test.ts'],
    testTimeout: TEST_TIMEOUT_MS,
    extensionsToTreatAsEsm: ['.ts'],
    moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
    modulePathIgnorePatterns: ['<rootDir>/dist/'],
    // Tests run on the sources, not on the last build.
    moduleNameMapper: {
      '^@liberzmq/([^/]+)$': join(root, 'packages', '$1', 'src', 'index.ts'),
      '^@liberzmq/([^/]+)/(.+)$': join(root, 'packages', '$1', 'src', '$2', 'index.ts'),
    },
    resolver: join(here, 'resolve-source.cjs'),
    setupFilesAfterEnv: [join(here, 'install-leak-guard.js')],
    transform: {
      '^.+\\.ts$': [
        fileURLToPath(import.meta.resolve('@swc/jest')),
        {
          jsc: {
            // ES2022, so that `await using` is lowered for Node 20.
            target: 'es2022',
            parser: { syntax: 'typescript' },
            transform: { verbatimModuleSyntax: true },
          },
          module: { type: 'es6' },
          sourceMaps: 'inline',
        },
      ],
    },
  };
}
