import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../command.mjs';
import { npm } from '../npm.mjs';

/**
 * The environment in which npm publishes. A token in NPM_TOKEN is told to npm by a file that names the variable, so that it is written nowhere.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {{ registry: string, folder: string }} options
 */
export function withToken(env, { registry, folder }) {
  if (!env.NPM_TOKEN) return env;
  const userConfig = join(folder, 'npmrc');
  writeFileSync(userConfig, `${registry.replace(/^https?:/, '').replace(/\/?$/, '/')}:_authToken=\${NPM_TOKEN}\n`);
  return { ...env, npm_config_userconfig: userConfig };
}

/**
 * Whether somebody can be asked for the second factor that npm wants of its users: no token speaks for them, and they are at the terminal.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {{ stdin: { isTTY?: boolean }, stdout: { isTTY?: boolean } }} terminal
 */
export function canBeAsked(env, { stdin, stdout }) {
  return !env.NPM_TOKEN && stdin.isTTY === true && stdout.isTTY === true;
}

/**
 * Whom npm takes us for in this environment.
 *
 * @param {{ cwd: string, registry: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<import('./objections.mjs').Login>}
 */
export async function whoAmI({ cwd, registry, env, signal }) {
  // Trusted publishing: npm swaps the workflow's identity for a token when it publishes, not before.
  if (!env.NPM_TOKEN && env.ACTIONS_ID_TOKEN_REQUEST_URL) return 'workflow';
  try {
    await npm(['whoami', '--registry', registry], { cwd, env, signal });
    return 'user';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return 'nobody';
  }
}
