import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { camelCase, capitalized } from './names.mjs';
import { README_TEST, templateFiles } from './template.mjs';

/** What the new package takes over from a sibling: the one that has nothing of its own. */
const SIBLING = 'all';
const SAME_AS_SIBLING = ['LICENSE', 'tsconfig.json', 'tsup.config.ts'];
/** Where its links lead from the template, and where from a package. */
const PACKAGES_FROM_TEMPLATE = '../../../packages/';
const README_TEST_TEXT = `import { testReadmes } from '@liberzmq-tooling/testkit';

testReadmes([new URL('../README.md', import.meta.url)]);
`;

/**
 * A file of the repository as it is to be.
 *
 * @typedef {{ path: string, text: string, isNew: boolean }} Change
 */

/**
 * The files of the new package, and its changeset.
 *
 * @param {string} root
 * @param {import('./options.mjs').Options} options
 * @returns {Change[]}
 */
export function filesOf(root, { name, description }) {
  /** @param {string} path */
  const ofSibling = (path) => readFileSync(join(root, 'packages', SIBLING, path), 'utf8');
  /** @param {string} text */
  const render = (text) =>
    text
      .replaceAll('new-package', () => name)
      .replaceAll('newPackage', () => camelCase(name))
      .replaceAll('NewPackage', () => capitalized(camelCase(name)))
      .replaceAll('%Description%', () => capitalized(description))
      .replaceAll(PACKAGES_FROM_TEMPLATE, '../');
  const files = [
    { path: 'package.json', text: manifestOf(JSON.parse(ofSibling('package.json')), name, description) },
    ...SAME_AS_SIBLING.map((path) => ({ path, text: ofSibling(path) })),
    ...templateFiles().map(({ path, text }) => ({ path: render(path), text: render(text) })),
    { path: README_TEST, text: README_TEST_TEXT },
  ];
  return [
    ...files.map(({ path, text }) => ({ path: `packages/${name}/${path}`, text, isNew: true })),
    { path: `.changeset/new-${name}.md`, text: changesetOf(name, description), isNew: true },
  ];
}

/**
 * @param {Record<string, any>} sibling
 * @param {string} name
 * @param {string} description
 */
function manifestOf(sibling, name, description) {
  /** @param {string} text */
  const renamed = (text) => text.replace(`packages/${SIBLING}`, () => `packages/${name}`);
  const manifest = {
    ...sibling,
    name: `@liberzmq/${name}`,
    description: capitalized(description),
    keywords: ['zeromq', 'zmq', 'messaging', name, 'typescript'],
    homepage: renamed(sibling.homepage),
    repository: { ...sibling.repository, directory: renamed(sibling.repository.directory) },
    sideEffects: false,
    dependencies: { '@liberzmq/core': sibling.dependencies['@liberzmq/core'] },
  };
  return JSON.stringify(manifest, null, 2);
}

/**
 * @param {string} name
 * @param {string} description
 */
function changesetOf(name, description) {
  return `---
'@liberzmq/${name}': minor
'@liberzmq/${SIBLING}': minor
---

\`@liberzmq/${name}\`: ${description}. \`@liberzmq/${SIBLING}\` re-exports it.
`;
}
