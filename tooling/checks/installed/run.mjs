import { execFile } from 'node:child_process';

const ENDS_WITHIN_MS = 30_000;

/**
 * Runs a program and says what is wrong with how it went: nothing, if it did what it is for and ended by itself.
 *
 * @param {string} file
 * @param {string} cwd
 * @returns {Promise<string | undefined>}
 */
export function complaintOf(file, cwd) {
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { cwd, timeout: ENDS_WITHIN_MS }, (error, stdout, stderr) => {
      if (error?.killed) resolve(`did not end within ${ENDS_WITHIN_MS / 1000} s\n${stderr}`);
      else if (error) resolve(`failed\n${stderr}`);
      else resolve(stdout === 'used' ? undefined : `ended before it was done\n${stdout}${stderr}`);
    });
  });
}
