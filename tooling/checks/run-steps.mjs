import { spawn } from 'node:child_process';
import { root } from '../setup/repository.mjs';
import { StepError } from '../setup/step.mjs';

const AT_ONCE = 2;

/**
 * Runs all steps, two at a time, in the order given; a step that needs the build starts when the step `build` is done. One line a
 * step, and below it what a failed step printed.
 *
 * @param {import('./steps.mjs').Step[]} steps
 * @returns {Promise<string[]>} the names of those that failed
 */
export async function runSteps(steps) {
  /** @type {string[]} */
  const failed = [];
  /** @type {Promise<void> | undefined} */
  let build;
  const waiting = [...steps];

  const work = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      if (step.needsBuild) await build;
      const running = report(step).then((passed) => {
        if (!passed) failed.push(/** @type {import('./steps.mjs').Step} */ (step).name);
      });
      if (step.name === 'build') build = running;
      await running;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}

/** @param {import('./steps.mjs').Step} step */
async function report(step) {
  const started = performance.now();
  const { passed, output } = 'command' in step ? await runCommand(step.command) : await runFunction(step.run);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  process.stdout.write(`check: ${step.name.padEnd(16)} ${passed ? 'ok' : 'FAILED'} ${seconds}\n`);
  if (output.trim() !== '') process.stdout.write(`${output.trim().replaceAll(/^/gm, '    ')}\n`);
  return passed;
}

/**
 * @param {string[]} command
 * @returns {Promise<{ passed: boolean, output: string }>}
 */
function runCommand(command) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolve({ passed: false, output: error.message }));
    child.once('close', (code) => resolve({ passed: code === 0, output }));
  });
}

/** @param {() => Promise<void>} run */
async function runFunction(run) {
  try {
    await run();
    return { passed: true, output: '' };
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return { passed: false, output: error.message };
  }
}
