import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @typedef {{ name: string, directory: string, dependencies: string[], targets: string[] }} Package */

/**
 * The packages that are built and published, in the order of their folders.
 *
 * @returns {Package[]}
 */
export function publicPackages() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => {
      const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
      return {
        name: manifest.name,
        directory,
        dependencies: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
        targets: leaves(manifest.exports).map((target) => join(directory, target)),
      };
    });
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function leaves(value) {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [];
}
