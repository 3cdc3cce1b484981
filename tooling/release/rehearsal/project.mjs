import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from '../command.mjs';
import { npm } from '../npm.mjs';
import { difference } from '../readme/compare.mjs';
import { compileExample } from '../readme/examples.mjs';
import { withFreePorts } from '../readme/free-ports.mjs';
import { folderIn } from '../scratch.mjs';
import { entriesOf, importProgram, peersOf, requireProgram, SMOKE_PRINTS } from './smoke.mjs';

const INSTALL_TIMEOUT_MS = 180_000;
const RUN_TIMEOUT_MS = 20_000;
const AT_ONCE = 2;
const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund'];

/** @typedef {{ title: string, file: string, code: string, prints: readonly string[] }} Program */
/** @typedef {{ node: import('./node-binary.mjs').NodeBinary, folder: string, version: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} Place */

/**
 * Installs our packages into an empty project by a version of Node, and runs programs that use them.
 *
 * @param {import('./plan.mjs').Project} project
 * @param {Place} place
 * @returns {Promise<{ ran: number, failures: string[] }>}
 */
export async function tryProject(project, { node, folder, version, env, signal }) {
  const cwd = folderIn(folder, project.name);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0', private: true }));
  const options = { cwd, env, signal, timeoutMs: INSTALL_TIMEOUT_MS, node: node.program };
  try {
    await npm(['install', ...FLAGS, ...project.install.map((name) => `${name}@${version}`)], options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { ran: 0, failures: [`install: ${error.message}`] };
  }
  const failures = foreignCopies(cwd, version);
  const ran = { count: 0 };
  const runAll = async (/** @type {readonly Program[]} */ programs) => {
    ran.count += programs.length;
    failures.push(...(await runPrograms(programs, { cwd, node, env, signal })));
  };

  await runAll(smokePrograms(project, peersOf(project.tried)));
  // Only now, so that the packages have shown that they need nothing else.
  if (project.extras.length > 0) {
    await npm(['install', ...FLAGS, ...project.extras], options);
    await runAll(smokePrograms(project, []));
  }
  await runAll(project.examples.map((example, index) => exampleProgram(project, example, index)));
  return { ran: ran.count, failures };
}

/**
 * Each of our packages has to come from the registry, once, in the version of this release.
 *
 * @param {string} cwd
 * @param {string} version
 */
function foreignCopies(cwd, version) {
  const scope = join(cwd, 'node_modules', '@liberzmq');
  return readdirSync(scope).flatMap((name) => {
    const directory = join(scope, name);
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return [
      ...(lstatSync(directory).isSymbolicLink() ? [`${name} is a link`] : []),
      ...(manifest.version === version ? [] : [`${name} is ${manifest.version}, not ${version}`]),
      ...(existsSync(join(directory, 'node_modules', '@liberzmq')) ? [`${name} has brought copies of its own`] : []),
      ...['README.md', 'CHANGELOG.md', 'LICENSE', 'dist']
        .filter((file) => !existsSync(join(directory, file)))
        .map((file) => `${name} comes without ${file}`),
    ];
  });
}

/**
 * @param {import('./plan.mjs').Project} project
 * @param {readonly string[]} missing the optional peers that are not installed
 * @returns {Program[]}
 */
function smokePrograms({ name, tried }, missing) {
  const entries = entriesOf(tried);
  const messaging = name === 'all' ? '@liberzmq/all' : '@liberzmq/core';
  return [
    { title: 'import', file: 'smoke.mjs', code: importProgram(entries, messaging, missing), prints: SMOKE_PRINTS },
    { title: 'require()', file: 'smoke.cjs', code: requireProgram(entries, messaging, missing), prints: SMOKE_PRINTS },
  ];
}

/**
 * @param {import('./plan.mjs').Project} project
 * @param {import('../readme/examples.mjs').Example} example
 * @param {number} index
 * @returns {Program}
 */
function exampleProgram({ adapt }, example, index) {
  return {
    title: example.name,
    file: `example-${index + 1}.mjs`,
    code: adapt(compileExample(example)),
    prints: example.prints,
  };
}

/**
 * @param {readonly Program[]} programs
 * @param {{ cwd: string, node: import('./node-binary.mjs').NodeBinary, env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<string[]>} what failed, and why
 */
async function runPrograms(programs, { cwd, node, env, signal }) {
  const waiting = [...programs];
  /** @type {string[]} */
  const failures = [];
  const work = async () => {
    for (let program = waiting.shift(); program; program = waiting.shift()) {
      const { title, file, code, prints } = program;
      writeFileSync(join(cwd, file), await withFreePorts(code));
      const args = ['--disable-warning=ExperimentalWarning', file];
      const outcome = await run(node.program, args, { cwd, env, signal, timeoutMs: RUN_TIMEOUT_MS });
      const wrong = difference(prints, outcome);
      if (wrong !== undefined) failures.push(`${title}: ${wrong}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}
