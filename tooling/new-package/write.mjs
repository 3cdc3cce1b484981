import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes all files, or none: if one cannot be written, what was written before it is taken back.
 *
 * @param {string} root
 * @param {readonly import('./files.mjs').Change[]} changes
 */
export function writeAll(root, changes) {
  /** @type {(() => void)[]} */
  const undo = [];
  try {
    for (const { path, text, isNew } of changes) {
      const file = join(root, path);
      if (isNew) {
        const created = mkdirSync(dirname(file), { recursive: true });
        if (created !== undefined) undo.push(() => rmSync(created, { recursive: true, force: true }));
        writeFileSync(file, text, { flag: 'wx' });
        undo.push(() => rmSync(file, { force: true }));
      } else {
        const before = readFileSync(file);
        undo.push(() => writeFileSync(file, before));
        writeFileSync(file, text);
      }
    }
  } catch (error) {
    for (const takeBack of undo.reverse()) takeBack();
    throw new Error(`nothing was changed: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
