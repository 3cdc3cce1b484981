import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FENCE = /^```ts(?<mark>[^\n]*)\n(?<code>.*?)^```$/gms;
const PROMISE = /\/\/ (?:prints: |输出：)(.*)$/gm;
const IMPORT = /^import\b[^'";]*['"](?<name>[^'"]+)['"]/gm;

/**
 * A program of a README: where it stands (`packages/core/README.md:42`), its TypeScript, the lines that its comments say it prints, and what it imports.
 *
 * @typedef {{ name: string, code: string, prints: string[], imports: string[] }} Example
 */

/**
 * The programs of a README, in their order. Blocks that are marked as fragments are none.
 *
 * @param {string} repository
 * @param {string} path from the root of the repository
 * @returns {Example[]}
 */
export function readExamples(repository, path) {
  const text = readFileSync(join(repository, path), 'utf8').replaceAll('\r\n', '\n');
  return [...text.matchAll(FENCE)].flatMap((match) => {
    const { mark = '', code = '' } = match.groups ?? {};
    if (mark.trim() === 'fragment') return [];
    const line = text.slice(0, match.index).split('\n').length;
    return {
      name: `${path}:${line + 1}`,
      code,
      prints: [...code.matchAll(PROMISE)].map(([, promised = '']) => promised),
      imports: [...code.matchAll(IMPORT)].map(({ groups }) => groups?.name ?? ''),
    };
  });
}

/**
 * An example as JavaScript that Node 20 understands.
 *
 * @param {Example} example
 */
export function compileExample({ code }) {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    removeComments: true,
  };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
