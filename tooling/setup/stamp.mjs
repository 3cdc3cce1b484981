import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './repository.mjs';

// In node_modules, so that removing node_modules forgets everything with it.
const file = join(root, 'node_modules', '.liberzmq-setup.json');

/**
 * What the last set-up saw.
 *
 * @typedef {{ installed?: string, builds: Record<string, { sources: string, dist: string }>, pythons: Record<string, string> }} Stamp
 */

/** @returns {Stamp} */
export function readStamp() {
  try {
    return { builds: {}, pythons: {}, ...JSON.parse(readFileSync(file, 'utf8')) };
  } catch {
    return { builds: {}, pythons: {} };
  }
}

/** @param {Partial<Stamp>} changes */
export function updateStamp(changes) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...readStamp(), ...changes }, null, 2)}\n`);
}
