import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readStamp, updateStamp } from './stamp.mjs';

const PROBE_TIMEOUT_MS = 15_000;

/** The modules that tests want of a Python, each with the Debian package that brings it. */
export const PYTHON_MODULES = {
  zmq: 'python3-zmq',
  msgpack: 'python3-msgpack',
  cbor2: 'python3-cbor2',
  'google.protobuf': 'python3-protobuf',
};

/** @typedef {keyof typeof PYTHON_MODULES} PythonModule */

/**
 * A Python that can import all of these modules, or nothing. The `python3` on the PATH may be one without them (pyenv, conda) while the system's has them,
 * so all of them are asked; the one found last time goes first.
 *
 * @param {readonly PythonModule[]} modules
 * @returns {string | undefined}
 */
export function findPython(modules) {
  const wanted = modules.join(', ');
  const known = readStamp().pythons[wanted];
  const found = [...new Set([...(known ? [known] : []), ...candidates()])].find((python) => canImport(python, wanted));
  if (found !== undefined && found !== known) updateStamp({ pythons: { ...readStamp().pythons, [wanted]: found } });
  return found;
}

function candidates() {
  const chosen = process.env.LIBERZMQ_PYTHON;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return [...(chosen ? [chosen] : []), ...folders.filter(Boolean).map((folder) => join(folder, 'python3'))].filter(
    (path) => existsSync(path),
  );
}

/**
 * @param {string} python
 * @param {string} modules
 */
function canImport(python, modules) {
  try {
    execFileSync(python, ['-c', `import ${modules}`], { stdio: 'ignore', timeout: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}
