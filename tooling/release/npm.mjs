import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { succeed } from './command.mjs';

const CLI = join('node_modules', 'npm', 'bin', 'npm-cli.js');

/**
 * Runs npm without a shell, by the Node at hand or another, and gives what it printed.
 *
 * @param {readonly string[]} args
 * @param {import('./command.mjs').RunOptions & { node?: string }} options
 */
export function npm(args, { node = process.execPath, ...options }) {
  return succeed(node, [npmCli(), ...args], options);
}

/** The npm that has started us, or the one that came with this Node. */
function npmCli() {
  const started = process.env.npm_execpath;
  if (started?.endsWith('npm-cli.js')) return started;
  const bin = dirname(process.execPath);
  const found = [join(bin, CLI), join(bin, '..', 'lib', CLI)].find((path) => existsSync(path));
  if (found === undefined) throw new Error('there is no npm beside this Node: start this by `npm run release`');
  return found;
}

/**
 * The environment without what the npm that has started us tells its scripts about this folder, for an npm in another one.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function elsewhere(env) {
  const own = /^npm_(package|lifecycle|config_local_prefix|command|node_execpath|execpath$)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name) && name !== 'INIT_CWD'));
}

/**
 * The environment of an npm that knows one registry and nothing of its user: no settings, no credentials, no shared cache.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {{ registry: string, userConfig: string, cache: string }} settings
 */
export function isolated(env, { registry, userConfig, cache }) {
  const foreign = /^(npm_|liberzmq_|node_options$|node_auth_token$|init_cwd$)/i;
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name))),
    npm_config_registry: registry,
    npm_config_userconfig: userConfig,
    npm_config_globalconfig: `${userConfig}-global`,
    npm_config_cache: cache,
    npm_config_update_notifier: 'false',
  };
}
