import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeed } from '../command.mjs';
import { elsewhere, npm } from '../npm.mjs';
import { publishAll } from '../publish.mjs';
import { startRegistry } from '../registry/start.mjs';
import { folderIn, withScratch } from '../scratch.mjs';
import { copyLastCommit, makeReady } from '../stage/copy.mjs';
import { pendingChangesets, publicPackages } from '../stage/packages.mjs';
import { commonVersion, spendChangesets } from '../stage/version.mjs';
import { say, step } from '../step.mjs';
import { fetchNode } from './node-binary.mjs';
import { planProjects } from './plan.mjs';
import { tryProject } from './project.mjs';
import { failuresOf, table } from './table.mjs';

/**
 * Goes through a whole release without releasing anything: in a copy, with a registry of its own, up to projects that use what was published.
 *
 * @param {string} repository
 * @param {{ nodes: readonly string[], signal: AbortSignal }} options
 * @returns {Promise<boolean>} whether everything went well
 */
export async function rehearse(repository, { nodes, signal }) {
  const started = performance.now();
  const env = elsewhere(process.env);
  await warnOfChanges(repository, signal);
  return withScratch(async (scratch) => {
    const copy = join(scratch, 'copy');
    const common = { env, signal };
    await step('copying the last commit, and installing', () => copyLastCommit(repository, copy, common));
    const version = await stepVersion(copy, common);
    await step(`building ${version}`, () => makeReady(copy, { ...common, withProvenance: false }));

    const uplink = (await npm(['config', 'get', 'registry'], { cwd: repository, ...common })).trim();
    const folder = folderIn(scratch, 'registry');
    const registry = await step('starting a registry', () => startRegistry({ folder, uplink, env, signal }));
    try {
      await step(`publishing to ${registry.url}`, () =>
        publishAll(copy, { registry: registry.url, env: registry.env, signal }),
      );
      const manifests = publicPackages(copy).map(({ manifest }) => manifest);
      const projects = planProjects(copy, manifests);
      const rows = [];
      for (const wanted of nodes) {
        const node = await step(`fetching Node ${wanted}`, () => fetchNode(wanted, { folder: scratch, env, signal }));
        /** @type {import('./table.mjs').Row['outcomes']} */
        const outcomes = {};
        for (const project of projects) {
          const place = { node, folder: folderIn(scratch, node.version), version, env: registry.env, signal };
          outcomes[project.name] = await step(`Node ${node.version}: ${project.install.join(', ')}`, () =>
            tryProject(project, place),
          );
        }
        rows.push({ node: node.version, outcomes });
      }
      return conclude(rows, (performance.now() - started) / 1_000);
    } finally {
      await registry.end();
    }
  });
}

/**
 * @param {string} copy
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} common
 */
async function stepVersion(copy, common) {
  if (pendingChangesets(copy).length === 0) {
    say('there are no changesets: rehearsing the version that is there');
    return commonVersion(copy);
  }
  const version = await step('spending the changesets', () => spendChangesets(copy, common));
  for (const { directory, manifest } of publicPackages(copy)) {
    const [, , ...lines] = readFileSync(join(directory, 'CHANGELOG.md'), 'utf8').split('\n');
    say(`changelog of ${manifest.name}: ${lines.filter((line) => line !== '').length} lines`);
  }
  return version;
}

/**
 * @param {string} repository
 * @param {AbortSignal} signal
 */
async function warnOfChanges(repository, signal) {
  const status = await succeed('git', ['status', '--porcelain'], { cwd: repository, signal });
  const changed = status.split('\n').filter((line) => line !== '').length;
  if (changed > 0) say(`${changed} changes are not committed: they are NOT part of this rehearsal`);
}

/**
 * @param {readonly import('./table.mjs').Row[]} rows
 * @param {number} seconds
 */
function conclude(rows, seconds) {
  const failures = failuresOf(rows);
  process.stdout.write(`\n${table(rows)}\n\n`);
  for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
  const verdict = failures.length === 0 ? 'could be released' : `${failures.length} FAILED`;
  say(`rehearsed in ${seconds.toFixed(0)} s: ${verdict}`);
  return failures.length === 0;
}
