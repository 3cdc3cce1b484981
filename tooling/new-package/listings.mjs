import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { camelCase } from './names.mjs';

/**
 * The files that list all packages, with the new one among them.
 *
 * @param {string} root
 * @param {import('./options.mjs').Options} options
 * @returns {import('./files.mjs').Change[]}
 * @throws Error if one of them has no place for it any more
 */
export function listingsOf(root, { name, description, descriptionZh }) {
  /** @type {Record<string, (text: string) => string>} */
  const edits = {
    'packages/all/package.json': (text) => withDependency(text, name),
    'packages/all/src/index.ts': (text) => `${text}export * from '@liberzmq/${name}';\n`,
    'packages/all/test/re-exports.test.ts': (text) => withTest(text, name),
    'packages/all/README.md': (text) =>
      replaceOnce(text, /^\| \[`@liberzmq\/[^\n]*\n(?!\|)/m, (last) => {
        return `${last}| [\`@liberzmq/${name}\`](${homepageOf(root, name)}) | ${description} |\n`;
      }),
    'README.md': (text) => withRow(text, name, description),
    'README.zh-CN.md': (text) => withRow(text, name, descriptionZh),
    'ARCHITECTURE.md': (text) => replaceOnce(text, /; `all`\)/, (all) => `; \`${name}\`, ${description}${all}`),
  };
  return Object.entries(edits).map(([path, edit]) => {
    try {
      return { path, text: edit(readFileSync(join(root, path), 'utf8')), isNew: false };
    } catch (error) {
      throw new Error(`${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  });
}

/**
 * @param {string} manifest
 * @param {string} name
 */
function withDependency(manifest, name) {
  const { dependencies, ...rest } = JSON.parse(manifest);
  const all = Object.entries({ ...dependencies, [`@liberzmq/${name}`]: dependencies['@liberzmq/core'] });
  all.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ ...rest, dependencies: Object.fromEntries(all) }, null, 2);
}

/**
 * @param {string} test
 * @param {string} name
 */
function withTest(test, name) {
  const imported = replaceOnce(
    test,
    /^import \* as \w+ from '@liberzmq\/[^\n]*\n(?!import \* as)/m,
    (last) => `${last}import * as ${camelCase(name)} from '@liberzmq/${name}';\n`,
  );
  return replaceOnce(imported, /(?<=\[core,[^\]]*)(?=\]\.flatMap)/, () => `, ${camelCase(name)}`);
}

/**
 * @param {string} readme
 * @param {string} name
 * @param {string} description
 */
function withRow(readme, name, description) {
  const row = `| [\`@liberzmq/${name}\`](packages/${name}/README.md) | ${description} |\n`;
  return replaceOnce(readme, /^\| \[`@liberzmq\/all`\]/m, (all) => `${row}${all}`);
}

/**
 * @param {string} root
 * @param {string} name
 */
function homepageOf(root, name) {
  const { homepage } = JSON.parse(readFileSync(join(root, 'packages', 'all', 'package.json'), 'utf8'));
  return homepage.replace('packages/all', () => `packages/${name}`);
}

/**
 * @param {string} text
 * @param {RegExp} place
 * @param {(found: string) => string} replacement
 */
function replaceOnce(text, place, replacement) {
  if (!place.test(text)) throw new Error(`there is no place for the new package: nothing matches ${place}`);
  return text.replace(place, (found) => replacement(found));
}
