import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode } from './node-version.mjs';
import { ensureServers } from './servers.mjs';
import { StepError } from './step.mjs';

try {
  requireNode();
  await ensureInstalled();
  await ensureBuilt();
  if (process.argv.includes('--servers')) await ensureServers();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
