import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeed } from '../command.mjs';
import { npm } from '../npm.mjs';
import { fillEmptyEntries } from './empty-entries.mjs';
import { publicPackages } from './packages.mjs';

/**
 * Spends the changesets of a repository on versions and changelogs, and writes its lock file anew.
 *
 * @param {string} repository
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<string>} the new version
 */
export async function spendChangesets(repository, { env, signal }) {
  const options = { cwd: repository, env, signal };
  await succeed(process.execPath, [changesetsCli(repository), 'version'], options);
  for (const { directory } of publicPackages(repository)) {
    const changelog = join(directory, 'CHANGELOG.md');
    if (existsSync(changelog)) writeFileSync(changelog, fillEmptyEntries(readFileSync(changelog, 'utf8')));
  }
  await npm(['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], options);
  return commonVersion(repository);
}

/** @param {string} repository */
export function changesetsCli(repository) {
  return join(repository, 'node_modules', '@changesets', 'cli', 'bin.js');
}

/**
 * The version that the packages share.
 *
 * @param {string} repository
 */
export function commonVersion(repository) {
  return publicPackages(repository)[0]?.manifest.version ?? '0.0.0';
}
