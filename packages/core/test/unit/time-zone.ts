import { afterAll, beforeAll } from '@jest/globals';
import { runInThisContext } from 'node:vm';

/** Jest gives tests a copy of the environment; the clock of the process only follows the original. */
const { env } = runInThisContext('process') as NodeJS.Process;

/** Runs the tests of this file in a time zone. */
export function useTimeZone(name: string): void {
  const before = env['TZ'];
  beforeAll(() => {
    env['TZ'] = name;
  });
  afterAll(() => {
    if (before === undefined) delete env['TZ'];
    else env['TZ'] = before;
  });
}
