import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../setup/repository.mjs';

// Put together here, so that this file does not find itself.
const NOTE = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
const READ = /\.(ts|js|mjs|cjs|md)$/;
const SKIPPED = /[\\/](node_modules|dist|coverage)[\\/]/;

const complaints = ['packages', 'tooling', 'docs'].flatMap(filesIn).flatMap(notesIn);
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** @param {string} folder */
function filesIn(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && READ.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !SKIPPED.test(file));
}

/** @param {string} file */
function notesIn(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      NOTE.test(line) ? [`${relative(root, file)}:${index + 1} leaves a note: ${line.trim()}`] : [],
    );
}
