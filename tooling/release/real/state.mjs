import { appendFileSync } from 'node:fs';
import { npm } from '../npm.mjs';
import { unpublished } from '../publish.mjs';
import { pendingChangesets } from '../stage/packages.mjs';
import { commonVersion } from '../stage/version.mjs';

/**
 * Where a release stands: `changesets` wait to be spent, some packages are not yet on npm (`publish`), or there is `nothing` to do.
 *
 * @typedef {'changesets' | 'publish' | 'nothing'} Stage
 * @typedef {{ stage: Stage, version: string, registry: string, changesets: string[], missing: string[] }} State
 */

/**
 * @param {string} repository
 * @param {AbortSignal} signal
 * @returns {Promise<State>}
 */
export async function readState(repository, signal) {
  const registry = (await npm(['config', 'get', 'registry'], { cwd: repository, signal })).trim();
  const changesets = pendingChangesets(repository);
  const version = commonVersion(repository);
  const missing = await unpublished(repository, { registry, signal });
  return { stage: stageOf({ changesets, missing, version }), version, registry, changesets, missing };
}

/**
 * @param {Pick<State, 'changesets' | 'missing' | 'version'>} facts
 * @returns {Stage}
 */
export function stageOf({ changesets, missing, version }) {
  if (changesets.length > 0) return 'changesets';
  return missing.length > 0 && version !== '0.0.0' ? 'publish' : 'nothing';
}

/**
 * What is to be done next, in the words of the command line.
 *
 * @param {State} state
 */
export function explain({ stage, version, registry, changesets, missing }) {
  const rehearse = 'npm run release -- --dry-run rehearses all of it.';
  switch (stage) {
    case 'changesets':
      return [
        `${changesets.length} changesets wait for a release after ${version}: ${changesets.join(', ')}`,
        'npm run release -- --prepare spends them on versions and changelogs here, for a commit; the workflow does that in a pull request.',
        rehearse,
      ].join('\n');
    case 'publish':
      return [
        `${version} is prepared, and not (all) on ${registry}: ${missing.join(', ')}`,
        'npm run release -- --yes publishes it, from the branch main; the workflow does that, with provenance.',
        rehearse,
      ].join('\n');
    case 'nothing':
      return `${version} is the last release, and there are no changesets: nothing to do.`;
  }
}

/**
 * Tells the next steps of a workflow, if this is one.
 *
 * @param {State} state
 * @param {string | undefined} file
 */
export function tellWorkflow({ stage, version }, file) {
  if (file) appendFileSync(file, `stage=${stage}\nversion=${version}\n`);
}
