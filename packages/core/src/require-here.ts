import { createRequire } from 'node:module';

/** As much of `require` as loading a package takes. */
export interface Require {
  (id: string): unknown;
  resolve(id: string): string;
}

/**
 * Where this code is: this module, or the CommonJS file that a bundler has put it into, which has no `import.meta.url`. Some bundlers write down where it was when they made the
 * bundle: then it is looked for from the program that runs.
 */
const places = [import.meta.url || __filename, process.argv[1]];

function fromHere<T>(use: (require: Require) => T): T {
  let failure: unknown;
  for (const place of places) {
    try {
      if (place !== undefined) return use(createRequire(place));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Loads packages when they are wanted. */
export const requireHere: Require = Object.assign((id: string) => fromHere((require) => require(id)), {
  resolve: (id: string) => fromHere((require) => require.resolve(id)),
});
