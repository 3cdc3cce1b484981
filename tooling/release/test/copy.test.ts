import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withScratch } from '../scratch.mjs';
import { refuseInstalled } from '../stage/copy.mjs';

test('nothing is installed into a copy where node_modules is a link, wherever it leads', async () => {
  await withScratch(async (scratch) => {
    refuseInstalled(scratch);
    mkdirSync(join(scratch, 'elsewhere'));
    symlinkSync(join(scratch, 'elsewhere'), join(scratch, 'node_modules'), 'junction');
    expect(() => refuseInstalled(scratch)).toThrow('node_modules is committed');
  });
  await withScratch(async (scratch) => {
    symlinkSync(join(scratch, 'gone'), join(scratch, 'node_modules'), 'junction');
    expect(() => refuseInstalled(scratch)).toThrow('node_modules is committed');
  });
});
