import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'template');

/** The one test that every package has and the template has not: it tries the examples of the README, which stand where the package does. */
export const README_TEST = 'test/readme.test.ts';

/**
 * The files of the template, as they are: a package called `new-package`, whose code is checked and tested in place.
 *
 * @returns {{ path: string, text: string }[]} with paths below the package, `/` between their parts
 */
export function templateFiles() {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({
      path: file.slice(folder.length + 1).replaceAll('\\', '/'),
      text: readFileSync(file, 'utf8'),
    }));
}
