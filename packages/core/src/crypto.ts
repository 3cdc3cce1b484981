import type * as Crypto from 'node:crypto';

/** Node's `crypto`. It takes milliseconds to load, and comes with the first id instead of with the import of this package. */
export function crypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto');
}
