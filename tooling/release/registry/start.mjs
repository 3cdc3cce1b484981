import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endTree, start } from '../command.mjs';
import { isolated, npm } from '../npm.mjs';
import { folderIn } from '../scratch.mjs';
import { freePort } from './free-port.mjs';
import { verdaccioConfig } from './verdaccio-config.mjs';

// The last one that runs on Node 20; from 6.9 on it wants Node 22.
const VERDACCIO = '6.8.0';
// Verdaccio asks for the dist-tag `cjs`, which mirrors of the registry need not have. Nothing loads it here.
const OVERRIDES = { 'node-fetch': '2.7.0' };
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/**
 * A registry of our own, for as long as it is not ended. `env` is for an npm that knows nothing else.
 *
 * @typedef {{ url: string, env: NodeJS.ProcessEnv, end: () => Promise<void> }} LocalRegistry
 */

/**
 * Installs Verdaccio into a folder, and starts it on a free port of the loopback interface.
 *
 * @param {{ folder: string, uplink: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<LocalRegistry>}
 */
export async function startRegistry({ folder, uplink, env, signal }) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides: OVERRIDES }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--engine-strict'];
  await npm(['install', `verdaccio@${VERDACCIO}`, ...flags], { cwd: folder, env, signal });

  const config = join(folder, 'config.yaml');
  writeFileSync(config, verdaccioConfig({ storage: folderIn(folder, 'storage'), uplink }));
  const host = `127.0.0.1:${await freePort()}`;
  const url = `http://${host}/`;
  const userConfig = join(folder, 'npmrc');
  // npm publishes nothing without a token. This one is known to nobody, and so its bearer is anybody.
  writeFileSync(userConfig, `//${host}/:_authToken=anybody\nignore-scripts=true\naudit=false\nfund=false\n`);
  const ownEnv = isolated(env, { registry: url, userConfig, cache: folderIn(folder, 'cache') });

  const script = join(folder, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
  const child = start(process.execPath, [script, '--config', config, '--listen', host], {
    cwd: folder,
    env: ownEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const closed = new Promise((resolve) => child.once('close', resolve));
  const end = async () => {
    endTree(child);
    await closed;
  };
  try {
    await untilReady(`${url}-/ping`, () => child.exitCode === null, signal);
  } catch (error) {
    await end();
    throw new Error(`the local registry did not start: ${error instanceof Error ? error.message : error}\n${output}`, {
      cause: error,
    });
  }
  return { url, env: ownEnv, end };
}

/**
 * @param {string} url
 * @param {() => boolean} isAlive
 * @param {AbortSignal} signal
 */
async function untilReady(url, isAlive, signal) {
  const late = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const { ok } = await fetch(url, { signal });
      if (ok) return;
    } catch (error) {
      if (signal.aborted) throw error;
    }
    if (!isAlive()) throw new Error('it has ended');
    if (performance.now() > late) throw new Error(`it does not answer within ${START_TIMEOUT_MS} ms`);
    await sleep(POLL_MS, undefined, { signal });
  }
}
