import { afterEach, beforeEach } from '@jest/globals';

/** Runs the tests of this block as if NODE_ENV had that value. */
export function useNodeEnv(value: string | undefined): void {
  let before: string | undefined;
  const set = (next: string | undefined): void => {
    if (next === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = next;
  };
  beforeEach(() => {
    before = process.env['NODE_ENV'];
    set(value);
  });
  afterEach(() => {
    set(before);
  });
}
