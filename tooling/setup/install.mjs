import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exclusively } from './exclusively.mjs';
import { contentFingerprint } from './fingerprint.mjs';
import { root } from './repository.mjs';
import { runStep } from './step.mjs';
import { readStamp, updateStamp } from './stamp.mjs';

const lockFile = join(root, 'package-lock.json');
const installedLockFile = join(root, 'node_modules', '.package-lock.json');

/** Runs `npm ci` when `node_modules` is missing or is not what the lock file says. */
export async function ensureInstalled() {
  if (isFresh()) return;
  await exclusively(async () => {
    if (isFresh()) return;
    const [command, ...args] = npm();
    await runStep('installing dependencies (npm ci)', command, [...args, 'ci', '--no-audit', '--no-fund'], {
      cwd: root,
    });
    updateStamp({ installed: wanted() });
  });
}

function isFresh() {
  if (readStamp().installed === wanted()) return true;
  if (!matchesInstalled()) return false;
  updateStamp({ installed: wanted() });
  return true;
}

function wanted() {
  return `${process.platform}-${process.arch}-${contentFingerprint([lockFile])}`;
}

/** After `npm install` the tree is right though nobody stamped it: npm's own record of it says so. */
function matchesInstalled() {
  /** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} Entry */
  /** @type {Record<string, Entry>} */
  const installed = readPackages(installedLockFile);
  /** @type {[string, Entry][]} */
  const required = Object.entries(readPackages(lockFile)).filter(([path]) => path.includes('node_modules/'));
  return required.every(([path, entry]) => {
    const found = installed[path];
    if (!found) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity && found.link === entry.link;
  });
}

/** @param {string} file */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** @returns {[string, ...string[]]} */
function npm() {
  // The npm that started us, without a shell, on every platform.
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') ? [process.execPath, script] : ['npm'];
}
