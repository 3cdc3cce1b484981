import { createRequire } from 'node:module';

/**
 * Loads packages when they are wanted, from where this code is: this module, or the CommonJS file that a bundler has put it into, which has no
 * `import.meta.url`.
 */
export const requireHere = createRequire(import.meta.url || __filename);
