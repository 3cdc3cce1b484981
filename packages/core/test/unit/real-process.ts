import { runInThisContext } from 'node:vm';

/** Jest gives tests a copy of `process`. This is the one that Node itself looks at and talks to. */
export const realProcess = runInThisContext('process') as NodeJS.Process;
