import { afterAll, beforeAll } from '@jest/globals';
import { realProcess } from './real-process.js';

/** Runs the tests of this file in a time zone. */
export function useTimeZone(name: string): void {
  const { env } = realProcess;
  const before = env['TZ'];
  beforeAll(() => {
    env['TZ'] = name;
  });
  afterAll(() => {
    if (before === undefined) delete env['TZ'];
    else env['TZ'] = before;
  });
}
