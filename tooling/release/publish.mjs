import { setTimeout as sleep } from 'node:timers/promises';
import { succeed } from './command.mjs';
import { publicPackages } from './stage/packages.mjs';
import { changesetsCli } from './stage/version.mjs';

// A registry may show what it has taken a while later.
const VISIBLE_WITHIN_MS = 120_000;
const POLL_MS = 2_000;

/**
 * Publishes the packages of a copy that the registry of `env` does not have in their version yet, so that what was broken off can be repeated. In the
 * foreground npm may ask for a second factor.
 *
 * @param {string} copy
 * @param {{ registry: string, env: NodeJS.ProcessEnv, signal: AbortSignal, isForeground?: boolean }} options
 * @throws Error unless the registry has all of them afterwards
 */
export async function publishAll(copy, { registry, env, signal, isForeground = false }) {
  await succeed(process.execPath, [changesetsCli(copy), 'publish', '--no-git-tag'], {
    cwd: copy,
    env: { ...env, npm_config_registry: registry },
    signal,
    isForeground,
  });
  const late = performance.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    const missing = await unpublished(copy, { registry, signal });
    if (missing.length === 0) return;
    if (performance.now() > late) throw new Error(`not on ${registry} after publishing: ${missing.join(', ')}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/**
 * The packages that a registry does not have in their present version, as `name@version`.
 *
 * @param {string} repository
 * @param {{ registry: string, signal: AbortSignal }} options
 */
export async function unpublished(repository, { registry, signal }) {
  const found = await Promise.all(
    publicPackages(repository).map(async ({ manifest: { name, version } }) => {
      const url = `${registry.replace(/\/$/, '')}/${name.replace('/', '%2f')}`;
      const response = await fetch(url, { headers: { accept: 'application/vnd.npm.install-v1+json' }, signal });
      if (response.status === 404) return [`${name}@${version}`];
      if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
      const { versions } = /** @type {{ versions: Record<string, unknown> }} */ (await response.json());
      return Object.hasOwn(versions, version) ? [] : [`${name}@${version}`];
    }),
  );
  return found.flat();
}
