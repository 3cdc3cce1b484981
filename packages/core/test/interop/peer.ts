import { startPython, type PythonPeer } from '@liberzmq-tooling/testkit';

type Script = 'rep' | 'req' | 'pub' | 'sub' | 'push' | 'pull' | 'dealer' | 'router';

/** Starts one of the Python programs beside this file; each speaks the classic dialect on the socket that it is named after. */
export function startPeer(script: Script, ...args: readonly string[]): Promise<PythonPeer> {
  return startPython(new URL(`./python/${script}.py`, import.meta.url), args);
}
