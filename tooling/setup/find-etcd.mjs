import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Debian package that brings it. */
export const ETCD_PACKAGE = 'etcd-server';

/**
 * The program of the etcd server, or nothing.
 *
 * @returns {string | undefined}
 */
export function findEtcd() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, 'etcd'))
    .find((path) => existsSync(path));
}
