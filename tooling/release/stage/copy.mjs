import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeed } from '../command.mjs';
import { npm } from '../npm.mjs';
import { disagreements } from './agreement.mjs';
import { publicPackages } from './packages.mjs';

/**
 * Copies the last commit of a repository, and installs what it needs: what comes out of it was made of what is committed, and of nothing else.
 *
 * @param {string} repository
 * @param {string} folder where the copy goes, which does not exist yet
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 */
export async function copyLastCommit(repository, folder, { env, signal }) {
  await succeed('git', ['clone', '--quiet', '--no-tags', repository, folder], { cwd: repository, env, signal });
  refuseInstalled(folder);
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, env, signal });
}

/**
 * npm empties `node_modules` before it installs. If that is committed as a link, it empties what the link leads to.
 *
 * @param {string} folder
 */
export function refuseInstalled(folder) {
  if (lstatSync(join(folder, 'node_modules'), { throwIfNoEntry: false }) === undefined) return;
  throw new Error('node_modules is committed: take it out of the repository, nothing was installed');
}

/**
 * Makes a copy ready to be published: builds it, and checks that the packages go together.
 *
 * @param {string} copy
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal, withProvenance: boolean }} options with provenance, npm refuses what was built
 *   anywhere but in a workflow that can prove where
 */
export async function makeReady(copy, { env, signal, withProvenance }) {
  const packages = publicPackages(copy);
  const { packages: locked } = JSON.parse(readFileSync(join(copy, 'package-lock.json'), 'utf8'));
  const complaints = disagreements(
    packages.map(({ manifest }) => manifest),
    locked,
  );
  if (complaints.length > 0) throw new Error(`the packages do not go together:\n${complaints.join('\n')}`);

  await npm(['run', 'build'], { cwd: copy, env, signal });
  for (const { directory, manifest } of packages) {
    if (withProvenance) continue;
    const { provenance: _, ...publishConfig } = manifest.publishConfig ?? {};
    writeFileSync(join(directory, 'package.json'), `${JSON.stringify({ ...manifest, publishConfig }, null, 2)}\n`);
  }
}
