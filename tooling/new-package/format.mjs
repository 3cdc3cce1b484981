import { join } from 'node:path';

/**
 * As Prettier would write them, so that the tables that get a row stay in shape.
 *
 * @param {string} root
 * @param {import('./files.mjs').Change[]} changes
 * @returns {Promise<import('./files.mjs').Change[]>}
 */
export async function formatAll(root, changes) {
  const { format, resolveConfig } = await import('prettier').catch(() => {
    throw new Error('Prettier is not installed: run npm install first');
  });
  const config = await resolveConfig(join(root, 'README.md'), { editorconfig: true });
  return Promise.all(
    changes.map(async ({ path, text, isNew }) => ({
      path,
      text: await format(text, { ...config, filepath: path }),
      isNew,
    })),
  );
}
