import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'tsup';

const OUT = 'dist';
/** What is left of an import of which nothing is used, where several entries share code. */
const BARE_IMPORT = /^import '(?:\.{1,2}\/)+chunk-\w+\.js';$/gm;

/**
 * The build of one package: ES modules, declarations and source maps in `dist/`, not minified, so that a stack trace
 * and a debugger show what we wrote.
 *
 * @param {object} options
 * @param {Record<string, string>} options.entries output name (`index`, `sqlite/index`) -> source file. A worker is an entry of
 *   its own, so that `new URL('./worker.js', import.meta.url)` finds it after bundling.
 * @param {string[]} [options.external] module names to leave alone beside dependencies and peer dependencies
 */
export function definePackage({ entries, external = [] }) {
  return defineConfig({
    entry: entries,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    outDir: OUT,
    external,
    clean: true,
    splitting: true,
    treeshake: true,
    sourcemap: true,
    minify: false,
    onSuccess: removeBareImports,
    dts: {
      compilerOptions: {
        // tsup sets `baseUrl` for its declaration step, which TypeScript 6 reports as deprecated.
        ignoreDeprecations: '6.0',
        // Siblings are read as their users read them, through their `exports`, not from source.
        paths: {},
      },
    },
  });
}

/**
 * Takes out imports of shared code that are there for their effects alone: nothing of ours has any, as each manifest says, and bundlers warn of them. The lines
 * stay, so that the source maps are right.
 */
async function removeBareImports() {
  for (const name of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue;
    const path = join(OUT, name);
    const code = readFileSync(path, 'utf8');
    if (code.search(BARE_IMPORT) !== -1) writeFileSync(path, code.replace(BARE_IMPORT, ''));
  }
}
