import { spawn } from 'node:child_process';

const STILL_RUNNING_MS = 10_000;

/** A step that failed, with all that the reader needs in its message. */
export class StepError extends Error {}

/**
 * Runs one command as a visible step: a line when it starts, one every ten seconds, one with its duration at the end. Its output is
 * shown only if it fails.
 *
 * @param {string} title
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} options
 * @returns {Promise<void>}
 */
export async function runStep(title, command, args, { cwd, env = process.env, timeoutMs }) {
  const started = performance.now();
  const elapsed = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`${title} ...`);
  const heartbeat = setInterval(() => say(`${title} ... ${elapsed()}`), STILL_RUNNING_MS);
  try {
    const { failure, output } = await run(command, args, { cwd, env, timeoutMs });
    if (failure) {
      throw new StepError(`${output.trimEnd()}\nsetup: ${title} failed after ${elapsed()}: ${failure}`.trimStart());
    }
    say(`${title} done in ${elapsed()}`);
  } finally {
    clearInterval(heartbeat);
  }
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`setup: ${line}\n`);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, timeoutMs: number | undefined }} options
 * @returns {Promise<{ failure?: string, output: string }>}
 */
function run(command, args, { cwd, env, timeoutMs }) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd, env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolve({ failure: error.message, output }));
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ output });
      else resolve({ failure: signal ? `ended by ${signal}` : `exit code ${code}`, output });
    });
  });
}
