import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is read of a `package.json`.
 *
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {Record<string, unknown>} exports
 * @property {{ access?: string, provenance?: boolean }} [publishConfig]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/** @typedef {{ directory: string, manifest: Manifest }} Package */

/**
 * The packages of a repository that are published, in the order of their folders.
 *
 * @param {string} repository
 * @returns {Package[]}
 */
export function publicPackages(repository) {
  return readdirSync(join(repository, 'packages'))
    .map((name) => join(repository, 'packages', name))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({
      directory,
      manifest: /** @type {Manifest} */ (JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))),
    }))
    .filter(({ manifest }) => manifest.private !== true);
}

/**
 * The changesets that no release has spent yet, by the names of their files.
 *
 * @param {string} repository
 */
export function pendingChangesets(repository) {
  return readdirSync(join(repository, '.changeset')).filter((name) => name.endsWith('.md') && name !== 'README.md');
}
