import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The notes of a release: what the changelogs of the packages say of it. What several say in the same words is told once.
 *
 * @param {readonly { name: string, changelog: string }[]} packages
 * @param {string} version
 */
export function releaseNotes(packages, version) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const { name, changelog } of packages) {
    const entry = entryOf(changelog, version);
    if (entry !== '') names.set(entry, [...(names.get(entry) ?? []), name]);
  }
  return [...names].map(([entry, own]) => `## ${own.join(', ')}\n\n${entry}\n`).join('\n');
}

/**
 * @param {string} changelog
 * @param {string} version
 */
function entryOf(changelog, version) {
  const entry = `\n${changelog}`.split('\n## ').find((part) => part.startsWith(`${version}\n`));
  return entry?.slice(version.length).trim() ?? '';
}

/** @param {string} directory of a package */
export function readChangelog(directory) {
  return readFileSync(join(directory, 'CHANGELOG.md'), 'utf8');
}
