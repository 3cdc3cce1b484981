import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { publicPackages, root } from '../setup/repository.mjs';

// Whether users may have what comes with our packages, and what it is: the list in docs/licences.md, which `--write` brings up to date.
const ALLOWED = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0'];

/** What stands inside of another package, and so in no lock file: library, licence, the package, and where in it. */
const WITHIN = [
  ['libzmq', 'MPL-2.0', 'zeromq', 'its binary; the source is at <https://github.com/zeromq/libzmq>'],
  ['libsodium', 'ISC', 'zeromq', 'its binary'],
  ['zstd', 'BSD-3-Clause', '@bokuweb/zstd-wasm', 'its WebAssembly'],
];

/**
 * @typedef {object} Locked an entry of the lock file
 * @property {string} [license]
 * @property {boolean} [link]
 * @property {string[]} [os] of a binary for some platforms
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/** @typedef {{ title: string, licence: string, wantedBy: Set<string> }} Row */

/** @type {Record<string, Locked>} */
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
const folders = publicPackages().map(({ directory }) => relative(root, directory).replaceAll('\\', '/'));
const installed = rowsFrom(({ dependencies }) => dependencies);
const chosen = rowsFrom(({ peerDependencies }) => peerDependencies).filter(
  ({ title }) => !installed.some((row) => row.title === title),
);

const file = join(root, 'docs', 'licences.md');
const text = await format(page(), { ...(await resolveConfig(file)), filepath: file });
if (process.argv.includes('--write')) writeFileSync(file, text);

const lost = WITHIN.filter(([, , holder]) => ![...installed, ...chosen].some(({ title }) => title === holder));
for (const [library, , holder] of lost) {
  process.stderr.write(`${library} stands within ${holder}, which nobody wants any more\n`);
}
const refused = [...installed, ...chosen].filter(({ licence }) => !isAllowed(licence));
for (const { title, licence, wantedBy } of refused) {
  process.stderr.write(
    `${title}, which ${[...wantedBy].join(', ')} wants, has the licence ${licence}, which is not one of ${ALLOWED.join(', ')}\n`,
  );
}
const isCurrent = read(file) === text;
if (!isCurrent)
  process.stderr.write('docs/licences.md is out of date: node tooling/checks/check-licences.mjs --write\n');
process.stdout.write(
  `${installed.length} packages are installed with ours, ${chosen.length} more where users want them\n`,
);
process.exitCode = isCurrent && refused.length === 0 && lost.length === 0 ? 0 : 1;

function page() {
  return `# Licences

All packages of this repository are under the [MIT licence](../LICENSE). This page lists what they bring; it is written by \`node tooling/checks/check-licences.mjs --write\`, and \`npm run check\` sees to it that it is
complete, and that each licence is one of ${ALLOWED.join(', ')}. A range is there where one of our packages asks for it; the exact versions that this repository is tested with are in its lock file.

## Installed with our packages

${table(installed)}

${within(installed)}

## Installed by those who want them

Optional peers, and what they need:

${table(chosen)}

${within(chosen)}
`;
}

/**
 * What stands inside of these packages.
 *
 * @param {Row[]} rows
 */
function within(rows) {
  const inside = WITHIN.filter(([, , holder]) => rows.some(({ title }) => title === holder));
  if (inside.length === 0) return '';
  return [
    'Inside of these, and so in no manifest:',
    '',
    '| library | licence | within |',
    '| --- | --- | --- |',
    ...inside.map(([library, licence, holder, where]) => `| ${library} | ${licence} | ${holder}: ${where} |`),
  ].join('\n');
}

/** @param {Row[]} rows */
function table(rows) {
  return [
    '| package | licence | wanted by |',
    '| --- | --- | --- |',
    ...rows.map(({ title, licence, wantedBy }) => `| ${title} | ${licence} | ${[...wantedBy].sort().join(', ')} |`),
  ].join('\n');
}

/**
 * All that is needed by what our packages ask for, sorted by name. Binaries for single platforms share the line of what brings them.
 *
 * @param {(entry: Locked) => Record<string, string> | undefined} asked
 * @returns {Row[]}
 */
function rowsFrom(asked) {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  const seen = new Set();
  for (const folder of folders) {
    const { name, ...manifest } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    for (const [dependency, range] of Object.entries(asked(manifest) ?? {}))
      visit(dependency, folder, `${name} (${range})`);
  }
  return [...rows.values()].sort((a, b) => (a.title < b.title ? -1 : 1));

  /**
   * @param {string} name
   * @param {string} from the path of who wants it
   * @param {string} wantedBy
   */
  function visit(name, from, wantedBy) {
    const path = pathOf(name, from);
    const entry = lock[path];
    if (entry === undefined || entry.link) return;
    const title = entry.os ? `binaries of ${wantedBy}` : name;
    const licence = entry.license ?? 'unknown';
    const key = `${title} ${licence}`;
    rows.set(key, { title, licence, wantedBy: new Set([...(rows.get(key)?.wantedBy ?? []), wantedBy]) });
    if (seen.has(path)) return;
    seen.add(path);
    const needed = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies };
    for (const each of Object.keys(needed)) visit(each, path, name);
  }
}

/**
 * Where the lock file has the package of that name as seen from another one: as Node looks for it, in one folder after the other.
 *
 * @param {string} name
 * @param {string} from
 */
function pathOf(name, from) {
  const parts = from.split('/');
  const folders = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const paths = [...folders.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
  return paths.find((path) => lock[path] !== undefined) ?? '';
}

/** @param {string} licence an SPDX expression */
function isAllowed(licence) {
  const alternatives = licence.replaceAll(/[()]/g, '').split(' OR ');
  return alternatives.some((terms) => terms.split(' AND ').every((term) => ALLOWED.includes(term)));
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
