import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readStamp, updateStamp } from './stamp.mjs';

const PROBE_TIMEOUT_MS = 15_000;

/**
 * A Python that has pyzmq, or nothing. The `python3` on the PATH may be one without it (pyenv, conda) while the system's has it,
 * so all of them are asked; the one found last time goes first.
 *
 * @returns {string | undefined}
 */
export function findPython() {
  const known = readStamp().python;
  const found = [...new Set([...(known ? [known] : []), ...candidates()])].find(hasZmq);
  if (found !== undefined && found !== known) updateStamp({ python: found });
  return found;
}

function candidates() {
  const chosen = process.env.LIBERZMQ_PYTHON;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return [...(chosen ? [chosen] : []), ...folders.filter(Boolean).map((folder) => join(folder, 'python3'))].filter(
    (path) => existsSync(path),
  );
}

/** @param {string} python */
function hasZmq(python) {
  try {
    execFileSync(python, ['-c', 'import zmq; zmq.zmq_version()'], { stdio: 'ignore', timeout: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}
