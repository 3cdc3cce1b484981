import { readFile, writeFile } from 'node:fs/promises';
import { markdownTable } from './markdown.mjs';

/**
 * Text with the table whose header begins with these two columns replaced.
 *
 * @param {string} text
 * @param {import('./tables.mjs').Table} table
 * @throws Error if there is no such table
 */
export function withTable(text, table) {
  const [first, second] = table.header;
  const old = new RegExp(`^\\| ${first} +\\| ${second} +\\|.*\\n(?:\\|.*\\n)*`, 'm');
  if (!old.test(text)) throw new Error(`there is no table of '${first}' and '${second}'`);
  return text.replace(old, () => `${markdownTable(table)}\n`);
}

/**
 * @param {string} file
 * @param {import('./tables.mjs').Table} table
 */
export async function writeTable(file, table) {
  await writeFile(file, withTable(await readFile(file, 'utf8'), table));
}
