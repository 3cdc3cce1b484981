import { join } from 'node:path';
import { ensureInstalled } from '../setup/install.mjs';
import { readOptions, USAGE } from './options.mjs';
import { release } from './real/release.mjs';
import { explain, readState, tellWorkflow } from './real/state.mjs';
import { spendChangesets } from './stage/version.mjs';
import { say, step } from './step.mjs';

const INTERRUPTED = 130;

const repository = join(import.meta.dirname, '..', '..');
const interruption = new AbortController();
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(name, () => {
    // The second one does not wait for the tidying: the end of the process does what is left of it.
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort(new Error(`interrupted by ${name}`));
  });
}

try {
  await perform(readOptions(process.argv.slice(2)), interruption.signal);
} catch (error) {
  process.exitCode = interruption.signal.aborted ? INTERRUPTED : 1;
  process.stderr.write(`release: ${error instanceof Error ? error.message : error}\n`);
}

/**
 * @param {import('./options.mjs').Options} options
 * @param {AbortSignal} signal
 */
async function perform({ mode, nodes, isChecked, withProvenance }, signal) {
  switch (mode) {
    case 'help':
      process.stdout.write(USAGE);
      return;
    case 'explain': {
      const state = await readState(repository, signal);
      tellWorkflow(state, process.env.GITHUB_OUTPUT);
      process.stdout.write(`${explain(state)}\n`);
      return;
    }
    case 'rehearse': {
      await ensureInstalled();
      // It imports what has just been installed.
      const { rehearse } = await import('./rehearsal/rehearse.mjs');
      if (!(await rehearse(repository, { nodes, signal }))) process.exitCode = 1;
      return;
    }
    case 'prepare': {
      await ensureInstalled();
      const version = await step('spending the changesets', () =>
        spendChangesets(repository, { env: process.env, signal }),
      );
      say(`${version} is prepared: look at the changelogs, commit, and have it merged into main`);
      return;
    }
    case 'publish':
      await release(repository, { isChecked, withProvenance, signal });
  }
}
