import { defineConfig } from 'tsup';

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
    outDir: 'dist',
    external,
    clean: true,
    splitting: true,
    treeshake: true,
    sourcemap: true,
    minify: false,
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
