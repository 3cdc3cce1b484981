import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { README_TEST, templateFiles } from './template.mjs';

const PATTERN = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST = 50;
const RE_EXPORTS_TEST = 'packages/all/test/re-exports.test.ts';
/** Programs are not re-exported by `all`, and the rules of import know them by name. */
const PROGRAMS = ['cli'];
const COMMENT_OR_STRING = /\/\*.*?\*\/|\/\/[^\n]*|'[^'\n]*'|`[^`]*`/gs;

/** @param {string} name `rate-limit` @returns {string} `rateLimit` */
export function camelCase(name) {
  return name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} text @returns {string} the same with a capital at its start */
export function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * @param {string} root
 * @param {string} name
 * @throws Error if no package can be called so, saying why
 */
export function checkName(root, name) {
  const complaint = complaintAbout(root, name);
  if (complaint !== undefined) throw new Error(`'${name}' cannot be the name of a package: ${complaint}`);
}

/**
 * @param {string} root
 * @param {string} name
 */
function complaintAbout(root, name) {
  if (!PATTERN.test(name) || name.length > LONGEST) {
    return `wanted are words of a-z and 0-9 with a - between them, a letter first, ${LONGEST} characters at most`;
  }
  if (existsSync(join(root, 'packages', name))) return `packages/${name} is there already`;
  if (PROGRAMS.includes(name)) return 'it is kept for a program, and this writes a library';
  const taken = fileTakenBy(name);
  if (taken !== undefined) return `every package has a ${taken}, and its own code or test would have to be there, too`;
  const identifier = camelCase(name);
  if (!canBeDeclared(identifier)) return `its function would be ${identifier}(), which is a word of the language`;
  if (identifier in globalThis) return `its function would hide the global ${identifier} of Node`;
  if (wordsInUse(root).has(identifier)) return `the code that is written for it uses ${identifier} for something else`;
  for (const [owner, names] of exportedNames(root)) {
    const exported = [identifier, `${capitalized(identifier)}Options`].find((each) => names.has(each));
    if (exported !== undefined) return `@liberzmq/${owner} exports ${exported}, and all could not export both`;
  }
  return undefined;
}

/**
 * The file of every package that one called by the name would have to share its place with.
 *
 * @param {string} name
 */
function fileTakenBy(name) {
  const paths = [README_TEST, ...templateFiles().map(({ path }) => path.replaceAll('new-package', () => name))];
  return paths.find((path, index) => paths.indexOf(path) !== index);
}

/** @param {string} identifier */
function canBeDeclared(identifier) {
  try {
    new Script(`'use strict'; async () => { const ${identifier} = 0; };`);
    return true;
  } catch {
    return false;
  }
}

/**
 * The words of the code that the name is put into.
 *
 * @param {string} root
 */
function wordsInUse(root) {
  const template = templateFiles().filter(({ path }) => path.endsWith('.ts'));
  const code = [...template.map(({ text }) => text), readFileSync(join(root, RE_EXPORTS_TEST), 'utf8')];
  return wordsOf(code.join('\n').replaceAll(COMMENT_OR_STRING, ''), /\b[a-z]\w*/g);
}

/**
 * The words in the lists of names of every package's main entry.
 *
 * @param {string} root
 * @returns {[string, Set<string>][]}
 */
function exportedNames(root) {
  return readdirSync(join(root, 'packages'))
    .map((folder) => ({ folder, index: join(root, 'packages', folder, 'src', 'index.ts') }))
    .filter(({ index }) => existsSync(index))
    .map(({ folder, index }) => {
      const lists = readFileSync(index, 'utf8').match(/\{[^}]*\}/g) ?? [];
      return [folder, wordsOf(lists.join('\n'), /\w+/g)];
    });
}

/**
 * @param {string} text
 * @param {RegExp} word
 */
function wordsOf(text, word) {
  return new Set(text.match(word));
}
