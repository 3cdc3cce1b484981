import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../setup/repository.mjs';
import { specifiers } from '../pack.mjs';

/** @typedef {import('../pack.mjs').Packed} Packed */

const run = promisify(execFile);
const programs = join(import.meta.dirname, 'programs');
const IMPORTED = /\bfrom '([^']+)'|^import '([^']+)'/gm;

/** The forms in which a program is written: the ending of its sources, and how one imports the other. */
const FORMS = { mts: './program.mjs', cts: './program.cjs', ts: './program' };

/**
 * Makes a project that uses one package: its dependencies are the package, the peers that the package leaves to its users, and what
 * its program imports. It is laid out as pnpm does: packages are links into a store, where each has what it declares. What is not ours is linked to where
 * this repository has it.
 *
 * The program stands there as `start.mts`, `start.cts` and `start.ts`: it imports every sub-path of the package, does what
 * `programs/` has for it, and says `used`.
 *
 * @param {Packed} used
 * @param {Packed[]} packed all packages
 * @param {string} folder where to make it, not there yet
 * @param {object} [options]
 * @param {boolean} [options.isMonorepo] whether our packages are folders beside the project. There they find nothing that they do not declare, not even what
 *   the project has, and bundlers tell what of them they leave out; of packages below a `node_modules` they do not
 * @param {string[]} [options.beside] what else the user has installed
 */
export async function makeProject(used, packed, folder, { isMonorepo = false, beside = [] } = {}) {
  const program = programOf(used);
  const peers = Object.keys(used.manifest.peerDependencies ?? {});
  const wanted = new Set([used.name, ...peers, ...importedBy(program), ...beside, '@types/node']);
  const store = isMonorepo ? `${folder}.packages` : join(folder, 'node_modules', '.pnpm');
  const modules = join(folder, 'node_modules');
  await install(modules, [...wanted], used.directory, { packed, store, isMonorepo, peers, unpacked: new Set() });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  for (const [ending, path] of Object.entries(FORMS)) {
    copyFileSync(program, join(folder, `program.${ending}`));
    writeFileSync(join(folder, `start.${ending}`), start(specifiers(used.manifest), path));
  }
}

/**
 * @typedef {{ packed: Packed[], store: string, isMonorepo: boolean, peers: string[], unpacked: Set<string> }} Source the peers are those that the user has installed
 */

/**
 * Installs packages in a `node_modules`, each with what it declares.
 *
 * @param {string} modules
 * @param {string[]} names
 * @param {string} from whose dependencies they are, to find the version that is installed here
 * @param {Source} source
 */
async function install(modules, names, from, source) {
  for (const name of names) {
    const ours = source.packed.find((each) => each.name === name);
    link(ours ? await unpack(ours, source) : installedHere(name, from), join(modules, name));
  }
}

/**
 * @param {Packed} ours
 * @param {Source} source
 */
async function unpack({ name, directory, manifest, tarball }, source) {
  const place = join(source.store, name);
  const folder = source.isMonorepo ? place : join(place, 'node_modules', name);
  if (source.unpacked.has(name)) return folder;
  source.unpacked.add(name);
  mkdirSync(folder, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components', '1']);
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter((peer) => source.peers.includes(peer));
  const wanted = [...Object.keys(manifest.dependencies ?? {}), ...peers];
  await install(join(place, 'node_modules'), wanted, directory, source);
  return folder;
}

/**
 * @param {string} name
 * @param {string} from
 */
function installedHere(name, from) {
  const found = [from, root].map((folder) => join(folder, 'node_modules', name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name}, which ${from} wants, is not installed`);
  return found;
}

/**
 * @param {string} target
 * @param {string} path
 */
function link(target, path) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, 'junction');
}

/** @param {Packed} used */
function programOf({ name }) {
  const own = join(programs, `${name.replace('@liberzmq/', '')}.ts`);
  return existsSync(own) ? own : join(programs, 'any.ts');
}

/**
 * The packages that a program imports, by name.
 *
 * @param {string} program
 */
function importedBy(program) {
  return [...readFileSync(program, 'utf8').matchAll(IMPORTED)]
    .map(([, from, bare]) => from ?? bare ?? '')
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
}

/**
 * @param {string[]} entries
 * @param {string} program
 */
function start(entries, program) {
  return [
    ...entries.map((entry, index) => `import * as entry${index} from '${entry}';`),
    `import { main } from '${program}';`,
    `const entries: object[] = [${entries.map((_, index) => `entry${index}`).join(', ')}];`,
    `if (entries.some((entry) => Object.keys(entry).length === 0)) throw new Error('an entry exports nothing');`,
    `void main().then(() => process.stdout.write('used'));`,
    '',
  ].join('\n');
}
