import { readExamples } from '../readme/examples.mjs';
import { throughAll } from '../readme/through-all.mjs';

const SCOPE = '@liberzmq/';

/**
 * An empty project: what is installed into it first, what its examples need beside that, whose entries are imported, whose examples run, and what becomes
 * of their code.
 *
 * @typedef {object} Project
 * @property {string} name
 * @property {string[]} install
 * @property {string[]} extras
 * @property {import('../stage/packages.mjs').Manifest[]} tried
 * @property {import('../readme/examples.mjs').Example[]} examples
 * @property {(code: string) => string} adapt
 */

/**
 * The projects of a rehearsal: each package alone, those of them that are no sum of others together, and the sum.
 *
 * @param {string} repository
 * @param {readonly import('../stage/packages.mjs').Manifest[]} manifests
 * @returns {Project[]}
 */
export function planProjects(repository, manifests) {
  const parts = manifests.filter(({ name }) => name !== `${SCOPE}all`);
  const readmes = new Map(manifests.map(({ name }) => [name, readExamples(repository, readmeOf(name))]));
  const of = (/** @type {typeof parts} */ some) => some.flatMap(({ name }) => readmes.get(name) ?? []);
  const front = readExamples(repository, 'README.md');
  const same = (/** @type {string} */ code) => code;
  /** @type {Omit<Project, 'extras'>[]} */
  const projects = [
    ...parts.map((manifest) => ({
      name: manifest.name.slice(SCOPE.length),
      install: [manifest.name],
      tried: [manifest],
      examples: of([manifest]),
      adapt: same,
    })),
    {
      name: 'together',
      install: parts.map(({ name }) => name),
      tried: parts,
      examples: [...front, ...of(parts)],
      adapt: same,
    },
    {
      name: 'all',
      install: [`${SCOPE}all`],
      tried: manifests.filter(({ name }) => name === `${SCOPE}all`),
      examples: [...of([...manifests]), ...front],
      adapt: throughAll,
    },
  ];
  return projects.map((project) => ({ ...project, extras: extrasOf(project, manifests) }));
}

/** @param {string} name */
function readmeOf(name) {
  return `packages/${name.slice(SCOPE.length)}/README.md`;
}

/**
 * What the reader of the examples installs beside our packages: what the examples import, and the optional peers, in the versions that we know.
 *
 * @param {Omit<Project, 'extras'>} project
 * @param {readonly import('../stage/packages.mjs').Manifest[]} manifests
 */
function extrasOf({ examples }, manifests) {
  const known = Object.assign(
    {},
    ...manifests.map(({ devDependencies, dependencies }) => ({ ...devDependencies, ...dependencies })),
    ...manifests.map(({ peerDependencies }) => ({ ...peerDependencies })),
  );
  const imported = examples.flatMap(({ imports }) => imports).filter((name) => Object.hasOwn(known, name));
  const peers = manifests.flatMap(({ peerDependencies }) => Object.keys(peerDependencies ?? {}));
  return [...new Set([...imported, ...peers])]
    .filter((name) => !name.startsWith(SCOPE))
    .sort()
    .map((name) => `${name}@${known[name]}`);
}
