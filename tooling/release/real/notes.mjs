import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As changesets call them, the largest first. What stands below none of them comes last. */
const SECTIONS = ['### Major Changes', '### Minor Changes', '### Patch Changes'];

/**
 * One item of a list in a changelog, with all that belongs to it, or other text.
 *
 * @typedef {{ section: string, text: string }} Item
 */

/**
 * The notes of a release: what the changelogs of the packages say of it. Each item is told once, below the names of all packages that it is for.
 *
 * @param {readonly { name: string, changelog: string }[]} packages
 * @param {string} version
 */
export function releaseNotes(packages, version) {
  /** @type {Map<string, Item & { names: string[] }>} */
  const items = new Map();
  for (const { name, changelog } of packages) {
    for (const { section, text } of itemsOf(entryOf(changelog, version))) {
      const known = items.get(text) ?? { section, text, names: [] };
      // It may be a larger step for one package than for another.
      const [larger = section] = [known.section, section].sort((a, b) => rank(a) - rank(b));
      items.set(text, { section: larger, text, names: [...known.names, name] });
    }
  }
  const groups = groupBy([...items.values()], ({ names }) => names.join(', '));
  return [...groups].map(([names, group]) => `## ${names}\n\n${listOf(group)}\n`).join('\n');
}

/** @param {readonly Item[]} items */
function listOf(items) {
  const sections = [...groupBy(items, ({ section }) => section)].sort(([a], [b]) => rank(a) - rank(b));
  return sections
    .flatMap(([section, group]) => [...(section === '' ? [] : [section]), group.map(({ text }) => text).join('\n')])
    .join('\n\n');
}

/** @param {string} section */
function rank(section) {
  return SECTIONS.includes(section) ? SECTIONS.indexOf(section) : SECTIONS.length;
}

/**
 * @param {string} entry
 * @returns {Item[]}
 */
function itemsOf(entry) {
  return `\n${entry}`.split(/\n(?=### )/).flatMap((part) => {
    const [, section = '', text = ''] = /^(### .*|)([^]*)$/.exec(part) ?? [];
    // Items begin where a line does; what belongs to them is indented.
    const items = text.split(/\n(?=- )/).map((item) => item.trim());
    return items.filter((item) => item !== '').map((item) => ({ section: section.trim(), text: item }));
  });
}

/**
 * @param {string} changelog
 * @param {string} version
 */
function entryOf(changelog, version) {
  const entry = `\n${changelog}`.split('\n## ').find((part) => part.startsWith(`${version}\n`));
  return entry?.slice(version.length).trim() ?? '';
}

/**
 * @template Value
 * @param {readonly Value[]} values
 * @param {(value: Value) => string} keyOf
 * @returns {Map<string, Value[]>} in the order in which the keys are met
 */
function groupBy(values, keyOf) {
  /** @type {Map<string, Value[]>} */
  const groups = new Map();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

/** @param {string} directory of a package */
export function readChangelog(directory) {
  return readFileSync(join(directory, 'CHANGELOG.md'), 'utf8');
}
