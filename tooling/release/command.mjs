import { spawn, spawnSync } from 'node:child_process';

const OUTPUT_SHOWN = 6_000;
const IS_WINDOWS = process.platform === 'win32';

/**
 * The programs that run, and whether each leads a group of processes.
 *
 * @type {Map<import('node:child_process').ChildProcess, boolean>}
 */
const running = new Map();
process.once('exit', () => {
  for (const child of running.keys()) endTree(child);
});

/** A command that failed, with the end of what it printed in its message. */
export class CommandError extends Error {}

/**
 * How a program is run. `signal` ends it, and all that it has started; so does the end of this process. With `isShown` its output goes where ours goes; with
 * `isForeground` it has our input as well, so that it can ask whoever is at the terminal.
 *
 * @typedef {{ cwd: string, env?: NodeJS.ProcessEnv, signal: AbortSignal, timeoutMs?: number, isShown?: boolean, isForeground?: boolean }} RunOptions
 */

/**
 * How a program ended: `code 0` if all went well.
 *
 * @typedef {{ end: string, stdout: string, stderr: string }} Run
 */

/**
 * Runs a program, without a shell, and tells how it ended.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<Run>}
 */
export function run(
  program,
  args,
  { cwd, env = process.env, signal, timeoutMs, isShown = false, isForeground = false },
) {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    /** @type {import('node:child_process').StdioOptions} */
    const stdio = isShown || isForeground ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = start(program, args, { cwd, env, stdio, isForeground });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        endTree(child);
      },
      timeoutMs ?? 2 ** 31 - 1,
    );
    const abort = () => endTree(child);
    signal.addEventListener('abort', abort);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code, killedBy) => {
      settle();
      if (signal.aborted) return reject(signal.reason);
      const end = isLate ? `still running after ${timeoutMs} ms` : killedBy ? `ended by ${killedBy}` : `code ${code}`;
      resolve({ end, stdout, stderr });
    });
  });
}

/**
 * Runs a program that has to succeed, and gives what it printed.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @throws CommandError if it does not
 */
export async function succeed(program, args, options) {
  const { end, stdout, stderr } = await run(program, args, options);
  if (end === 'code 0') return stdout;
  const output = `${stdout}\n${stderr}`.trim().slice(-OUTPUT_SHOWN);
  throw new CommandError(`${[program, ...args].join(' ')}: ${end}\n${output}`.trimEnd());
}

/**
 * Starts a program in a group of processes of its own, so that it can be ended with all that it starts. A terminal lets only one group read: a program in the
 * foreground stays in ours, where Ctrl-C reaches what it has started.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, stdio: import('node:child_process').StdioOptions, isForeground?: boolean }} options
 */
export function start(program, args, { cwd, env, stdio, isForeground = false }) {
  const isLeader = !IS_WINDOWS && !isForeground;
  const child = spawn(program, args, { cwd, env, stdio, detached: isLeader, windowsHide: !isForeground });
  running.set(child, isLeader);
  child.once('close', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/**
 * Ends a program that `start` started, and all that it has started; of what runs in the foreground, the program alone.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
export function endTree(child) {
  const isLeader = running.get(child);
  if (child.pid === undefined || isLeader === undefined) return;
  if (IS_WINDOWS) {
    spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  if (!isLeader) {
    child.kill();
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
