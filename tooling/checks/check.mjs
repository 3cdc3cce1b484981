import { ensureBuilt } from '../setup/build.mjs';
import { ensureInstalled } from '../setup/install.mjs';
import { requireNode } from '../setup/node-version.mjs';
import { StepError } from '../setup/step.mjs';
import { steps } from './steps.mjs';
import { runSteps } from './run-steps.mjs';

try {
  requireNode();
  await ensureInstalled();
  const failed = await runSteps([{ name: 'build', run: ensureBuilt }, ...steps]);
  if (failed.length > 0) throw new StepError(`check failed: ${failed.join(', ')}`);
  process.stdout.write('check passed\n');
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
