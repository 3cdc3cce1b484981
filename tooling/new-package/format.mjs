import { join } from 'node:path';

/**
 * As Prettier would write them, so that the tables that get a row stay in shape. What it does not know, as the licence, stays as it is.
 *
 * @param {string} root
 * @param {import('./files.mjs').Change[]} changes
 * @returns {Promise<import('./files.mjs').Change[]>}
 */
export async function formatAll(root, changes) {
  const { format, getFileInfo, resolveConfig } = await import('prettier').catch(() => {
    throw new Error('Prettier is not installed: run npm install first');
  });
  const config = await resolveConfig(join(root, 'README.md'), { editorconfig: true });
  const isKnown = async (/** @type {string} */ path) => (await getFileInfo(path)).inferredParser !== null;
  return Promise.all(
    changes.map(async ({ path, text, isNew }) => ({
      path,
      text: (await isKnown(path)) ? await format(text, { ...config, filepath: path }) : text,
      isNew,
    })),
  );
}
