import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publicPackages, root } from '../setup/repository.mjs';

const run = promisify(execFile);

/**
 * @typedef {object} Manifest as much of a `package.json` as the checks read
 * @property {string} name
 * @property {string} version
 * @property {Record<string, unknown>} exports
 * @property {boolean | string[]} [sideEffects]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 */

/** @typedef {{ name: string, directory: string, manifest: Manifest, tarball: string, bytes: number, files: number }} Packed */

/**
 * Packs all public packages as npm would deliver them, into a temporary folder, which is gone when `use` is done.
 *
 * @template T
 * @param {(packed: Packed[], folder: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withPacked(use) {
  const folder = mkdtempSync(join(tmpdir(), 'liberzmq-packed-'));
  try {
    return await use(await pack(folder), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function pack(folder) {
  const packages = publicPackages();
  const workspaces = packages.flatMap(({ name }) => ['--workspace', name]);
  const args = ['pack', '--json', '--loglevel=error', '--ignore-scripts', '--pack-destination', folder, ...workspaces];
  const { stdout } = await run('npm', args, { cwd: root, shell: process.platform === 'win32' });
  /** @type {{ name: string, filename: string, size: number, entryCount: number }[]} */
  const listings = JSON.parse(stdout);
  return packages.map(({ name, directory }) => {
    const listing = listings.find((each) => each.name === name);
    if (listing === undefined) throw new Error(`npm pack has made nothing of ${name}`);
    return {
      name,
      directory,
      manifest: readManifest(directory),
      tarball: join(folder, listing.filename),
      bytes: listing.size,
      files: listing.entryCount,
    };
  });
}

/**
 * @param {string} directory
 * @returns {Manifest}
 */
export function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

/**
 * What users import of a package: its name, and its name with each sub-path.
 *
 * @param {Manifest} manifest
 */
export function specifiers({ name, exports }) {
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1));
}
