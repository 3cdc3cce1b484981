import { join } from 'node:path';
import { run, succeed } from '../command.mjs';
import { elsewhere, npm } from '../npm.mjs';
import { publishAll } from '../publish.mjs';
import { withScratch } from '../scratch.mjs';
import { copyLastCommit, makeReady } from '../stage/copy.mjs';
import { say, step } from '../step.mjs';
import { canBeAsked, whoAmI, withToken } from './login.mjs';
import { objections } from './objections.mjs';
import { readState } from './state.mjs';

/**
 * Publishes the version of the last commit, and tags it. What a run before this one has published already is left as it is.
 *
 * @param {string} repository
 * @param {{ isChecked: boolean, withProvenance: boolean, signal: AbortSignal }} options
 */
export async function release(repository, { isChecked, withProvenance, signal }) {
  const state = await readState(repository, signal);
  const { version, registry } = state;
  const env = elsewhere(process.env);
  const common = { env, signal };
  await withScratch(async (scratch) => {
    const publishing = withToken(env, { registry, folder: scratch });
    const complaints = objections({
      ...(await lookAtRepository(repository, common)),
      state,
      login: await whoAmI({ cwd: repository, registry, env: publishing, signal }),
      withProvenance,
      isActions: env.GITHUB_ACTIONS === 'true',
    });
    if (complaints.length > 0) throw new Error(`nothing is published:\n- ${complaints.join('\n- ')}`);

    const copy = join(scratch, 'copy');
    await step('copying the last commit, and installing', () => copyLastCommit(repository, copy, common));
    if (!isChecked) {
      const shown = { cwd: copy, ...common, isShown: true };
      await step('npm run check', () => npm(['run', 'check'], shown));
      await step('npm test', () => npm(['test'], shown));
    }
    await step(`building ${version}`, () => makeReady(copy, { ...common, withProvenance }));
    const isForeground = canBeAsked(env, process);
    const target = { registry, env: publishing, signal, isForeground };
    await step(`publishing ${version} to ${registry}`, () => publishAll(copy, target), { isForeground });
  });
  await tag(repository, `v${version}`, common);
  say(`${version} is published, and tagged v${version}`);
}

/**
 * @param {string} repository
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 */
async function lookAtRepository(repository, options) {
  const git = async (/** @type {string[]} */ ...args) =>
    (await succeed('git', args, { cwd: repository, ...options })).trim();
  const head = await git('rev-parse', 'HEAD');
  const status = await git('status', '--porcelain');
  const branch = await git('branch', '--show-current');
  await git('fetch', '--quiet', 'origin', 'main');
  const contained = await run('git', ['merge-base', '--is-ancestor', head, 'FETCH_HEAD'], {
    cwd: repository,
    ...options,
  });
  return {
    branch,
    uncommitted: status.split('\n').filter((line) => line !== '').length,
    isPushed: contained.end === 'code 0',
  };
}

/**
 * One tag for all packages, since they share their version. It may be there from a run that was broken off behind it.
 *
 * @param {string} repository
 * @param {string} name
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 */
async function tag(repository, name, options) {
  const where = { cwd: repository, ...options };
  const known = await run('git', ['rev-parse', '--quiet', '--verify', `refs/tags/${name}`], where);
  if (known.end !== 'code 0') await succeed('git', ['tag', name], where);
  await succeed('git', ['push', '--quiet', 'origin', `refs/tags/${name}`], where);
}
