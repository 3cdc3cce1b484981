import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/repository.mjs';

/** @typedef {{ resolved?: string, integrity?: string, link?: boolean, optionalDependencies?: Record<string, string> }} Entry */

/** @type {[string, Entry][]} */
const entries = Object.entries(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages);
const locked = new Set(entries.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)));

const complaints = entries.flatMap(([path, entry]) => complaintsAbout(path, entry));
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;

/**
 * @param {string} path
 * @param {Entry} entry
 */
function complaintsAbout(path, { resolved, integrity, link, optionalDependencies = {} }) {
  const complaints = [];
  // A recorded host ties every install to one registry.
  if (resolved !== undefined && /^\w+:/.test(resolved))
    complaints.push(`${path} records where it came from: ${resolved}`);
  // Without a hash, what arrives need not be what was reviewed.
  if (path.includes('node_modules/') && !link && !integrity) complaints.push(`${path} has no integrity hash`);
  // npm drops a binary that the registry does not have (yet), and then `npm ci` refuses the lock file.
  for (const name of Object.keys(optionalDependencies)) {
    if (!locked.has(name))
      complaints.push(`${path} wants ${name}, which is not locked: pin a version that is complete`);
  }
  return complaints;
}
