import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { exclusively } from './exclusively.mjs';
import { ETCD_PACKAGE, findEtcd } from './find-etcd.mjs';
import { findPython, PYTHON_MODULES } from './find-python.mjs';
import { root } from './repository.mjs';
import { runStep, StepError } from './step.mjs';

const APT_TIMEOUT_MS = 180_000;
const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];

/**
 * Something that some tests talk to, with the Debian packages that bring it.
 *
 * @typedef {{ what: string, why: string, debianPackages: string[], isUsable: () => boolean }} ServerProgram
 */

/** @type {readonly ServerProgram[]} */
const SERVERS = [
  python('the tests against Python peers', ['zmq']),
  python("the tests against Python's MessagePack and CBOR", ['msgpack', 'cbor2']),
  python("the tests against Python's Protocol Buffers", ['google.protobuf']),
  {
    what: 'etcd',
    why: 'the tests of the etcd client',
    debianPackages: [ETCD_PACKAGE],
    isUsable: () => findEtcd() !== undefined,
  },
];

/**
 * @param {string} why
 * @param {import('./find-python.mjs').PythonModule[]} modules
 * @returns {ServerProgram}
 */
function python(why, modules) {
  return {
    what: `a python3 with ${modules.join(' and ')}`,
    why,
    debianPackages: modules.map((name) => PYTHON_MODULES[name]),
    isUsable: () => findPython(modules) !== undefined,
  };
}

/** Finds what some tests talk to, installs it where that needs no question, and says loudly what stays missing. */
export async function ensureServers() {
  let missing = SERVERS.filter(({ isUsable }) => !isUsable());
  if (missing.length === 0) return;
  if (canInstall()) {
    await exclusively(() => installPackages(missing.flatMap(({ debianPackages }) => debianPackages)));
    missing = missing.filter(({ isUsable }) => !isUsable());
  }
  if (missing.length > 0) warn(missing);
}

/** @param {readonly ServerProgram[]} missing */
function warn(missing) {
  const consequence = process.env.CI ? 'FAIL, because CI is set' : 'are SKIPPED';
  const lines = missing.map(
    ({ what, why, debianPackages }) =>
      `${what} is missing: ${why} ${consequence}. On Debian: apt-get install ${debianPackages.join(' ')}`,
  );
  const rule = '!'.repeat(80);
  process.stderr.write([rule, ...lines.map((line) => `!! ${line}`), rule, ''].join('\n'));
}

function canInstall() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return process.getuid?.() === 0 && folders.some((folder) => existsSync(join(folder, 'apt-get')));
}

/** @param {string[]} packages */
async function installPackages(packages) {
  const options = { cwd: root, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: APT_TIMEOUT_MS };
  const install = [...APT_OPTIONS, 'install', '-y', '--no-install-recommends', ...packages];
  try {
    await runStep('updating the list of Debian packages', 'apt-get', [...APT_OPTIONS, 'update'], options);
    await runStep(`installing ${packages.join(', ')}`, 'apt-get', install, options);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
}
